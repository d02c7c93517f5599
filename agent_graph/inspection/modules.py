"""Whole modules: further unit tests, and files of the project written anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from agent_graph.artifacts import Edit, ExtraTests
from agent_graph.errors import DesignRejected
from agent_graph.inspection.fences import MODULES
from agent_graph.inspection.functions import is_text
from agent_graph.inspection.reading import kept_inside, linted, named, parsed
from agent_graph.writing import code

HARNESS = ("tests/conftest.py", "tests/synthetic.py")  # what all tests stand on
ASSERTING = re.compile(r"raises|warns|assert_\w+|fail")
DECLARING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


def tests(modules: Sequence[ExtraTests], libraries: Collection[str], package: str) -> None:
    """Hold test modules to their shape; `libraries` are the names that tests may import beside the standard library."""
    if len({each.name for each in modules}) < len(modules):
        raise DesignRejected("unit_tests: a name is given twice")
    for each in modules:
        where = f"unit_tests {each.name!r}"
        named(where, each.name)
        tree = parsed(where, each.source, "tests")
        kept_inside(where, MODULES.with_libraries({*libraries, package, "synthetic"}).faults(tree))
        if bad := next((node for node in tree.body if not isinstance(node, DECLARING) and not is_text(node)), None):
            raise DesignRejected(
                f"{where}: line {bad.lineno} does something when the module is imported; put it in a test"
            )
        _can_fail(where, tree)
    linted({code.path_of(each.name): each.source for each in modules})


def edits(changes: Sequence[Edit], files: Mapping[str, str], libraries: Collection[str], package: str) -> None:
    """Hold whole-file edits to Python files that the project has; `files` are their present texts by path."""
    paths = [each.path for each in changes]
    if len(set(paths)) < len(paths):
        raise DesignRejected("edits: a path is given twice")
    for each in changes:
        where = f"edits {each.path!r}"
        _path(where, each.path, files)
        former, tree = ast.parse(files[each.path]), parsed(where, each.source, "file", files[each.path])
        fence = MODULES.with_libraries({*libraries, package, *_tests_only(each.path)})
        known = fence.faults(former)  # what the templates do themselves is no news
        kept_inside(where, [fault for fault in fence.faults(tree) if fault not in known])
        if lost := sorted(_public(former) - _public(tree)):
            raise DesignRejected(
                f"{where}: {', '.join(lost[:5])} is gone, and other files may use it: keep public names"
            )
    linted({each.path: each.source for each in changes})


def _tests_only(path: str) -> tuple[str, ...]:
    return ("pytest", "synthetic") if path.startswith("tests/") else ()


def _path(where: str, path: str, files: Mapping[str, str]) -> None:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or str(pure) != path or "\\" in path or not path.isprintable():
        raise DesignRejected(f"{where} leaves the project: give a plain path below its root, such as src/…/quality.py")
    if not path.endswith(".py"):
        raise DesignRejected(f"{where} is no Python file; only .py files may be edited")
    if path in HARNESS:
        raise DesignRejected(f"{where}: all tests stand on this file, so it stays as it is")
    if path not in files:
        near = [name for name in files if PurePosixPath(name).name == pure.name]
        raise DesignRejected(f"{where}: the project has no such file yet" + (f"; there is {near[0]}" if near else ""))


def _can_fail(where: str, tree: ast.Module) -> None:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]
    if not found:
        raise DesignRejected(f"{where}: there is no function test_…")
    for test in found:
        names = [getattr(n.func, "attr", getattr(n.func, "id", "")) for n in ast.walk(test) if isinstance(n, ast.Call)]
        asserted = [n.test for n in ast.walk(test) if isinstance(n, ast.Assert)]
        if not any(ASSERTING.fullmatch(name) for name in names) and all(isinstance(n, ast.Constant) for n in asserted):
            raise DesignRejected(f"{where}: {test.name} asserts nothing, so it can't fail")


def _public(tree: ast.Module) -> set[str]:
    """Names at the top of a module that others may import."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in found if not name.startswith("_")}
