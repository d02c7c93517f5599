"""Rules over a whole batch: sizes, shares, spreads. A bar may be passed by what chance does to a batch of that size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import load
from telco_churn.data.rows import LABEL

STANDARD_ERRORS = 4.0  # how far a share may lie above its bar by chance
FALSE_ALARMS = 1e-4  # for one column and batch, by the Dvoretzky-Kiefer-Wolfowitz inequality
PROBABILITIES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)  # of a column's quantiles in config/data.yaml


@dataclass(frozen=True)
class Breach:
    """Something in the rows that the contract doesn't allow; the message holds no values of the data."""

    column: str | None
    rule: str
    count: int  # rows
    share: float
    severity: str  # "error" stops the pipeline, "warning" is reported
    message: str


def batch_breaches(frame: pd.DataFrame, *, labelled: bool, reference: pd.DataFrame | None) -> list[Breach]:
    """Breaches of the batch rules of config/data.yaml; those about labels only when `labelled`."""
    found: list[Breach] = []
    for rule in load("data")["rules"]:
        if labelled or rule["kind"] not in LABELLED_ONLY:
            found += RULES[rule["kind"]](frame, rule, reference)
    return found


def chance(share: float, rows: int) -> float:
    """How far the share found in `rows` rows may lie above the true one without meaning anything."""
    return STANDARD_ERRORS * math.sqrt(max(share, 1 / rows) * (1 - share) / rows)


def share_breach(
    rule: dict[str, Any], column: str | None, share: float, rows: int, bar: float, what: str
) -> list[Breach]:
    """A breach where a share of `rows` lies above `bar` by more than sampling noise."""
    noise = chance(bar, rows)
    if share <= bar + noise:
        return []
    message = f"{share:.2%} {what}; at most {bar:.2%} are allowed (and {noise:.2%} for chance)"
    return [Breach(column, rule["kind"], round(share * rows), share, rule["severity"], message)]


def min_rows(frame: pd.DataFrame, rule: dict[str, Any], reference: pd.DataFrame | None) -> list[Breach]:
    """Too few rows: the export was cut off."""
    if len(frame) >= rule["threshold"]:
        return []
    message = f"{len(frame)} rows; at least {rule['threshold']:.0f} are expected"
    return [Breach(None, rule["kind"], len(frame), 1.0, rule["severity"], message)]


def max_duplicate_share(frame: pd.DataFrame, rule: dict[str, Any], reference: pd.DataFrame | None) -> list[Breach]:
    """Rows that repeat an earlier one."""
    rows = frame.attrs.get("rows", len(frame))
    repeated = frame.attrs.get("duplicates", int(frame.drop(columns="__row__", errors="ignore").duplicated().sum()))
    return share_breach(rule, None, repeated / rows, rows, rule["threshold"], "of the rows repeat another one")


def max_missing_share(frame: pd.DataFrame, rule: dict[str, Any], reference: pd.DataFrame | None) -> list[Breach]:
    """More missing values than the column's own tolerance."""
    found: list[Breach] = []
    for column in load("data")["columns"]:
        if column["nullable"]:
            share = float(frame[column["name"]].isna().mean())
            found += share_breach(
                rule, column["name"], share, len(frame), column["max_missing"], "of the values are missing"
            )
    return found


def max_repeated_share(frame: pd.DataFrame, rule: dict[str, Any], reference: pd.DataFrame | None) -> list[Breach]:
    """One value nearly everywhere: a column got stuck."""
    values = frame[rule["column"]].dropna()
    if values.empty:
        return []
    share = float(values.value_counts().iloc[0] / len(values))
    return share_breach(rule, rule["column"], share, len(values), rule["threshold"], "of the values are the same")


def max_quantile_shift(frame: pd.DataFrame, rule: dict[str, Any], reference: pd.DataFrame | None) -> list[Breach]:
    """Numbers that are spread otherwise than before: another unit, another column, a constant.

    At each known quantile q with probability p, P(x <= q) must not fall below p, nor P(x < q) lie above p (ties stay
    between the two), by more than the bar.
    """
    found = []
    for column in load("data")["columns"]:
        values = frame[column["name"]].dropna().to_numpy() if column.get("quantiles") else np.empty(0)
        if not len(values):
            continue
        at_most = np.array([(values <= q).mean() for q in column["quantiles"]])
        below = np.array([(values < q).mean() for q in column["quantiles"]])
        shift = float(max((PROBABILITIES - at_most).max(), (below - PROBABILITIES).max()))
        noise = math.sqrt(math.log(2 / FALSE_ALARMS) / (2 * len(values)))
        if shift > rule["threshold"] + noise:
            message = (
                f"{shift:.0%} of the values have moved across a known quantile; at most {rule['threshold']:.0%} may"
            )
            found.append(
                Breach(column["name"], rule["kind"], round(shift * len(values)), shift, rule["severity"], message)
            )
    return found


def max_missing_target_share(frame: pd.DataFrame, rule: dict[str, Any], reference: pd.DataFrame | None) -> list[Breach]:
    """Rows that came without a label."""
    rows = frame.attrs.get("rows", len(frame))
    share = 1 - len(frame) / rows
    return share_breach(rule, LABEL, share, rows, rule["threshold"], "of the rows have no label")


RULES = {
    "min_rows": min_rows,
    "max_duplicate_share": max_duplicate_share,
    "max_missing_share": max_missing_share,
    "max_missing_target_share": max_missing_target_share,
    "max_quantile_shift": max_quantile_shift,
    "max_repeated_share": max_repeated_share,
}
LABELLED_ONLY = frozenset(
    {
        "min_rows",
        "max_duplicate_share",
        "max_missing_target_share",
    }
)
