"""Texts that a project wrote, read as trees: Python by one thread at a time, JSON of any depth without a crash."""

from __future__ import annotations

import ast
import json
import threading
from typing import Any

_ALONE = threading.Lock()


def syntax_tree(source: str) -> ast.Module:
    """The tree of a source; SyntaxError. Not `ast.parse`: gates read beside one another.

    CPython 3.11 counts the depth of the conversion for all threads together, so two that parse at once can end in
    "SystemError: AST constructor recursion depth mismatch".
    """
    with _ALONE:
        return ast.parse(source)


def json_value(text: str | bytes) -> Any:
    """The value of a JSON text; ValueError. Not `json.loads`: that ends in a RecursionError when nested too deep."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
