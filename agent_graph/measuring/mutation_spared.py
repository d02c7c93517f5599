"""What of a program no test can be asked to notice when it changes: faults are not planted there.

Each rule is about a kind of code, never about a project. What is left out can't change an answer, or only one that
nobody promised: an order, a speed, the length of a fingerprint, a value that is always overwritten.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

# By name, wherever one is given or assigned: another seed, another number of threads, a prettier file, an order of
# groups, and nets below what can't happen (`zip(…, strict=True)`, `rmtree(…, ignore_errors=True)`), which like an
# `assert` have no case of their own.
NAMES = frozenset(
    ["random_state", "seed", "n_jobs", "threads", "num_threads", "thread_count", "timeout", "maxsize", "copy",
     "exist_ok", "parents", "indent", "sort_keys", "ensure_ascii", "allow_nan", "default_flow_style", "width",
     "digits", "decimals", "help", "stacklevel", "verbose", "dpi", "figsize", "allow_writing_files",
     "deterministic", "force_col_wise", "force_row_wise", "sort", "strict", "ignore_errors", "allow_pickle",
     "add_completion"]
)  # fmt: skip
SPEED_CALLS = frozenset({"threadpool_limits", "set_num_threads"})
DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def spared(tree: ast.Module) -> frozenset[int]:
    """The `id` of every node that is left alone, with all below it."""
    return frozenset(id(found) for node in ast.walk(tree) for rule in RULES for found in rule(node))


def last_name(node: ast.expr) -> str:
    """`f` of `a.b.f` and of `f`; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def tiny(node: ast.expr) -> bool:
    """A literal epsilon, or a product with one: adding or subtracting it moves nothing that is ever looked at."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        return tiny(node.left) or (tiny(node.right) and isinstance(node.op, ast.Mult))
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < abs(node.value) < 1e-4


def _named(node: ast.AST) -> Iterator[ast.AST]:
    """The value of a keyword, a dict's entry, a variable, under a name that says it's no fault."""
    if isinstance(node, ast.keyword) and node.arg in NAMES:
        yield node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in NAMES:
                yield value
    elif isinstance(node, ast.Assign) and all(last_name(target) in NAMES for target in node.targets):
        yield node.value


def _speed(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and last_name(node.func) in SPEED_CALLS:
        yield node


def _lengths(node: ast.AST) -> Iterator[ast.AST]:
    """How many digits are shown, how many characters of a fingerprint are kept."""
    if isinstance(node, ast.Call) and last_name(node.func) == "round":
        yield from node.args[1:]
    elif isinstance(node, ast.Subscript) and _calls(node.value, "hexdigest"):
        yield node.slice


def _calls(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == name


def _floors(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in for a zero, so that nothing is divided by it: `a / max(n, 1)`, `where(x > 0, x, 1.0)`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, DIVISIONS):
        if isinstance(node.right, ast.Call) and last_name(node.right.func) == "max":
            yield from (each for each in node.right.args if isinstance(each, ast.Constant))
    elif isinstance(node, ast.Call) and last_name(node.func) == "where" and len(node.args) == 3:
        test, value, instead = node.args
        if not isinstance(test, ast.Compare) or not isinstance(instead, ast.Constant):
            return
        if _is_zero(test.comparators[0]) and ast.dump(test.left) == ast.dump(value):
            yield instead


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _placeholders(node: ast.AST) -> Iterator[ast.AST]:
    """A constant that `__init__` puts where another method of the class puts the real thing."""
    if not isinstance(node, ast.ClassDef):
        return
    methods = [each for each in node.body if isinstance(each, Function)]
    for method in (each for each in methods if each.name == "__init__"):
        others = {name for each in methods if each is not method for name in _attributes(each)}
        for statement in method.body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign):
                continue
            if _takes_nothing(statement, method) and set(_attributes(statement)) <= others:
                yield statement


def _attributes(node: ast.AST) -> Iterator[str]:
    """The attributes of `self` that are assigned anywhere below."""
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store) and last_name(each.value) == "self":
            yield each.attr


def _takes_nothing(statement: ast.Assign | ast.AnnAssign, method: Function) -> bool:
    """None of the method's arguments has a part in what is assigned to attributes."""
    arguments = {each.arg for each in (*method.args.args[1:], *method.args.kwonlyargs)}
    names = {each.id for each in ast.walk(statement) if isinstance(each, ast.Name)}
    return any(True for _ in _attributes(statement)) and not names & arguments


RULES = (_named, _speed, _lengths, _floors, _placeholders)
