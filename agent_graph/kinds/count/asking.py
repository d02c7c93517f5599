"""That a question is one of how many: whole numbers from 0 on, and words that count."""

from __future__ import annotations

import re

from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import AnswerColumn, Claim, Said
from agent_graph.kinds.shapes.number import is_numeric, needs_numbers, no_classes

MANY = re.compile(r"how many|number of|count of|how often", re.IGNORECASE)
MOST = 1000  # of what is only spoken of as a number of things


def _claim(column: ColumnProfile, said: Said) -> Claim | None:
    if not _counts(column):
        return None
    if MANY.search(said.wish):
        return Claim("count", 0.95, "whole numbers from 0 on, and the statement asks how many", ("regression",))
    if MANY.search(said.text) and column.maximum is not None and column.maximum < MOST:
        # a little less sure than that a few values are codes
        return Claim("count", 0.69, "whole numbers from 0 on, spoken of as a number of things", ("regression",))
    return None


def _counts(column: ColumnProfile) -> bool:
    if not is_numeric(column) or column.distinct <= 2 or (column.minimum or 0) < 0:
        return False
    return column.storage == "integer" or all(float(level.value).is_integer() for level in column.levels)


def _misfit(column: ColumnProfile) -> str:
    if is_numeric(column) and not _counts(column):
        return f"needs whole numbers from 0 on, {column.name!r} has others: use --task regression"
    return needs_numbers(column)


COLUMN = AnswerColumn((), _claim, _misfit, no_classes)
