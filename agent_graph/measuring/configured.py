"""Whether somebody reads what config/*.yaml says: keys and readers, of the text alone.

A file's own keys are followed from `load("name")`: a subscript of it, of a variable that holds it, or of what a
function returns of it; the fields of a model that it is made into. Keys below them count as read where some code beside
the tests names them. Below a mapping whose keys are data (a field `dict[…]`, or one gone through by `.items()`) any key
may stand.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from agent_graph.measuring.reading import Module, last_name, modules, texts

FOLDER = "config/"
LOAD = ("load", "read")  # functions that give a file's content by its name
GONE_THROUGH = ("items", "values", "keys")
DEEP = 12
Place = tuple[str, ...]  # keys from the top of a file down; entries of lists are left out


@dataclass
class Readers:
    """What code beside the tests does with the configuration."""

    direct: dict[str, set[str]] = field(default_factory=dict)  # by file: its own keys that are asked for
    whole: set[str] = field(default_factory=set)  # files that become a model
    loaded: set[str] = field(default_factory=set)  # files that are asked of `load`
    named: set[str] = field(default_factory=set)  # keys and attributes that are asked for anywhere
    opened: set[str] = field(default_factory=set)  # mappings whose keys are data: fields of models, below the top
    gone_through: set[str] = field(default_factory=set)  # the same, anywhere: `.items()`
    by_path: set[str] = field(default_factory=set)  # files that code opens by themselves
    elsewhere: str = ""  # text of what isn't Python

    def any_key(self, key: object, *, top: bool) -> bool:
        """Whether the keys below this one are data."""
        return key in self.gone_through or (key in self.opened and not top)


def documents(tree: Path) -> dict[str, Any]:
    """The content of every file of config/ by its name without the ending; what is no mapping is left out."""
    found = {}
    for path, text in texts(tree, (".yaml",)):
        if path.startswith(FOLDER) and path.count("/") == 1:
            try:
                content = yaml.safe_load(text)
            except (yaml.YAMLError, ValueError, RecursionError):
                continue
            if isinstance(content, dict):
                found[path.removeprefix(FOLDER).removesuffix(".yaml")] = content
    return found


def readers(tree: Path) -> Readers:
    """Everything that asks for a key in Python files beside the tests, and the text of Makefile and scripts."""
    code = [module for module in modules(tree) if not module.path.startswith("tests/")]
    found = Readers()
    givers = {name: stem for module in code for name, stem in _givers(module)}
    for module in code:
        found.loaded |= set(_loaded(module.tree))
        found.by_path |= set(_paths(module.tree))
        for scope in _scopes(module.tree):
            _look(scope, givers, found)
        found.opened |= set(_open_fields(module.tree))
        found.gone_through |= set(_gone_through(module.tree))
        found.named |= set(_asked(module.tree))
    found.elsewhere = "\n".join(text for path, text in texts(tree) if path == "Makefile" or path.endswith(".sh"))
    return found


def unread(content: Mapping[str, Mapping[str, Any]], known: Readers) -> list[str]:
    """`config/file.yaml: key` of every key that nothing reads, and of files that nothing opens."""
    found = []
    for stem, document in content.items():
        if f"{FOLDER}{stem}.yaml" in known.elsewhere or stem in known.by_path:
            continue  # read as a text, or in a way of its own: which keys can't be told
        if stem not in known.direct and stem not in known.whole:
            found.append(f"{FOLDER}{stem}.yaml is read by nothing")
            continue
        own = known.direct.get(stem, set()) | (known.named if stem in known.whole else set())
        places = dict.fromkeys(place for place, _ in leaves(document, known))
        tops = [key for key in document if key not in own]
        below = [place for place in places if place[0] not in tops and not set(place[1:]) <= known.named]
        found += [f"{FOLDER}{stem}.yaml: {'.'.join(place)}" for place in [*((top,) for top in tops), *below]]
    return found


def said_twice(content: Mapping[str, Mapping[str, Any]], known: Readers) -> list[str]:
    """Keys of one name and value in two files, one of them at its top: it may be changed alone.

    Deeper ones say something of what they lie in (`search.rows`, `window.rows`), and entries of lists are left out.
    """
    seen: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for stem, document in content.items():
        for place, value in leaves(document, known, lists=False):
            seen.setdefault((place[-1], repr(value)), []).append((stem, len(place)))
    return [
        f"{key} stands in {' and in '.join(f'{FOLDER}{stem}.yaml' for stem in sorted({stem for stem, _ in found}))}"
        for (key, _), found in seen.items()
        if len({stem for stem, _ in found}) > 1 and min(depth for _, depth in found) == 1
    ]


def leaves(content: Any, known: Readers, *, lists: bool = True, above: Place = ()) -> Iterator[tuple[Place, Any]]:
    """The place and value of every key whose value is no mapping; nothing below one whose keys are data."""
    if isinstance(content, dict):
        for key, value in content.items():
            place = (*above, str(key))
            data = isinstance(value, dict) and known.any_key(place[-1], top=not above)
            if value and isinstance(value, (dict, list)) and not data and len(place) < DEEP:
                inner = list(leaves(value, known, lists=lists, above=place))
                yield from inner or ([(place, value)] if lists else [])
            elif lists or not isinstance(value, (dict, list, bool, type(None))):
                yield place, value
    elif isinstance(content, list) and lists:
        for entry in content:
            yield from leaves(entry, known, above=above)


def _loaded(tree: ast.Module) -> Iterator[str]:
    """Files that `load` is asked for by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) == LOAD[0] and (stem := _stem(node, {}, {})):
            yield stem


