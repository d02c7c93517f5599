"""From text to type, as the contract says: a file's columns in SQL, a single record's values in Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import pandas as pd

from telco_churn.config import load
from telco_churn.data.landing import Scan, connect, literal, scan
from telco_churn.errors import BadInput

MEANT = {
    "int": "whole number",
    "float": "number",
}
PANDAS = {
    "int": "float64",
    "float": "float64",
    "string": "str",
}
POSITION, FINGERPRINT = "__position__", "__fingerprint__"
Fingerprints = Literal["kept", "counted", "none"]  # comparable for ever, within one reading, not at all


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


def read_table(
    path: Path, source: dict[str, Any], columns: list[dict[str, Any]], fingerprints: Fingerprints = "none"
) -> pd.DataFrame:
    """These columns of one file, typed, with POSITION and FINGERPRINT; a column's `raw` is its name in the file.

    BadInput names a required column that is missing, or a column whose values are of another type, and how many.
    """
    with connect() as con, scan(con, path, source) as found:
        tokens = source["dialect"]["null_tokens"]
        places = [_place(column, found, path) for column in columns]
        texts = [f"c{place}" if place is not None else "NULL" for place in places]
        values = [
            f"{typed(text, column, tokens)} AS v{i}"
            for i, (column, text) in enumerate(zip(columns, texts, strict=True))
        ]
        judged = [(c, t) for c, t in zip(columns, texts, strict=True) if t != "NULL" and c["dtype"] != "string"]
        wrong = [_is_wrong(column, text, tokens) for column, text in judged]
        extras = (f"{_fingerprint(found, tokens, fingerprints)} AS f", f"({' OR '.join(wrong or ['false'])}) AS w")
        query = f"SELECT {', '.join([*values, *extras])} FROM {found.sql}"  # noqa: S608  # quoted
        frame: pd.DataFrame = con.sql(query).to_arrow_table().to_pandas()  # one pass, in the order of the rows
        if frame["w"].any():
            _name_wrong_type(con, path, found, judged, wrong)
    if frame.empty:
        raise BadInput(f"{path.name} has a header and no rows")
    frame.columns = pd.Index([*(column["name"] for column in columns), FINGERPRINT, POSITION])
    frame[POSITION] = np.arange(len(frame))
    return frame.astype({column["name"]: PANDAS[column["dtype"]] for column in columns})


def _place(column: dict[str, Any], found: Scan, path: Path) -> int | None:
    """Where the column stands in the file; None when it may be absent and is."""
    name = column.get("raw", column["name"])
    if name in found.names:
        return found.names.index(name)
    if not column["required"]:
        return None
    near = get_close_matches(name, found.names, n=1)
    hint = f"; did {near[0]!r} take its place?" if near else f"; it has {len(found.names)} columns, check the delimiter"
    raise BadInput(f"{path.name}: column {name!r} is missing{hint}")


def _fingerprint(found: Scan, tokens: list[str], fingerprints: Fingerprints) -> str:
    """SQL: 64 bits of the key's texts, or of the whole row without a key. DuckDB's own hash isn't for keeping."""
    if fingerprints == "none":
        return "0"
    key = [found.names.index(name) for name in load("data")["key"] if name in found.names]
    places = key or range(len(found.names))
    texts = ", ".join(f"coalesce({present(f'c{place}', 'string', tokens)}, chr(30))" for place in places)
    return f"{'md5_number_lower' if fingerprints == 'kept' else 'hash'}(concat_ws(chr(31), {texts}))"


def _is_wrong(column: dict[str, Any], text: str, tokens: list[str]) -> str:
    """SQL: whether a value is there, but isn't of the column's type."""
    return f"(({present(text, column['dtype'], tokens)}) IS NOT NULL AND ({typed(text, column, tokens)}) IS NULL)"


def _name_wrong_type(
    con: duckdb.DuckDBPyConnection, path: Path, found: Scan, judged: list[tuple[dict[str, Any], str]], wrong: list[str]
) -> None:
    """BadInput for the first column with a value of another type, how many there are, and where the first stands."""
    counts = ", ".join(f"count_if({test}), min(p) FILTER ({test})" for test in wrong)
    query = f"SELECT {counts} FROM (SELECT *, row_number() OVER () AS p FROM {found.sql})"  # noqa: S608  # quoted
    (numbers,) = con.execute(query).fetchall()
    for (column, _), count, first in zip(judged, numbers[::2], numbers[1::2], strict=True):
        if count:
            name, meant = column.get("raw", column["name"]), MEANT[column["dtype"]]
            raise BadInput(
                f"{path.name}: column {name!r} has {count} value(s) that are no {meant}, first in row {first}"
            )


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
