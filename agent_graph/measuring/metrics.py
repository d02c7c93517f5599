"""The host's own metrics, on labels and predictions that it has read itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import Problem
from agent_graph.kind import Numbers


def score(problem: Problem, metric: str, truth: NDArray[np.generic], answer: Numbers) -> float:
    """The metric of (n, K) probabilities in the order of the classes, or of (n,) numbers; NaN when it can't tell.

    `truth` holds positions of classes, or numbers on the original scale. KeyError where there is none of that name.
    """
    return register.kind_of(problem).metric(metric).score(truth, answer)


def better(metric: str, one: float, other: float) -> float:
    """By how much `one` is better than `other`: above zero is better, whichever way the metric points."""
    return register.metrics()[metric].gain(one, other)


def calibration_error(problem: Problem, truth: NDArray[np.generic], answer: Numbers) -> float:
    """How far answers are from meaning what they say: shares from how often, totals from their truth."""
    return register.kind_of(problem).calibration.error(truth, answer)
