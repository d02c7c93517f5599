"""Rows as everything after the door sees them, of files and of records: typed, joined, in order, labelled if asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import load
from telco_churn.data.casts import FINGERPRINT, MEANT, PANDAS, POSITION, Fingerprints, cast, read_table
from telco_churn.data.landing import main_source, table_files
from telco_churn.errors import BadInput

LABEL, ROW, BATCH = "__label__", "__row__", "__batch__"


@dataclass(frozen=True)
class Landed:
    """The rows of one file or folder: kept columns (LABEL and ROW too when labelled), and counts of the rest."""

    frame: pd.DataFrame
    fingerprints: np.ndarray  # uint64, one a row of `frame`: equal where the same row was delivered twice
    rows: int  # in the file, with those that have no label
    duplicates: int  # rows of the file that repeat an earlier one


def read_rows(path: Path, *, labelled: bool, counted: bool = True) -> pd.DataFrame:
    """The rows of a file of the main table, or of a folder of tables, in input order.

    Numbers and truth values are float64 (NaN: missing), texts str, moments datetime64[us]. With `labelled`, LABEL and
    ROW (0-based position in the input) are added and rows without a label left out. `counted` adds what rules about
    whole batches ask for, at the cost of a fingerprint a row. BadInput names what is wrong.
    """
    landed = read_landing(
        path, labelled=labelled, fingerprints="kept" if labelled else "counted" if counted else "none"
    )
    if labelled or counted:
        landed.frame.attrs.update(rows=landed.rows, duplicates=landed.duplicates)
    return landed.frame


def read_landing(path: Path, *, labelled: bool, fingerprints: Fingerprints = "kept") -> Landed:
    """As `read_rows`, with the counts that batch rules and lineage need."""
    source = main_source()
    files = table_files(path, source) if path.is_dir() else [path]
    if not files:
        raise BadInput(f"{path} holds no file of the table {source['table']!r}: put {source['table']}.* there")
    parts = [_read_main(file, source, fingerprints, labelled=labelled) for file in files]
    start = 0
    for part in parts:
        part[POSITION] += start
        start += len(part)
    rows = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    return _finished(rows, labelled=labelled)


def _read_main(path: Path, source: dict[str, Any], fingerprints: Fingerprints, *, labelled: bool) -> pd.DataFrame:
    contract = load("data")
    sides = tuple(join["table"] + "." for join in contract["joins"])
    columns = [column for column in contract["columns"] if not column["name"].startswith(sides)]
    if labelled:
        columns = [*columns, {**contract["target"], "name": LABEL, "raw": contract["target"]["name"]}]
    return read_table(path, source, columns, fingerprints)


def _finished(rows: pd.DataFrame, *, labelled: bool) -> Landed:
    """Columns in the contract's order, labelled rows only where labels are wanted."""
    total, duplicates = len(rows), int(rows.duplicated(FINGERPRINT).sum())
    names = [column["name"] for column in load("data")["columns"]]
    if labelled:
        rows[LABEL] = labels(rows[LABEL])
        rows = rows[rows[LABEL].notna()].rename(columns={POSITION: ROW}).reset_index(drop=True)
        names = [*names, LABEL, ROW]
    return Landed(rows[names], rows[FINGERPRINT].to_numpy(), total, duplicates)


def type_records(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Records (raw column name → JSON value) as `read_rows` would give them, in order; unknown fields are ignored.

    BadInput names the field, and the record by its position.
    """
    contract = load("data")
    sides = tuple(join["table"] + "." for join in contract["joins"])
    columns = [column for column in contract["columns"] if not column["name"].startswith(sides)]
    tokens = main_source()["dialect"]["null_tokens"]
    frame = pd.DataFrame(
        {
            column["name"]: pd.Series(
                [_value(record, column, tokens, i) for i, record in enumerate(records)], dtype=PANDAS[column["dtype"]]
            )
            for column in columns
        }
    )
    return frame


def _value(record: dict[str, Any], column: dict[str, Any], tokens: list[str], position: int) -> Any:
    name = column["name"]
    if name not in record:
        if column["required"]:
            raise BadInput(f"record {position}: field {name!r} is missing")
        return None
    try:
        return cast(record[name], column, tokens)
    except (ValueError, OverflowError):
        raise BadInput(f"record {position}: field {name!r} is no {MEANT[column['dtype']]}") from None


def labels(raw: pd.Series) -> pd.Series:
    """The raw values as class names; missing stays missing. Unknown classes are the contract's business."""
    return raw
