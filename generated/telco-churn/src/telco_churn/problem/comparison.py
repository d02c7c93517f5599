"""Is one set of predictions better than another, or is it noise? Paired, over blocks of the same rows."""

from collections.abc import Callable

import numpy as np

from telco_churn.problem.metrics import HIGHER_IS_BETTER, loss, score

Measure = Callable[[np.ndarray, np.ndarray], float]


def loss_gain(truth: np.ndarray, blocks: np.ndarray, old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """How much lower the new predictions' loss is, and the standard error of that difference."""
    return _gain(loss, -1.0, truth, blocks, old, new)


def score_gain(truth: np.ndarray, blocks: np.ndarray, old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """How much better the new predictions' score is (always: more is better), and the standard error."""
    return _gain(score, 1.0 if HIGHER_IS_BETTER else -1.0, truth, blocks, old, new)


def each(blocks: np.ndarray) -> list[np.ndarray]:
    """The rows of each block, as masks."""
    return [blocks == block for block in np.unique(blocks)]


def _gain(
    measure: Measure, sign: float, truth: np.ndarray, blocks: np.ndarray, old: np.ndarray, new: np.ndarray
) -> tuple[float, float]:
    gains = [sign * (measure(truth[rows], new[rows]) - measure(truth[rows], old[rows])) for rows in each(blocks)]
    known = np.array([gain for gain in gains if np.isfinite(gain)])  # a block without one of the classes can't tell
    if len(known) < 2:
        return sign * (measure(truth, new) - measure(truth, old)), 0.0
    return float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known)))
