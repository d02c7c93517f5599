"""What is learnt of counts, and their plain model: a Poisson regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent_graph.artifacts.problem import Problem
from agent_graph.kind import Numbers, Plain, Training, Truth
from agent_graph.kinds.shapes.number import LOSSES, POISSON, numbers

if TYPE_CHECKING:
    from scipy import sparse


def _poisson(problem: Problem, fitted: sparse.csr_matrix, truth: Truth, wanted: sparse.csr_matrix) -> Numbers:
    from sklearn.linear_model import PoissonRegressor  # a second to import, and most refusals come before

    values = numbers(truth)
    answer = PoissonRegressor(alpha=1e-3, max_iter=200).fit(fitted, values).predict(wanted)
    return np.asarray(np.minimum(answer, values.max()))


TRAINING = Training(lambda metric: POISSON, LOSSES, penalty="alpha")
PLAIN = Plain("one-hot + Poisson regression", _poisson)
