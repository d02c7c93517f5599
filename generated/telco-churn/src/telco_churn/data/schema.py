"""The data contract, column by column, of config/data.yaml: what must be true of every single row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from telco_churn.config import load
from telco_churn.data.rows import LABEL

if TYPE_CHECKING:
    import pandera.pandas as pa


def contract(*, labelled: bool) -> pa.DataFrameSchema:
    """The schema of rows as `read_rows` gives them; without labels, of what a prediction needs."""
    import pandera.pandas as pa  # costs a second that a service needn't pay

    types = {"string": "str", "datetime": "datetime64[us]"}
    columns = {
        column["name"]: pa.Column(types.get(column["dtype"], "float64"), _checks(column), nullable=column["nullable"])
        for column in load("data")["columns"]
        if labelled or column["required"] or column["nullable"]
    }
    if labelled:
        columns[LABEL] = pa.Column("str", pa.Check.isin(["No", "Yes"]))
    return pa.DataFrameSchema(columns)


def _checks(column: dict[str, Any]) -> list[pa.Check]:
    """What every value of one column must be."""
    import pandera.pandas as pa

    found: list[pa.Check] = []
    if column.get("allowed"):
        found.append(pa.Check.isin(column["allowed"]))
    if column.get("minimum") is not None:
        found.append(pa.Check.in_range(column["minimum"], column["maximum"]))
    if column["dtype"] in ("int", "bool"):
        found.append(pa.Check(_whole, name="whole number", error="whole number"))
    return found


def _whole(values: pd.Series) -> pd.Series:
    return values == values.round()
