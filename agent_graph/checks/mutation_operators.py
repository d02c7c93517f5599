"""The faults that can be planted, each a generator over one node of the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
# A change of these is no fault: another seed, another number of threads, a prettier file.
NO_FAULT_KEYWORDS = frozenset(
    ["random_state", "seed", "n_jobs", "threads", "num_threads", "thread_count", "timeout", "maxsize", "copy",
     "exist_ok", "parents", "indent", "sort_keys", "ensure_ascii", "allow_nan", "default_flow_style", "width",
     "digits", "decimals", "help", "stacklevel", "verbose", "dpi", "figsize",
     "allow_writing_files"]
)  # fmt: skip
LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "log", "get_logger", "print", "echo"})
ORDERLESS = LOGGING | {"isinstance", "min", "max", "zip", "array_equal", "allclose", "isclose", "minimum", "maximum"}
SILENT_CALLS = frozenset({"filterwarnings", "simplefilter", "cache_clear", "close", "flush", "setdefault", "collect"})


@dataclass(frozen=True)
class Change:
    """Replace the text of `node` by `text`."""

    node: ast.expr | ast.stmt
    text: str
    operator: str


def changes(tree: ast.Module) -> Iterator[Change]:
    """All changes inside the functions of a module, where a fault can matter, in source order."""
    seen: set[tuple[int, int, str, str]] = set()
    for function in _outer_functions(tree):
        for statement in function.body:
            for change in (change for node in _walk(statement) for operator in OPERATORS for change in operator(node)):
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
        elif isinstance(node, ast.ClassDef) and not any(_last_name(base) == "Protocol" for base in node.bases):
            pending[:0] = node.body
        elif isinstance(node, ast.If) and _last_name(node.test) != "TYPE_CHECKING":
            pending[:0] = [*node.body, *node.orelse]


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, without what only speaks: docstrings, logging, messages, annotations."""
    if isinstance(node, ast.Expr) and (isinstance(node.value, ast.Constant) or _speaks(node.value)):
        return
    yield node
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert, ast.Import, ast.ImportFrom)):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            silent = isinstance(child, ast.keyword) and child.arg in NO_FAULT_KEYWORDS
            if isinstance(child, ast.AST) and not silent:
                yield from _walk(child)


def _speaks(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _last_name(node.func) in LOGGING


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _comparison(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        flipped = ast.Compare(node.left, [COMPARISONS[type(node.ops[0])]()], node.comparators)
        yield Change(node, f"({ast.unparse(flipped)})", "flip comparison")


def _arithmetic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC and not _is_text(node):
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
    return isinstance(node, ast.Call) and _last_name(node.func) not in LOGGING | SILENT_CALLS


def _arguments(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Call) or len(node.args) != 2 or _last_name(node.func) in ORDERLESS:
        return
    first, second = node.args
    if not any(isinstance(each, (ast.Starred, ast.Constant, ast.GeneratorExp)) for each in node.args):
        yield Change(node, ast.unparse(ast.Call(node.func, [second, first], node.keywords)), "swap arguments")


OPERATORS: tuple[Callable[[ast.AST], Iterator[Change]], ...] = (
    _comparison, _arithmetic, _logic, _negation, _condition, _constant, _return, _statement, _arguments,
)  # fmt: skip
