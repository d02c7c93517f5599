"""The host's own metrics, on labels and predictions that it has read itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import Problem
from agent_graph.kind import Numbers

BINS = 10


def score(problem: Problem, metric: str, truth: NDArray[np.generic], answer: Numbers) -> float:
    """The metric of (n, K) probabilities in the order of the classes, or of (n,) numbers; NaN when it can't tell.

    `truth` holds positions of classes, or numbers on the original scale. KeyError where there is none of that name.
    """
    return register.kind_of(problem).metric(metric).score(truth, answer)


def better(metric: str, one: float, other: float) -> float:
    """By how much `one` is better than `other`: above zero is better, whichever way the metric points."""
    return register.metrics()[metric].gain(one, other)


def calibration_error(problem: Problem, truth: NDArray[np.generic], answer: Numbers) -> float:
    """Classes: expected calibration error over tenths of the rows. Numbers: how far the totals' ratio is from 1."""
    if not problem.is_classification:
        total = float(truth.astype(np.float64).sum())
        return abs(float(answer.sum()) / total - 1.0) if total else float("nan")
    positions = truth.astype(np.int64)
    said = answer[:, 1] if problem.task == "binary" else answer.max(axis=1)
    happened = positions == 1 if problem.task == "binary" else answer.argmax(axis=1) == positions
    parts = np.array_split(np.argsort(said, kind="stable"), min(BINS, len(said)))
    return float(sum(abs(said[rows].mean() - happened[rows].mean()) * len(rows) for rows in parts) / len(said))
