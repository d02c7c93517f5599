"""That a question is one of how much: a column of numbers that no other kind claims."""

from __future__ import annotations

from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import AnswerColumn, Claim, Said
from agent_graph.kinds.shapes.number import is_numeric, needs_numbers, no_classes


def _claim(column: ColumnProfile, said: Said) -> Claim | None:
    if not is_numeric(column):
        return None
    sure, others = 0.95 if column.distinct > 20 else 0.65, ("multiclass",) if column.distinct <= 12 else ()
    return Claim("regression", sure, f"a number with {column.distinct:,} values", others, otherwise=True)


COLUMN = AnswerColumn(("counts", "numbers", "few_numbers"), _claim, needs_numbers, no_classes)
