"""Tests that can't fail, seen in their text: none asserted, always so, always skipped, or the failure swallowed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from agent_graph.measuring.reading import Module, last_name

SWALLOWED = frozenset({"AssertionError", "Exception", "BaseException"})
ENDS = frozenset({"skip", "xfail"})
Scope = ast.Module | ast.ClassDef


def unable_to_fail(files: tuple[Module, ...]) -> tuple[list[str], int]:
    """`file:line name (why)` of such tests, and how many tests there are.

    A call of a function of the tests that asserts counts, and so do `raises`, `warns` and numpy's and pandas' asserts.
    """
    asserting = _asserting_functions(files)
    weak, count = [], 0
    for module in files:
        if not module.path.startswith("tests/"):
            continue
        for test, skipped in _tests(module.tree, skipped=False):
            count += 1
            why = "always skipped" if skipped else "" if _can_fail(test.body, asserting) else "asserts nothing"
            if why:
                weak.append(f"{module.path}:{test.lineno} {test.name} ({why})")
    return weak, count


def _tests(scope: Scope, *, skipped: bool) -> Iterator[tuple[ast.FunctionDef, bool]]:
    """Test functions of a module or class, and whether a mark keeps them from ever being heard."""
    skipped = skipped or any(_silences(each) for each in scope.body)
    for node in ast.walk(scope) if isinstance(scope, ast.Module) else scope.body:
        if isinstance(node, ast.ClassDef) and isinstance(scope, ast.Module):
            yield from _tests(node, skipped=skipped or any(map(_is_silent_mark, node.decorator_list)))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test") and not _in_a_class(node, scope):
            yield node, skipped or any(map(_is_silent_mark, node.decorator_list))


def _in_a_class(test: ast.FunctionDef, scope: Scope) -> bool:
    return isinstance(scope, ast.Module) and any(
        isinstance(each, ast.ClassDef) and test in each.body for each in ast.walk(scope)
    )


def _silences(statement: ast.stmt) -> bool:
    """`pytestmark = pytest.mark.skip`, or a bare `pytest.skip(…)`, at the top of a module or class."""
    if isinstance(statement, ast.Assign) and any(last_name(each) == "pytestmark" for each in statement.targets):
        marks = statement.value.elts if isinstance(statement.value, ast.List | ast.Tuple) else [statement.value]
        return any(map(_is_silent_mark, marks))
    return _leaves(statement) and not isinstance(statement, ast.Return)


def _is_silent_mark(mark: ast.expr) -> bool:
    """`skip`, `skipif(True)`, and an `xfail` that may pass as well as fail."""
    name, call = last_name(mark), mark if isinstance(mark, ast.Call) else None
    conditions = call.args if call else []
    if name == "skip":
        return True
    if name == "skipif":
        return any(isinstance(each, ast.Constant) and bool(each.value) for each in conditions)
    strict = call is not None and any(word.arg in ("strict", "raises", "condition") for word in call.keywords)
    return name == "xfail" and not strict and not conditions


def _leaves(statement: ast.stmt) -> bool:
    """Nothing below this statement runs."""
    if isinstance(statement, ast.Return):
        return True
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Attribute | ast.Name)
        and last_name(statement.value.func) in ENDS
    )


def _asserting_functions(files: tuple[Module, ...]) -> frozenset[str]:
    known: frozenset[str] = frozenset()
    while True:
        more = frozenset(
            node.name
            for module in files
            if module.path.startswith("tests/")
            for node in ast.walk(module.tree)
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("test") and _can_fail(node.body, known)
        )
        if more == known:
            return known
        known = more


def _can_fail(body: Iterable[ast.AST], known: frozenset[str]) -> bool:
    """Whether an assertion that may be false is reached, and not swallowed."""
    for node in body:
        if isinstance(node, ast.stmt) and _leaves(node) and not _holds_a_call(node, known):
            return False
        if isinstance(node, ast.Assert) and not _always_true(node.test):
            return True
        if isinstance(node, ast.Call) and _is_assertion(node, known):
            return True
        if isinstance(node, ast.Try) and any(map(_swallows, node.handlers)):
            if _can_fail([*node.handlers, *node.orelse, *node.finalbody], known):
                return True
        elif isinstance(node, ast.With) and any(_suppresses(item.context_expr) for item in node.items):
            continue
        elif _can_fail(ast.iter_child_nodes(node), known):
            return True
    return False


def _holds_a_call(statement: ast.stmt, known: frozenset[str]) -> bool:
    return any(isinstance(node, ast.Call) and _is_assertion(node, known) for node in ast.walk(statement))


def _is_assertion(call: ast.Call, known: frozenset[str]) -> bool:
    name = last_name(call.func)
    return name in known or name in ("raises", "warns", "fail") or name.startswith("assert_")


def _swallows(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    caught = any(kind is None or last_name(kind) in SWALLOWED for kind in kinds)
    return caught and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def _suppresses(context: ast.expr) -> bool:
    return isinstance(context, ast.Call) and last_name(context.func) == "suppress" and any(
        last_name(each) in SWALLOWED for each in context.args
    )  # fmt: skip


def _always_true(test: ast.expr) -> bool:
    """A constant, a thing equal to itself, a length that isn't negative, or one of these behind an `or`."""
    if isinstance(test, ast.Constant | ast.Tuple):
        return True
    if isinstance(test, ast.BoolOp):
        parts = [_always_true(each) for each in test.values]
        return any(parts) or _excluded_middle(test.values) if isinstance(test.op, ast.Or) else all(parts)
    if isinstance(test, ast.Call):
        return last_name(test.func) == "isinstance" and len(test.args) == 2 and last_name(test.args[1]) == "object"
    return isinstance(test, ast.Compare) and len(test.ops) == 1 and _same_or_length(test)


def _excluded_middle(values: list[ast.expr]) -> bool:
    """`x or not x`."""
    plain = {ast.dump(each) for each in values}
    return any(
        isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.Not) and ast.dump(each.operand) in plain
        for each in values
    )


def _same_or_length(test: ast.Compare) -> bool:
    """`x == x` says nothing unless calling twice is the point; `len(x) >= 0` never does."""
    left, right, how = test.left, test.comparators[0], test.ops[0]
    calls = any(isinstance(node, ast.Call) for node in ast.walk(left))
    if ast.dump(left) == ast.dump(right):
        return not calls and isinstance(how, ast.Eq | ast.Is | ast.LtE | ast.GtE)
    zero = isinstance(right, ast.Constant) and right.value == 0
    return zero and isinstance(how, ast.GtE) and isinstance(left, ast.Call) and last_name(left.func) == "len"
