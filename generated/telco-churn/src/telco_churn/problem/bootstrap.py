"""How sure a score is: percentile intervals over resampled rows (Efron & Tibshirani 1993)."""

import numpy as np

from telco_churn.problem.metrics import all_scores

RESAMPLES = 100
MOST_ROWS = 20_000  # a sample of more rows would cost seconds and change nothing that is shown


def intervals_of(truth: np.ndarray, predictions: np.ndarray, seed: int) -> dict[str, tuple[float, float]]:
    """The 95 % interval of every metric."""
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
