"""Functions of columns: one to a source, with the parameters that it is called with, and no effect but its value."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from agent_graph.artifacts import Slot
from agent_graph.errors import DesignRejected
from agent_graph.inspection.fences import FUNCTIONS
from agent_graph.inspection.naming import few
from agent_graph.inspection.reading import kept_inside, linted, named, parsed
from agent_graph.writing import code

MOST_SLOTS, MOST_INPUTS = 20, 8


def functions(field: str, slots: Sequence[Slot], leading: tuple[str, ...] = ()) -> None:
    """Hold functions of one module to their shape; `leading` are parameters before those of the inputs.

    DesignRejected names the field, the function and what is wrong with it.
    """
    names = Counter(slot.name for slot in slots)
    if len(slots) > MOST_SLOTS:
        raise DesignRejected(f"{field} holds {len(slots)} functions; at most {MOST_SLOTS} are taken: keep the best")
    if twice := [name for name, count in names.items() if count > 1]:
        raise DesignRejected(f"{field}: the name {twice[0]!r} is given twice")
    bound: dict[str, str] = {}
    for slot in slots:
        where = f"{field} {slot.name!r}"
        named(where, slot.name)
        tree = parsed(where, slot.source, "function")
        _one_function(where, slot, tree, leading)
        kept_inside(where, FUNCTIONS.faults(tree))
        _same_aliases(where, tree, bound)
    if slots:
        linted({f"{field}.py": _module(slots)})


def columns(field: str, slots: Iterable[Slot], dtypes: Mapping[str, str], uses: Mapping[str, str]) -> None:
    """Hold the inputs to columns that may be read; a target, a leak and a column that isn't there are named as such."""
    for slot in slots:
        for name in slot.inputs:
            if name not in dtypes:
                what = f"it is the {uses[name]}" if name in uses else "there is no such column"
                raise DesignRejected(
                    f"{field} {slot.name!r}: {name!r} cannot be an input: {what}; allowed are {few(dtypes, name)}"
                )
        if len(set(slot.inputs)) < len(slot.inputs):
            raise DesignRejected(f"{field} {slot.name!r}: an input stands twice")


def _one_function(where: str, slot: Slot, tree: ast.Module, leading: tuple[str, ...]) -> None:
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    others = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom)]
    if others and not (others[0] is tree.body[0] and is_text(others[0]) and len(others) == 1):
        raise DesignRejected(f"{where}: line {others[-1].lineno} stands outside the function; only imports may")
    if [node.name for node in found] != [slot.name]:
        raise DesignRejected(f"{where}: the source must define one function, {slot.name}, and no other at its top")
    arguments = found[0].args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs or arguments.defaults:
        raise DesignRejected(f"{where}: parameters are plain names, without *, ** or defaults")
    if found[0].decorator_list:
        raise DesignRejected(f"{where}: a decorator may keep state between rows; leave it out")
    if not slot.inputs and not leading:
        raise DesignRejected(f"{where}: inputs is empty; name the columns that the function reads")
    given, wanted = [argument.arg for argument in arguments.args], len(leading) + len(slot.inputs)
    if len(slot.inputs) > MOST_INPUTS or len(given) != wanted or tuple(given[: len(leading)]) != leading:
        takes = ", ".join((*leading, *(f"<{name}>" for name in slot.inputs)))
        raise DesignRejected(f"{where}: it is called as {slot.name}({takes}), with at most {MOST_INPUTS} inputs")
    if hidden := sorted({"np", "Any"} & set(given)):
        raise DesignRejected(f"{where}: the parameter {hidden[0]} hides a name of the module")
    if not any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(found[0])):
        raise DesignRejected(f"{where}: the function returns nothing")


def _same_aliases(where: str, tree: ast.Module, bound: dict[str, str]) -> None:
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                full = ".".join(part for part in (getattr(node, "module", None), alias.name) if part)
                name = alias.asname or alias.name
                if bound.setdefault(name, full) != full or (name == "np" and full != "numpy"):
                    raise DesignRejected(f"{where}: {name!r} means {full} here and something else beside it")


def _module(slots: Sequence[Slot]) -> str:
    parts = ["from typing import Any", "import numpy as np", code.imports(slots)]
    return "\n".join([*parts, *("\n\n" + code.function(slot) for slot in slots)]) + "\n"


def is_text(node: ast.stmt) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
