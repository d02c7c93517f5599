"""Python read as a tree, by one thread at a time."""

from __future__ import annotations

import ast
import threading

_ALONE = threading.Lock()


def syntax_tree(source: str) -> ast.Module:
    """The tree of a source; SyntaxError. Not `ast.parse`: gates read beside one another.

    CPython 3.11 counts the depth of the conversion for all threads together, so two that parse at once can end in
    "SystemError: AST constructor recursion depth mismatch".
    """
    with _ALONE:
        return ast.parse(source)