def _paths(tree: ast.Module) -> Iterator[str]:
    """Files that a text of code names as a path, by their name without the ending; a sentence names none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".yaml"):
            yield node.value.removeprefix(FOLDER).removesuffix(".yaml")


def _givers(module: Module) -> Iterator[tuple[str, str]]:
    """Functions that return a file's whole content, with the file's name."""
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            held = _held(node, {})
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None and (stem := _stem(inner.value, held, {})):
                    yield node.name, stem


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _held(scope: ast.AST, givers: Mapping[str, str]) -> dict[str, str]:
    """Variables of a function, or of a module, that hold a file's content."""
    held = {}
    for node in ast.walk(scope):
        targets, value = ([], None)
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            targets, value = [node.target], node.value
        for target in targets:
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=False))
            for name, each in pairs:
                if isinstance(name, ast.Name) and each is not None and (stem := _stem(each, {}, givers)):
                    held[name.id] = stem
    return held


def _stem(node: ast.expr, held: Mapping[str, str], givers: Mapping[str, str]) -> str | None:
    """The file whose whole content an expression is."""
    if isinstance(node, ast.Name):
        return held.get(node.id)
    if isinstance(node, ast.Call):
        name, given = last_name(node.func), node.args[0] if node.args else None
        if name in LOAD and isinstance(given, ast.Constant) and isinstance(given.value, str):
            return given.value
        return givers.get(name)
    return None


def _look(scope: ast.AST, givers: Mapping[str, str], found: Readers) -> None:
    held = _held(scope, givers)
    for node in ast.walk(scope):
        key = _key(node)
        if key is not None and (stem := _stem(key[0], held, givers)):
            found.direct.setdefault(stem, set()).add(key[1])
        made = node.args[:1] if isinstance(node, ast.Call) and last_name(node.func) == "model_validate" else []
        found.whole |= {stem for given in made if (stem := _stem(given, held, givers))}


def _key(node: ast.AST) -> tuple[ast.expr, str] | None:
    """What is asked for a key, and the key: `x["key"]` and `x.get("key")`."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.value, node.slice.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        given = node.args[0]
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            return node.func.value, given.value
    return None


def _asked(tree: ast.Module) -> Iterator[str]:
    """Names that are asked for: keys of anything, attributes, texts that a function is handed."""
    for node in ast.walk(tree):
        if (key := _key(node)) is not None:
            yield key[1]
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr
        if isinstance(node, ast.Call):
            given = (each.value for each in node.args if isinstance(each, ast.Constant))
            yield from (value for value in given if isinstance(value, str))


def _open_fields(tree: ast.Module) -> Iterator[str]:
    """Fields of classes that are mappings with any keys."""
    for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for node in owner.body:
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation).startswith("dict["):
                yield ast.unparse(node.target)


def _gone_through(tree: ast.Module) -> Iterator[str]:
    """Keys whose mappings are gone through, and fields of a model, but by its own methods."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in GONE_THROUGH:
            continue
        if (key := _key(node.value)) is not None:
            yield key[1]
        elif isinstance(node.value, ast.Attribute) and ast.unparse(node.value.value) != "self":
            yield node.value.attr
