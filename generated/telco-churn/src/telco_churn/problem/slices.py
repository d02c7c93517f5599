"""The score inside groups of rows that the design names: weak spots, and groups that are treated worse."""

from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import load
from telco_churn.problem.answers import said_and_came
from telco_churn.problem.metrics import score

QUARTERS = 4
MOST_LEVELS = 12  # of one column, the most frequent first


def slices(frame: pd.DataFrame, truth: np.ndarray, predictions: np.ndarray) -> list[dict[str, Any]]:
    """For each column of config/features.yaml's `slices`: score, rows, and means of what was said and came."""
    plan = load("features")
    found = []
    for column in plan["slices"]:
        if column in frame:
            found += _levels(column, _grouped(frame[column]), truth, predictions, plan["minimum_slice_rows"])
    return found


def _grouped(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_LEVELS:
        values = pd.qcut(values, QUARTERS, duplicates="drop")
    return (
        values.astype(object).where(values.notna(), None).map(lambda value: "missing" if value is None else str(value))
    )


def _levels(
    column: str, groups: pd.Series, truth: np.ndarray, predictions: np.ndarray, least: int
) -> list[dict[str, Any]]:
    found = []
    for level, count in groups.value_counts().head(MOST_LEVELS).items():
        if count < least:
            continue
        rows = (groups == level).to_numpy()
        value = score(truth[rows], predictions[rows])
        said, came = said_and_came(truth[rows], predictions[rows])
        found.append(
            {
                "column": column,
                "level": str(level),
                "rows": int(count),
                "score": value if np.isfinite(value) else None,
                "mean_predicted": float(said.mean()),
                "mean_observed": float(came.mean()),
            }
        )
    return found
