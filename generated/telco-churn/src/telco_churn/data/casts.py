"""From text to type, as the contract says: once in SQL for files, once in Python for single records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from telco_churn.data.landing import literal

MEANT = {
    "int": "whole number",
    "float": "number",
}
PANDAS = {
    "int": "float64",
    "float": "float64",
    "string": "str",
}


def present(text: str, dtype: str, null_tokens: Sequence[str]) -> str:
    """SQL: the text, or NULL where it stands for a missing value. Only texts keep their outer spaces."""
    tokens = ", ".join(literal(token) for token in {"": None, **dict.fromkeys(null_tokens)})
    value = text if dtype == "string" else f"trim({text})"
    return f"CASE WHEN {value} IN ({tokens}) THEN NULL ELSE {value} END"


def typed(text: str, column: dict[str, Any], null_tokens: Sequence[str]) -> str:
    """SQL: the text as the column's type; numbers and truth values as DOUBLE, NULL where it isn't of the type."""
    value = present(text, column["dtype"], null_tokens)
    if column["dtype"] == "string":
        return value
    number = f"TRY_CAST({value} AS DOUBLE)"
    if column["dtype"] == "int":
        return f"CASE WHEN {number} = round({number}) THEN {number} END"
    return number


def cast(value: Any, column: dict[str, Any], null_tokens: Sequence[str]) -> Any:
    """One JSON value as the column's type, missing as None; ValueError when it isn't of the type."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    dtype = column["dtype"]
    text = value if isinstance(value, str) else _text(value)
    if dtype != "string":
        text = text.strip()
    if text == "" or text in null_tokens:
        return None
    if dtype == "string":
        return text
    number = float(text)
    if dtype == "int" and not number.is_integer():
        raise ValueError
    return number


def _text(value: Any) -> str:
    """A JSON value as the raw file would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
