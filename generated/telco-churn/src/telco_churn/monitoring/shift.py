"""Have the predictions moved by more than chance, and so far that it matters? Only both together are an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from telco_churn.config import load
from telco_churn.monitoring.drift import Chance, Signal
from telco_churn.monitoring.sketches import Bar, NumberSketch

BINS = 10
Remembered = NumberSketch


@dataclass(frozen=True)
class PredictionDrift:
    """A window's predictions beside those of rows that the model hadn't seen.

    PSI alone is sure of small things: where most predictions lie close together, a move in the third digit shows.
    """

    psi: Signal  # is it more than chance?
    shift: Signal  # is it far enough to matter?

    @property
    def ratio(self) -> float:
        """Multiple of its bar that the smaller of the two reaches; from 1 on the predictions have drifted."""
        return min(self.psi.ratio, self.shift.ratio)


def remember(values: NDArray[Any]) -> Remembered:
    """Sketch of the predictions of rows that the model hadn't seen."""
    return NumberSketch.of(values.astype(np.float64), BINS)


def compare(remembered: Remembered, values: NDArray[Any], chance: Chance) -> PredictionDrift:
    """PSI and distance of a window's predictions, each beside its bar."""
    alarm = load("monitoring")["alarm"]
    bar = Bar("prediction", "number", BINS, psi=alarm["prediction_psi"], ks=1.0, unseen=1.0, missing=1.0)
    found = values.astype(np.float64)
    stability = remembered.compare(found, bar, chance)[0]
    certain = chance.mean(remembered.rows, len(found))
    return PredictionDrift(
        stability, Signal("shift", distance(remembered, found), max(alarm["prediction_shift"], certain))
    )


def distance(remembered: NumberSketch, values: NDArray[np.float64]) -> float:
    """How far the mean prediction had to travel, in standard deviations (Wasserstein's distance)."""
    if not remembered.grid or not values.size:
        return 0.0
    grid, weights = np.asarray(remembered.grid), np.diff(remembered.cumulative, prepend=0.0)
    centre = np.average(grid, weights=weights)
    spread = float(np.sqrt(np.average((grid - centre) ** 2, weights=weights)))
    return float(stats.wasserstein_distance(grid, values, weights)) / max(spread, 1e-12)
