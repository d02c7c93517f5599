"""By which metric amounts are judged, where a statement names none."""

from __future__ import annotations

import re

from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import Claim
from agent_graph.kinds.shapes.number import told

MONEY = re.compile(
    r"\b(price|pric\w+|cost|worth|value|valu\w+|sell for|sold for|salary|revenue|rent|premium|claim amount|charge)\b",
    re.IGNORECASE,
)


def judged(text: str, column: ColumnProfile) -> Claim:
    """By the words, else by how the values lie: what has a long tail is judged by shares of its size."""
    if claim := told(text, column):
        return claim
    positive = (column.minimum or 0) >= 0
    if positive and _skewed(column) and (MONEY.search(text) or MONEY.search(column.name)):
        return Claim("rmsle", 0.75, "an amount of money with a long tail: being off in percent is what counts")
    if positive and column.quantiles and column.quantiles[3] > 0 and column.quantiles[-1] > 12 * column.quantiles[3]:
        return Claim("rmsle", 0.6, "positive with a very long tail")
    return Claim("rmse", 0.7, "a number: large errors weigh more")


def _skewed(column: ColumnProfile) -> bool:
    """The upper tail is much longer than the lower one."""
    if not column.quantiles or column.mean is None:
        return False
    low, middle, high = column.quantiles[1], column.quantiles[3], column.quantiles[5]
    return high - middle > 1.5 * (middle - low)
