"""That a question is one of yes or no: by the column's values, or by words that ask whether."""

from __future__ import annotations

from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import AnswerColumn, Claim, Said
from agent_graph.kinds.shapes.shares import MOST_CLASSES, is_named


def _claim(column: ColumnProfile, said: Said) -> Claim | None:
    if column.distinct == 2:
        return Claim("binary", 0.98, "the target has two values")
    few = column.distinct <= MOST_CLASSES
    texts = column.storage not in ("integer", "float")
    if texts and said.likely and not is_named(column, said) and (said.usual or (few and said.told)):
        return Claim("binary", 0.85, "the statement asks whether something happens", ("multiclass",))
    return None


def _misfit(column: ColumnProfile) -> str:
    if column.distinct == 2:
        return ""
    return (
        f"has two answers, but {column.name!r} has {column.distinct} values: say in label which of them are looked for "
        "(above, one_of, other_than), or choose another task"
    )


def _classes(column: ColumnProfile, wanted: str | None) -> tuple[str, ...]:
    """The other one, then what is looked for."""
    return (*(level.value for level in column.levels if level.value != wanted), str(wanted))


COLUMN = AnswerColumn(("two",), _claim, _misfit, _classes)
