"""Rows as plain numpy columns: the one form that feature code sees, in training and in service alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from telco_churn.config import load
from telco_churn.data.casts import MEANT, cast
from telco_churn.data.landing import main_source
from telco_churn.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, np.ndarray]
"""Column name -> (n,) array: float64 with NaN (numbers, booleans), object with None (text)."""

NUMERIC = ("int", "float", "bool")


def from_frame(frame: pd.DataFrame) -> Columns:
    """The contract's columns of typed rows, as `ingest.read_rows`, `load_processed` or `type_records` gives them."""
    typed = [(column["name"], column["dtype"]) for column in load("data")["columns"]]
    return {name: _of_series(frame[name], dtype) for name, dtype in typed if name in frame}


def from_records(records: Sequence[Mapping[str, Any]]) -> Columns:
    """The same from JSON objects, by the casts of `ingest.type_records` but without a frame around them.

    `BadInput` names the field that is absent though required, or is not of its type.
    """
    tokens = main_source()["dialect"]["null_tokens"]
    return {
        column["name"]: _array([_cell(record, column, tokens) for record in records], column["dtype"])
        for column in load("data")["columns"]
    }


def row_count(columns: Columns) -> int:
    """The number of rows."""
    return len(next(iter(columns.values()))) if columns else 0


def take(columns: Columns, rows: np.ndarray | slice) -> Columns:
    """Some of the rows, in the order asked for."""
    return {name: values[rows] for name, values in columns.items()}


def _of_series(series: pd.Series, dtype: str) -> np.ndarray:
    if dtype in NUMERIC:
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    values = series.astype(object).to_numpy(copy=True)
    values[series.isna().to_numpy()] = None
    return values


def _cell(record: Mapping[str, Any], column: dict[str, Any], tokens: Sequence[str]) -> Any:
    name = column["name"]
    if name not in record:
        if column["required"]:
            raise BadInput(f"field {name!r} is missing")
        return None
    try:
        return cast(record[name], column, tokens)
    except (ValueError, OverflowError):
        raise BadInput(f"field {name!r} is no {MEANT[column['dtype']]}") from None


def _array(values: list[Any], dtype: str) -> np.ndarray:
    if dtype in NUMERIC:
        return np.array(values, dtype=np.float64)  # None becomes NaN
    texts = np.empty(len(values), dtype=object)
    texts[:] = values
    return texts
