"""Scores that a project tells of itself, held against the host's own arithmetic on the same answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import Problem
from agent_graph.kind import Numbers

OUT_OF_FOLD, EVALUATION = "artifacts/oof.csv", "artifacts/reports/evaluation.json"
CLOSE = 1e-3  # relative: a metric may be summed in another order, never be another number
Labels = NDArray[np.generic]


def recomputed(problem: Problem, truth: Labels, values: Numbers) -> dict[str, float]:
    """Every metric that the host has for this task and these rows."""
    found: dict[str, float] = {}
    for metric in register.kind_of(problem).measured:
        try:
            found[metric.name] = metric.score(truth, values)
        except ValueError:
            continue  # not of such labels
    return {name: value for name, value in found.items() if math.isfinite(value)}


def differing(said: Mapping[str, Any], known: Mapping[str, float]) -> list[str]:
    """Each score that is another than the host's; those that the host has no arithmetic for are passed over."""
    found = []
    for name in said.keys() & known.keys():
        value = said[name]
        right = isinstance(value, int | float) and math.isclose(value, known[name], rel_tol=CLOSE, abs_tol=1e-6)
        if not right:
            found.append(f"{name} is said to be {value}, it is {known[name]:.6g}")
    return sorted(found)
