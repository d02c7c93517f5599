"""The faults that can be planted, each a generator over one node of the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agent_graph.measuring.mutation_spared import last_name, spared, tiny

BOUNDARIES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "log", "get_logger", "print", "echo"})
ORDERLESS = LOGGING | {"isinstance", "min", "max", "zip", "array_equal", "allclose", "isclose", "minimum", "maximum"}
COUNTS = frozenset({"len", "int", "ndim", "size", "nunique"})  # calls and attributes that are whole numbers
SILENT_CALLS = frozenset({"filterwarnings", "simplefilter", "cache_clear", "close", "flush", "setdefault", "collect"})


@dataclass(frozen=True)
class Change:
    """Replace the text of `node` by `text`."""

    node: ast.expr | ast.stmt
    text: str
    operator: str


def changes(tree: ast.Module) -> Iterator[Change]:
    """All changes inside the functions of a module, where a fault can matter, in source order."""
    alone = spared(tree)
    seen: set[tuple[int, int, str, str]] = set()
    for function in _outer_functions(tree):
        for statement in function.body:
            nodes = _walk(statement, alone)
            for change in (change for node in nodes for operator in OPERATORS for change in operator(node)):
                key = (change.node.lineno, change.node.col_offset, change.text, change.operator)
                if key not in seen:
                    seen.add(key)
                    yield change


def _outer_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods that aren't inside another function, without those of protocols."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
        elif isinstance(node, ast.ClassDef) and not any(last_name(base) == "Protocol" for base in node.bases):
            pending[:0] = node.body
        elif isinstance(node, ast.If) and last_name(node.test) != "TYPE_CHECKING":
            pending[:0] = [*node.body, *node.orelse]


def _walk(node: ast.AST, alone: frozenset[int]) -> Iterator[ast.AST]:
    """The node and all below it, without what is left alone or only speaks: docstrings, logging, messages, types."""
    if id(node) in alone:
        return
    if isinstance(node, ast.Expr) and (isinstance(node.value, ast.Constant) or _speaks(node.value)):
        return
    yield node
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert, ast.Import, ast.ImportFrom)):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child, alone)


def _speaks(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in LOGGING


def _comparison(node: ast.AST) -> Iterator[Change]:
    """A boundary is moved where a side is a whole number; two measured numbers never tie, so theirs is turned round."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    sides = (node.left, node.comparators[0])
    whole = any(map(_is_whole, sides)) and not any(map(_is_real, sides))
    other = (BOUNDARIES if whole else {}).get(type(node.ops[0])) or OPPOSITES[type(node.ops[0])]
    yield Change(node, f"({ast.unparse(ast.Compare(node.left, [other()], node.comparators))})", "flip comparison")


def _is_whole(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_whole(node.left) and _is_whole(node.right) and not isinstance(node.op, ast.Div)
    if isinstance(node, ast.Subscript):
        return last_name(node.value) == "shape"
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int)
    return last_name(node.func if isinstance(node, ast.Call) else node) in COUNTS


def _is_real(node: ast.expr) -> bool:
    parts = list(ast.walk(node))
    divided = any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div) for each in parts)
    return divided or any(isinstance(each, ast.Constant) and isinstance(each.value, float) for each in parts)


def _arithmetic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC and not _is_text(node):
        if tiny(node) or (isinstance(node.op, (ast.Add, ast.Sub)) and (tiny(node.left) or tiny(node.right))):
            return
        other = ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
        yield Change(node, f"({ast.unparse(other)})", "swap arithmetic")


def _is_text(node: ast.BinOp) -> bool:
    """Concatenation and %-formatting of text: a change of it fails on its type, which proves nothing."""
    sides = (node.left, node.right)
    return any(
        isinstance(s, ast.JoinedStr) or (isinstance(s, ast.Constant) and isinstance(s.value, str)) for s in sides
    )


def _logic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BoolOp):
        other = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield Change(node, f"({ast.unparse(other)})", "swap and/or")


def _negation(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.UnaryOp) or isinstance(node.op, ast.UAdd):
        return
    if not isinstance(node.operand, ast.Constant):  # -1 is a number, not a negation
        yield Change(node, f"({ast.unparse(node.operand)})", "drop negation")


def _condition(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, (ast.If, ast.IfExp)) and not isinstance(node.test, (ast.Compare, ast.UnaryOp)):
        yield Change(node.test, f"(not ({ast.unparse(node.test)}))", "negate condition")


def _constant(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield Change(node, str(not node.value), "flip boolean")
    elif isinstance(node.value, int):
        yield Change(node, str(node.value + 1), "off by one")
    elif isinstance(node.value, float) and 1e-4 <= abs(node.value) < 1e6:  # an epsilon is no fault
        yield Change(node, repr(node.value * 2 + 1), "change number")


def _return(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        yield Change(node, "return None", "return nothing")


def _statement(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Raise):
        yield Change(node, "pass", "delete raise")
    elif isinstance(node, ast.AugAssign) or (isinstance(node, ast.Expr) and _acts(node.value)):
        yield Change(node, "pass", "delete statement")


def _acts(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) not in LOGGING | SILENT_CALLS


def _arguments(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Call) or len(node.args) != 2 or last_name(node.func) in ORDERLESS:
        return
    first, second = node.args
    if not any(isinstance(each, (ast.Starred, ast.Constant, ast.GeneratorExp)) for each in node.args):
        yield Change(node, ast.unparse(ast.Call(node.func, [second, first], node.keywords)), "swap arguments")


OPERATORS: tuple[Callable[[ast.AST], Iterator[Change]], ...] = (
    _comparison, _arithmetic, _logic, _negation, _condition, _constant, _return, _statement, _arguments,
)  # fmt: skip
