"""The plain model of amounts: a ridge, on the logarithm where shares of the size are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent_graph.artifacts.problem import Problem
from agent_graph.kind import Numbers, Plain, Truth
from agent_graph.kinds.shapes.number import numbers

if TYPE_CHECKING:
    from scipy import sparse


def _ridge(problem: Problem, fitted: sparse.csr_matrix, truth: Truth, wanted: sparse.csr_matrix) -> Numbers:
    from sklearn.linear_model import Ridge  # a second to import, and most refusals come before

    values = numbers(truth)
    logarithmic = problem.metric in ("rmsle", "mape") and float(values.min()) >= 0
    target = np.log1p(values) if logarithmic else values
    answer = np.clip(Ridge(alpha=1.0).fit(fitted, target).predict(wanted), target.min(), target.max())
    return np.asarray(np.expm1(answer) if logarithmic else answer)


PLAIN = Plain("one-hot + ridge regression", _ridge)
