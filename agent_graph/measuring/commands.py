"""What a project tells people and machines to run: is it there, does it take these options, does it do anything?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agent_graph.bench import Findings
from agent_graph.measuring import layout, reading
from agent_graph.measuring.syntax import syntax_tree

SHOWN = 8
IDLE = re.compile(r"(?:@|\s)*(?:echo|printf|true|:|exit 0|\$\(info)(?:\s|$)")
SWALLOWS = re.compile(r"\|\|\s*(?:true\b|:(?:\s|$)|echo\b|exit 0)|;\s*(?:true|exit 0)\s*$")
LOOSE = re.compile(
    r"^(?:\.IGNORE\b|MAKEFLAGS\s*[+:?]?=.*-\w*[ikn]|SHELL\s*[:?]?=\s*(?!/bin/(?:ba)?sh\s*$))", re.MULTILINE
)
MAKE = re.compile(r"(?:^|[\s;&])make ([a-z][\w-]*)((?: +[A-Z_]+=\S+)*)", re.MULTILINE)
JOINED = re.compile(r"\\\n\s*")
CODE = re.compile(r"^```[^\n]*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?<![\w./-])((?:deploy|config|src|tests)/[\w./-]*\w)")
MADE_LATER = frozenset({"config/tuned.json"})  # by the command `tune`


@dataclass(frozen=True)
class Target:
    """One target of a Makefile: what it builds on, and its commands."""

    needs: tuple[str, ...]
    recipe: tuple[str, ...]


def check(tree: Path, package: str, findings: Findings) -> None:
    """`commands_exist`: every command, option, Make target and file that a text names as something to run is there."""
    found, count = faults(tree, package)
    text = f"{count} commands of documents, Makefile, workflows and scripts are there, with the options they name"
    findings.add("commands_exist", not found and count > 0, "; ".join(found[:SHOWN]) or text, commands=count)


def faults(tree: Path, package: str) -> tuple[list[str], int]:
    """What is named but isn't there or does nothing, and how many commands were looked up."""
    makefile = reading.text_at(tree / "Makefile")
    made = targets(makefile)
    wrong = [f"Makefile: {fault}" for fault in _makefile_faults(makefile, made)]
    found, count = _looked_up(tree, package, _instructions(tree, makefile))
    return list(dict.fromkeys([*wrong, *found])), count


def misleading(tree: Path, package: str, documents: Mapping[str, str]) -> list[str]:
    """What these Markdown texts tell people to run, or where to look, although it isn't in the project."""
    return _looked_up(tree, package, [(name, _typed(text)) for name, text in documents.items()])[0]


def _looked_up(tree: Path, package: str, texts: Iterable[tuple[str, str]]) -> tuple[list[str], int]:
    offered, makefile = commands(tree, package), reading.text_at(tree / "Makefile")
    made = targets(makefile)
    wrong, count = [], 0
    for path, text in texts:
        for fault in _named(text, package, offered, tree):
            count += 1
            wrong += [f"{path}: {fault}"] if fault else []
        for name, given in MAKE.findall(text):
            count += 1
            wrong += [] if name in made else [f"{path}: 'make {name}', which the Makefile lacks"]
            for variable in re.findall(r"([A-Z_]+)=", given):
                used = f"$({variable})" in makefile
                wrong += [] if used else [f"{path}: 'make {name} {variable}=…', which the Makefile doesn't read"]
        if path.endswith(".md"):
            gone = [name for name in NAMED.findall(text) if name not in MADE_LATER and not (tree / name).exists()]
            wrong += [f"{path}: {name} isn't there" for name in gone]
    return wrong, count


def commands(tree: Path, package: str) -> dict[str, frozenset[str] | None]:
    """The options of each command in the table of `cli.py`, as its function's signature gives them to typer.

    None where the module isn't there: a later role writes it, and its own gate calls it.
    """
    table = {
        key.value: value.value
        for node in ast.walk(_parsed(tree / layout.path(package, layout.CLI)))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and ":" in str(value.value)
    }
    found: dict[str, frozenset[str] | None] = {}
    for name, place in table.items():
        module, _, function = str(place).partition(":")
        path = tree / layout.path(package, module)
        if not path.is_file():
            found[str(name)] = None
        for node in _parsed(path).body:
            if isinstance(node, ast.FunctionDef) and node.name == function:
                found[str(name)] = frozenset(_options(node))
    return found


