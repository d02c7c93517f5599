"""What each piece of a statement does: it asks, lists what is known, rules out, says what for, or tells a story."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agent_graph.intake.evidence.encoder import WIDTH, directions

Floats = NDArray[np.float64]
ROLES = ("wish", "known", "late", "act", "outcome", "stack", "check", "story")
SHAPES = 7  # columns of `_shapes`


def described(pieces: Sequence[str]) -> Floats:
    """One row a piece: its direction, and its place and shape in the statement."""
    return np.hstack([3.0 * directions(pieces).astype(np.float64), _shapes(pieces)])


def _shapes(pieces: Sequence[str]) -> Floats:
    count = len(pieces)
    return np.array(
        [
            [
                place / max(1, count - 1), place == 0, place == count - 1, piece.endswith("?"),
                len(piece.split()) / 20, piece.count(",") / 5, bool(re.search(r"\d", piece)),
            ]
            for place, piece in enumerate(pieces)
        ],
        dtype=np.float64,
    ).reshape(count, SHAPES)  # fmt: skip


def with_neighbours(logits: Floats) -> Floats:
    """One row a piece: its own scores for each role, those of the piece before and of the one after (0 at the ends)."""
    nothing = np.zeros((1, logits.shape[1]))
    return np.hstack([logits, np.vstack([nothing, logits[:-1]]), np.vstack([logits[1:], nothing])])


def roles_of(pieces: Sequence[str], weights: dict[str, list[list[float]]]) -> Floats:
    """Probability of each role for each piece, shape (pieces, 8); roles don't exclude each other.

    `weights["alone"]` has a row of WIDTH + 7 weights and a constant for each role, `weights["beside"]` one of 24 and a
    constant: logistic regressions, the second on the scores of the first.
    """
    if not pieces:
        return np.zeros((0, len(ROLES)))
    alone, beside = np.array(weights["alone"]), np.array(weights["beside"])
    assert alone.shape == (len(ROLES), WIDTH + SHAPES + 1)  # noqa: S101 - a damaged file must not read quietly
    logits = described(pieces) @ alone[:, :-1].T + alone[:, -1]
    second = with_neighbours(np.clip(logits, -6, 6)) @ beside[:, :-1].T + beside[:, -1]
    return np.asarray(1 / (1 + np.exp(-second)))
