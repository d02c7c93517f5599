"""What can be seen in a generated project's text without running it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from agent_graph.measuring.syntax import syntax_tree
from agent_graph.sandbox.packages import LOCKS, RUN, WHOLE

MAX_BYTES = 2_000_000
SKIPPED = frozenset({".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"})
SKIPPED_AT_THE_ROOT = frozenset({"data", "artifacts"})  # what commands make; elsewhere that may be a folder of code
MARKS = re.compile(r"\{\{-?\s|\s-?\}\}|\{%[-+ ]|\s[-+]?%\}|\{#|\b(?:TODO|FIXME|XXX|HACK)\b")
OWN_BRACES = ("monitoring/", "deploy/", ".github/", "orchestration/")  # Go templates and ${{ }} of Actions live there
IMPORT_NAMES = {"sklearn": "scikit-learn", "yaml": "pyyaml", "dateutil": "python-dateutil", "PIL": "pillow"}
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(\S+)")


@dataclass(frozen=True)
class Module:
    """One Python file: path below the root, text, tree."""

    path: str
    text: str
    tree: ast.Module


def texts(root: Path, suffixes: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every regular text file of the project of up to MAX_BYTES, by its path below the root; links are passed over."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if (
            SKIPPED & set(parts)
            or parts[0] in SKIPPED_AT_THE_ROOT
            or path.is_symlink()
            or not path.is_file()
            or path.stat().st_size > MAX_BYTES
        ):
            continue
        if not suffixes or path.suffix in suffixes:
            yield "/".join(parts), path.read_text(encoding="utf-8", errors="replace")


def text_at(path: Path) -> str:
    """The text of one file; empty when it is none, or a link."""
    return path.read_text("utf-8", "replace") if path.is_file() and not path.is_symlink() else ""


def modules(root: Path) -> tuple[Module, ...]:
    """Every Python file that parses."""
    found = []
    for path, text in texts(root, (".py",)):
        try:
            found.append(Module(path, text, syntax_tree(text)))
        except SyntaxError:
            continue  # ruff reports it
    return tuple(found)


def template_marks(root: Path, own: tuple[str, ...] = ()) -> list[str]:
    """`file:line` of every mark that a template or a hurried author left behind.

    A mark that stands in one of the data's `own` texts (a column named `{{ x }}`) proves nothing, so it isn't one.
    """
    found = []
    for path, text in texts(root):
        if path in LOCKS or path.startswith("reports/"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = MARKS.search(line)
            if match and any(match[0].strip() in text for text in own):
                continue
            if match and not (path.startswith(OWN_BRACES) and "{" in match[0] + "}" and not match[0][0].isalpha()):
                found.append(f"{path}:{number} {match[0].strip()}")
    return found


def unused(files: tuple[Module, ...], elsewhere: str) -> list[str]:
    """Functions, methods and classes of src/ whose name occurs nowhere else in the project.

    `elsewhere` is the text of the other files (configuration, manifests). Exempt: what a decorator registers, special
    methods, and methods of a class with bases, which its base may call.
    """
    uses = Counter(name for module in files for name in _names(module.tree))
    found = []
    for module in files:
        if not module.path.startswith("src/"):
            continue
        for node in _definitions(module.tree):
            if uses[node.name] == 0 and not re.search(rf"\b{re.escape(node.name)}\b", elsewhere):
                found.append(f"{module.path}:{node.lineno} {node.name}")
    return found


def _definitions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.ClassDef):
            pending += [] if node.bases else node.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            special = node.name.startswith("__") or node.name in ("model_post_init", "main")
            registered = any(last_name(each) not in SHAPING for each in node.decorator_list)
            if not special and not registered:
                yield node


SHAPING = frozenset({"property", "classmethod", "staticmethod", "dataclass", "cache", "lru_cache", "cached_property"})


def _names(tree: ast.AST) -> Iterator[str]:
    """Every name that is read, and those in texts that look like code (`module:function`, a type, a field's name)."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # what a docstring says
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield from re.findall(r"\w+", "" if re.search(r"\w \w", node.value) else node.value)


def words_of_code(path: str, text: str) -> str:
    """The part of a file beside Python in which a name is more than a word of a sentence."""
    if path.endswith(".md"):
        return " ".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    bare = re.sub(r"(^|\s)#.*", "", text)
    return bare if path.endswith(".sh") else re.sub(r""""[^"\n]*\w \w[^"\n]*"|'[^'\n]*\w \w[^'\n]*'""", "", bare)


def last_name(node: ast.expr) -> str:
    """`f` of `a.b.f`, of `f` and of a call of either; empty for anything else."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def dependency_faults(root: Path, package: str, files: tuple[Module, ...]) -> tuple[list[str], int]:
    """What is imported but not declared, declared but not locked, locked below its floor or without a hash.

    What runs must be in the part that is shipped, locked alike. Also returns how many packages are locked.
    """
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        runtime = _requirements(project["dependencies"])
        dev = _requirements([line for lines in project["optional-dependencies"].values() for line in lines])
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError, InvalidRequirement) as error:
        return [f"pyproject.toml can't be read: {error}"], 0
    locked, faults = _locked(root / WHOLE)
    run, more = _locked(root / RUN)
    faults += [*more, *(f"{RUN}: {name} {each} isn't what {WHOLE} holds" for name, each in sorted(run.items())
                        if locked.get(name) != each)]  # fmt: skip
    local = {Path(module.path).stem for module in files if module.path.startswith("tests/")} | {package}
    for module in files:
        allowed = runtime | dev if module.path.startswith("tests/") else runtime
        for name in sorted(_imported(module.tree) - set(sys.stdlib_module_names) - local):
            if canonicalize_name(IMPORT_NAMES.get(name, name)) not in allowed:
                faults.append(f"{module.path} imports {name}, which pyproject.toml doesn't declare for it")
    for name, requirement in sorted((runtime | dev).items()):
        faults += _lock_fault(name, requirement, locked)
    faults += [f"{name} is declared but not in {RUN}" for name in sorted(runtime.keys() - run.keys()) if name in locked]
    return faults, len(locked)


def _requirements(lines: list[str]) -> dict[str, Requirement]:
    return {canonicalize_name(each.name): each for each in map(Requirement, lines)}


def _imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def _locked(path: Path) -> tuple[dict[str, str], list[str]]:
    """Versions by name, and the packages that stand without a hash."""
    if not path.is_file():
        return {}, [f"{path.name} is missing"]
    versions: dict[str, str] = {}
    hashed: set[str] = set()
    current = ""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if match := PINNED.match(line):
            current = canonicalize_name(match[1])
            versions[current] = match[2].rstrip("\\")
        if "--hash=sha256:" in line:
            hashed.add(current)
    return versions, [f"{path.name}: {name} has no hash" for name in sorted(set(versions) - hashed)]


def _lock_fault(name: str, requirement: Requirement, locked: dict[str, str]) -> list[str]:
    if name not in locked:
        return [f"{name} is declared but not in requirements.lock"]
    try:
        if not requirement.specifier.contains(locked[name], prereleases=True):
            return [f"{name} is locked at {locked[name]}, declared as {requirement.specifier}"]
    except InvalidVersion:
        return [f"{name} is locked at {locked[name]!r}, which is no version"]
    return []