def targets(makefile: str) -> dict[str, Target]:
    """The targets of a Makefile by name; variables stay as they are written."""
    found: dict[str, Target] = {}
    name = ""
    for line in makefile.replace("\\\n", " ").splitlines():
        if match := re.match(r"([A-Za-z][\w-]*)\s*:(?![=:])([^#]*)", line):
            name = match[1]
            found[name] = Target(tuple(match[2].split()), ())
        elif line.startswith("\t") and name:
            found[name] = Target(found[name].needs, (*found[name].recipe, line.strip()))
        elif line.strip() and not line.startswith("#"):
            name = ""
    return found


def recipes(name: str, made: dict[str, Target], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """All commands that `make NAME` runs, prerequisites first."""
    if name in made and name not in seen:
        for need in made[name].needs:
            yield from recipes(need, made, seen | {name})
        yield from made[name].recipe


def _makefile_faults(makefile: str, made: dict[str, Target]) -> Iterator[str]:
    for name, target in made.items():
        idle = all(map(IDLE.match, target.recipe)) if target.recipe else not target.needs
        if idle:
            yield f"'{name}' does nothing"
        for line in target.recipe:
            if line.lstrip("@").startswith("-") or SWALLOWS.search(line):
                yield f"'{name}' goes on after a failure: {line[:80]}"
    if match := LOOSE.search(makefile):
        yield f"failures are hidden by {match[0]!r}"


def _instructions(tree: Path, makefile: str) -> Iterator[tuple[str, str]]:
    """Texts that are run or typed: of documents only what is set as code; the Makefile with its variables filled in."""
    for path, text in reading.texts(tree, (".md", ".sh", ".yml", ".yaml")):
        if path.endswith(".md"):
            yield path, _typed(text)
        elif path.startswith(("deploy/", ".github/")):
            yield path, JOINED.sub(" ", re.sub(r"(?m)#.*$|^\s*- (?:run: )?|^\s*run: ", "", text))
    values = dict(re.findall(r"^([A-Z]+)\s*[:?]?=\s*(.*)$", makefile, re.MULTILINE))
    for _ in values:
        makefile = re.sub(r"\$\(([A-Z]+)\)", lambda match: values.get(match[1], match[0]), makefile)
    yield "Makefile", JOINED.sub(" ", makefile)


def _typed(text: str) -> str:
    """What a document sets as code."""
    return "\n".join(block or span for block, span in CODE.findall(text))


def _named(text: str, package: str, offered: dict[str, frozenset[str] | None], tree: Path) -> Iterator[str]:
    """For each command line of the package: what is wrong with it, or an empty text."""
    for module, words in re.findall(rf"python3? -m {re.escape(package)}((?:\.\w+)*)((?:[ \t]+[^\s`|;&)]+)*)", text):
        first, *rest = words.split() or [""]
        if module:
            path = layout.path(package, module[1:])
            yield "" if (tree / path).is_file() else f"'python -m {package}{module}', but {path} isn't there"
        elif re.fullmatch(r"[a-z][\w-]*", first):
            if first not in offered:
                yield f"'python -m {package} {first}', which cli.py lacks"
                continue
            given = [word.split("=")[0] for word in rest if re.match(r"--[a-z]", word)]
            known = offered[first]
            unknown = [word for word in given if known is not None and word not in known]
            yield f"'{first}' takes no {unknown[0]}" if unknown else ""


def _options(function: ast.FunctionDef) -> Iterator[str]:
    """Long options as typer names them: those written out, else the parameter's own name."""
    yield "--help"
    arguments = [*function.args.args, *function.args.kwonlyargs]
    defaults = [*function.args.defaults, *(each for each in function.args.kw_defaults if each)]
    for argument in arguments:
        calls = [node for node in ast.walk(argument.annotation or argument) if isinstance(node, ast.Call)]
        names = [word.value for call in calls for word in call.args if isinstance(word, ast.Constant)]
        written = [part for name in map(str, names) if name.startswith("--") for part in name.split("/")]
        plain = argument.arg.strip("_").replace("_", "-")
        yield from written or (f"--{plain}", f"--no-{plain}")  # the second one of switches, harmless of others
    for call in defaults:
        if isinstance(call, ast.Call):
            yield from (str(word.value) for word in call.args if isinstance(word, ast.Constant))


def _parsed(path: Path) -> ast.Module:
    try:
        return syntax_tree(reading.text_at(path))
    except SyntaxError:
        return ast.Module([], [])  # ruff reports it
