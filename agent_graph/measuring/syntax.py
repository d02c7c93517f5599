"""Texts that a project wrote, read as trees: Python by one thread at a time, JSON of any depth without a crash."""

from __future__ import annotations

import ast
import json
import threading
from pathlib import Path
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


def last_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a program printed as its last line; None when it didn't."""
    lines = text.strip().splitlines()
    try:
        found = json_value(lines[-1]) if lines else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def json_file(path: Path, most_bytes: int) -> Any:
    """A JSON file that generated code wrote; None when it is missing, a link, too large or no JSON."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > most_bytes:
        return None
    try:
        return json_value(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
