"""That a question is one of several classes: texts, codes, or words that ask which."""

from __future__ import annotations

import re

from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import AnswerColumn, Claim, Said
from agent_graph.kinds.shapes.shares import MOST_CLASSES, is_named

WHICH = re.compile(r"\bwhich (class|type|category|kind|group)|\bclassify", re.IGNORECASE)


def _claim(column: ColumnProfile, said: Said) -> Claim | None:
    if column.storage not in ("integer", "float"):
        if column.distinct > MOST_CLASSES and said.usual is None:
            return None
        sure = 0.95 if is_named(column, said) else 0.8
        return Claim("multiclass", sure, f"{column.distinct} classes", ("binary",))
    if column.distinct <= 4 or (column.kind == "code" and column.distinct <= MOST_CLASSES):
        return Claim("multiclass", 0.7, f"{column.distinct} values that are codes", ("regression",))
    if column.distinct <= 12 and WHICH.search(said.wish):
        return Claim("multiclass", 0.7, "the statement asks for a class", ("regression",))
    return None


def _misfit(column: ColumnProfile) -> str:
    if column.distinct <= MOST_CLASSES:
        return ""
    many = f"{column.name!r} has {column.distinct:,}: so many can't be learnt, merge some"
    return f"knows at most {MOST_CLASSES} classes, {many}"


def _classes(column: ColumnProfile, wanted: str | None) -> tuple[str, ...]:
    """All of them, in a fixed order."""
    return tuple(sorted((level.value for level in column.levels), key=_place))


def _place(value: str) -> tuple[float, str]:
    """Numbers by their size, texts as if they were 0."""
    try:
        return float(value), value
    except ValueError:
        return 0.0, value


COLUMN = AnswerColumn(("few_texts", "many_texts"), _claim, _misfit, _classes)
