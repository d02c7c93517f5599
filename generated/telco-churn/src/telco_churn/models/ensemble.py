"""The ensemble: a member of each kind in use, and the weights by which they are blended."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from telco_churn.models.linear import Linear
from telco_churn.models.member import Member
from telco_churn.models.trees import CatBoostTrees, LightGbmTrees
from telco_churn.problem.metrics import loss

MOST_ROWS = 10_000  # that weights are fitted on; more would move them by less than the noise
TOLERANCE = 1e-3  # relative rise of the loss that a smaller ensemble is worth
KINDS: dict[str, type[Member]] = {
    "linear": Linear,
    "lightgbm": LightGbmTrees,
    "catboost": CatBoostTrees,
}


def make(kind: str, parameters: dict[str, Any], seed: int, threads: int) -> Member:
    """A new, unfitted member of that kind."""
    return KINDS[kind](parameters, seed, threads)


def blend(predictions: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """Weighted mean of the members' predictions; weights sum to 1."""
    mixed = np.zeros_like(predictions[0])
    for prediction, weight in zip(predictions, weights, strict=True):
        mixed += weight * prediction
    return mixed


def greedy_weights(truth: np.ndarray, predictions: Sequence[np.ndarray], rounds: int) -> list[float]:
    """Add, `rounds` times, the member that lowers the blend's loss most; weights are counts (Caruana et al. 2004)."""
    step = -(-len(truth) // MOST_ROWS)
    rows, members = truth[::step], [prediction[::step] for prediction in predictions]
    counts, total = np.zeros(len(members)), np.zeros_like(members[0])
    for turn in range(1, rounds + 1):
        losses = [loss(rows, blend([(total + member) / turn], [1.0])) for member in members]
        best = int(np.argmin(losses))
        counts[best] += 1
        total += members[best]
    return [float(count) for count in counts / counts.sum()]


def without_small(
    truth: np.ndarray, predictions: Sequence[np.ndarray], weights: Sequence[float], minimum: float
) -> list[float]:
    """The weights without those below `minimum`, as long as the loss doesn't suffer: each costs time in service."""
    kept = np.where(np.asarray(weights) < minimum, 0.0, weights)
    kept = kept / kept.sum() if kept.sum() else np.asarray(weights)
    before, after = loss(truth, blend(predictions, weights)), loss(truth, blend(predictions, list(kept)))
    return list(weights) if after > before + TOLERANCE * abs(before) else [float(weight) for weight in kept]
