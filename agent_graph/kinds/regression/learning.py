"""What is learnt of amounts, and their plain model: a ridge, on the logarithm where shares of the size are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent_graph.artifacts.problem import Problem
from agent_graph.kind import Numbers, Plain, Training, Truth
from agent_graph.kinds.shapes.number import LOSSES, POISSON, numbers

if TYPE_CHECKING:
    from scipy import sparse


def _ridge(problem: Problem, fitted: sparse.csr_matrix, truth: Truth, wanted: sparse.csr_matrix) -> Numbers:
    from sklearn.linear_model import Ridge  # a second to import, and most refusals come before

    values = numbers(truth)
    logarithmic = problem.metric in ("rmsle", "mape") and float(values.min()) >= 0
    target = np.log1p(values) if logarithmic else values
    answer = np.clip(Ridge(alpha=1.0).fit(fitted, target).predict(wanted), target.min(), target.max())
    return np.asarray(np.expm1(answer) if logarithmic else answer)


def _loss(metric: str) -> tuple[str, str]:
    if metric == "poisson_deviance":
        return POISSON
    if metric in ("mae", "mape"):
        return "absolute_error", f"the typical error counts ({metric}), so a few large misses must not steer the fit"
    return "squared_error", f"{metric} is the root of a mean square"


TRAINING = Training(_loss, LOSSES, penalty="alpha", transforms=("none", "log1p"))
PLAIN = Plain("one-hot + ridge regression", _ridge)
