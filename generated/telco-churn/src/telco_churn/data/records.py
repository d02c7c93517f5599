"""Single records, as a service gets them: the same casts as for files."""

from __future__ import annotations

from typing import Any

import pandas as pd

from telco_churn.config import load
from telco_churn.data.casts import MEANT, PANDAS, cast
from telco_churn.data.landing import main_source
from telco_churn.errors import BadInput


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
