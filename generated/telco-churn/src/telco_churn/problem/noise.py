"""How sure a score is, and whether one set of predictions is better than another or it is noise."""

from collections.abc import Callable

import numpy as np

from telco_churn.problem.metrics import HIGHER_IS_BETTER, all_scores, loss, score

RESAMPLES = 100
MOST_ROWS = 20_000  # a sample of more rows would cost seconds and change nothing that is shown
Measure = Callable[[np.ndarray, np.ndarray], float]


def intervals_of(truth: np.ndarray, predictions: np.ndarray, seed: int) -> dict[str, tuple[float, float]]:
    """The 95 % interval of every metric, by resampled rows: Efron & Tibshirani 1993."""
    generator = np.random.default_rng(seed)
    count = min(len(truth), MOST_ROWS)
    draws: dict[str, list[float]] = {}
    for _ in range(RESAMPLES):
        rows = generator.integers(0, len(truth), count)
        for name, value in all_scores(truth[rows], predictions[rows]).items():
            if np.isfinite(value):
                draws.setdefault(name, []).append(value)
    # fewer rows than there are would make the interval too wide by this factor
    shrink = np.sqrt(min(len(truth), MOST_ROWS) / len(truth))
    centre = all_scores(truth, predictions)
    return {name: _ends(values, centre[name], shrink) for name, values in draws.items()}


def _ends(values: list[float], centre: float, shrink: float) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(centre - (centre - low) * shrink), float(centre + (high - centre) * shrink)


def loss_gain(truth: np.ndarray, blocks: np.ndarray, old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """How much lower the new predictions' loss is, paired over blocks of the same rows, and its standard error."""
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
