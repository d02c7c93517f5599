"""What a piece wishes by its near meaning, where no listed cue says it: one logistic regression a topic."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent_graph.intake.evidence.encoder import WIDTH, directions

Floats = NDArray[np.float64]
TOPICS = ("few", "explain", "costs", "range", "group", "time", "apart", "inside")
STRETCH = 3.0  # of the unit directions, so that a penalty of usual size fits them
PLACE = Path(__file__).parent / "heads.json"


def leanings(pieces: Sequence[str]) -> Floats:
    """Probability of each topic for each piece, shape (pieces, 8); topics don't exclude each other."""
    if not pieces:
        return np.zeros((0, len(TOPICS)))
    weights = _weights()
    logits = STRETCH * directions(pieces).astype(np.float64) @ weights[:, :-1].T + weights[:, -1]
    return np.asarray(1 / (1 + np.exp(-logits)))


@lru_cache(maxsize=1)
def _weights() -> Floats:
    read = json.loads(PLACE.read_text("utf-8"))
    weights = np.array([read[topic] for topic in TOPICS], dtype=np.float64)
    assert weights.shape == (len(TOPICS), WIDTH + 1)  # noqa: S101 - a damaged file must not read quietly
    return weights
