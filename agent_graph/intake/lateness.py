"""How surely the pieces of a statement rule something out: their words have to say so, however their directions lie.

A sentence that is misread ("it was made of the report's text") must not drop columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agent_graph.intake.evidence.speech import ROLES
from agent_graph.intake.scorer.opinion import Opinion
from agent_graph.intake.wishes.page import Page
from agent_graph.intake.wishes.phrases import cues

LATE = ROLES.index("late")
MOST_SURELY = 0.8  # told to rule out, whatever its words
MISREAD = 0.3  # how near a column must be to such a piece to be held against


def late_pieces(opinion: Opinion) -> NDArray[np.float64]:
    """The probability of each piece to rule something out; 0 where no word turns away or tells of later."""
    late, wanted = opinion.roles[:, LATE], cues("late", "late", Page(opinion.scene.statement).languages)
    worded = [wanted.search(Page(piece).line) is not None for piece in opinion.scene.pieces]
    return np.asarray(late * (np.array(worded, dtype=bool) | (late >= MOST_SURELY)), dtype=np.float64)


def is_misread(opinion: Opinion, place: int, late: NDArray[np.float64]) -> bool:
    """Whether what is held against a column rests on a piece that only looks as if it ruled something out."""
    pairs = opinion.scene.pairs
    near = np.maximum(np.maximum(pairs.best[place], 0.9 * pairs.by_word_meaning[place]), pairs.by_name[place])
    told = near * opinion.roles[:, LATE]
    return float(told.max(initial=0.0)) >= MISREAD and float((near * late).max(initial=0.0)) < MISREAD
