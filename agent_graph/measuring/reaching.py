"""What a project's code reaches for outside of itself: the network, somebody's own folders, and whoever judges it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agent_graph.measuring.reading import Module, last_name

CLIENTS = frozenset({"aiohttp", "boto3", "ftplib", "gdown", "httpx", "huggingface_hub", "kagglehub", "paramiko",
                     "pooch", "requests", "smtplib", "socket", "urllib3", "wget", "http.client",
                     "urllib.request"})  # fmt: skip
ADDRESS = re.compile(r"^(?:https?|ftp|s3|gs|abfss?|hf)://(?!localhost\b|127\.|0\.0\.0\.0)")
READING = re.compile(r"^(?:read|load|open|scan|fetch|get|download|url)(?:_|$|open|retrieve)")
OWN_PLACE = re.compile(r"^(?:~(?:/|$)|/(?:home|Users|root|mnt|media)/|[A-Za-z]:[\\/])")
# What only a gate mounts, sets or loads: an honest program has no business to ask for it.
MOUNTS = (
    "cases",
    "drill",
    "holdout",
    "lab",
    "landing",
    "mlops",
    "mutants",
    "noise",
    "own",
    "probes",
    "some",
    "windows",
)
JUDGE = re.compile(rf"^/(?:{'|'.join(MOUNTS)})(?:/|$)|PYTEST_|^AGENT_GRAPH|^(?:_pytest|pytest|unittest)$")
RUNNERS = frozenset({"pytest", "_pytest", "unittest", "coverage"})
ASKED_OF_THE_MACHINE = frozenset({"CI", "GITHUB_ACTIONS", "HOME", "HOSTNAME", "TESTING", "USER", "USERNAME"})
LOOKING_BACK = frozenset({"_getframe", "currentframe", "gettrace", "gethostname", "getuser", "expanduser"})


def outside_reach(files: tuple[Module, ...]) -> list[str]:
    """`file:line what` of each place; src is held to all of it, tests to somebody's own folders."""
    found = []
    for module in files:
        own, tests = module.path.startswith("src/"), module.path.startswith("tests/")
        prose = _prose(module.tree)
        for node in ast.walk(module.tree) if own or tests else ():
            what = _own_place(node) if id(node) not in prose else ""
            if own and not what:
                what = _network(node) or ("" if id(node) in prose else _watching(node))
            if what:
                found.append(f"{module.path}:{getattr(node, 'lineno', 1)} {what}")
    return sorted(found)


def _prose(tree: ast.Module) -> frozenset[int]:
    """Texts that stand by themselves, which nothing reads."""
    return frozenset(
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _own_place(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and OWN_PLACE.match(node.value):
        return f"names a folder of one machine: {node.value[:60]!r}"
    if isinstance(node, ast.Attribute) and node.attr == "home" and last_name(node.value) == "Path":
        return "asks for the home folder"
    return ""


def _network(node: ast.AST) -> str:
    for name in _imported(node):
        if name in CLIENTS or name.split(".")[0] in CLIENTS:
            return f"imports {name}, which speaks to other machines"
    if isinstance(node, ast.Call) and READING.match(last_name(node.func)):
        for each in (*node.args, *(word.value for word in node.keywords)):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and ADDRESS.match(each.value):
                return f"reads from {each.value[:60]!r}"
    return ""


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _watching(node: ast.AST) -> str:
    """Signs of a program that wants to know by whom, and where, it is run."""
    for name in _imported(node):
        if name.split(".")[0] in RUNNERS:
            return f"imports {name}, which runs tests"
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and JUDGE.search(node.value):
        return f"names what only a test or a gate has: {node.value[:60]!r}"
    if isinstance(node, ast.Attribute) and node.attr in LOOKING_BACK:
        return f"looks at who runs it: {node.attr}"
    return next((f"asks the machine for {name}" for name in _asked(node) if name in ASKED_OF_THE_MACHINE), "")


def _asked(node: ast.AST) -> Iterator[str]:
    """Names of variables of the environment that are read here."""
    places: list[ast.expr] = []
    if isinstance(node, ast.Call) and last_name(node.func) in ("get", "getenv", "pop") and _environment(node.func):
        places = node.args[:1]
    elif isinstance(node, ast.Subscript) and last_name(node.value) == "environ":
        places = [node.slice]
    elif isinstance(node, ast.Compare) and any(last_name(each) == "environ" for each in node.comparators):
        places = [node.left]
    for each in places:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _environment(function: ast.expr) -> bool:
    """`os.getenv`, or a method of `os.environ`."""
    return last_name(function) == "getenv" or (
        isinstance(function, ast.Attribute) and last_name(function.value) == "environ"
    )
