"""How far a window of rows lies from the reference rows, and how far chance alone would carry it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]


def psi(expected: NDArray[Any], observed: NDArray[Any]) -> float:
    """Population stability index of two count vectors over the same cells (Siddiqi, Credit Risk Scorecards, 2006).

    Half a row is added to every cell, spread as the reference is, so that an empty cell costs little and not infinity.
    """
    reference = (expected + 0.5) / (expected.sum() + 0.5 * expected.size)
    prior = 0.5 * expected.size
    window = (observed + prior * reference) / (observed.sum() + prior)
    return float(((window - reference) * np.log(window / reference)).sum())


def ks(grid: Floats, cumulative: Floats, values: Floats) -> float:
    """Kolmogorov-Smirnov distance of `values` from a distribution that is kept as `cumulative` shares at the grid."""
    if not grid.size or not values.size:
        return 0.0
    observed = np.searchsorted(np.sort(values), grid, side="right") / values.size
    return float(np.abs(observed - cumulative).max())


@dataclass(frozen=True)
class Signal:
    """One statistic of one column beside the bar that it was held against."""

    measure: str
    value: float
    bar: float

    @property
    def ratio(self) -> float:
        """Multiple of the bar; from 1 on the column has drifted."""
        return self.value / self.bar


@dataclass(frozen=True)
class Chance:
    """What two samples of the same population differ by, at a given false alarm level of one statistic.

    `rows_per_independent_row` is the design effect: rows that come in groups carry less evidence than they are many.
    """

    level: float
    rows_per_independent_row: float = 1.0

    def variance(self, reference_rows: int, window_rows: int) -> float:
        """Of the difference of two means of values whose own variance is 1."""
        independent = (max(rows, 1) / self.rows_per_independent_row for rows in (reference_rows, window_rows))
        return sum(1 / rows for rows in independent)

    def psi(self, cells: int, reference_rows: int, window_rows: int) -> float:
        """PSI that clean samples exceed with probability `level`: (1/n + 1/m) times chi-squared of cells - 1."""
        quantile = float(stats.chi2.isf(self.level, max(cells - 1, 1)))
        return quantile * self.variance(reference_rows, window_rows)

    def ks(self, reference_rows: int, window_rows: int) -> float:
        """The same for the two-sample Kolmogorov-Smirnov distance (Smirnov's asymptotic bound)."""
        return float(np.sqrt(-np.log(self.level / 2) / 2 * self.variance(reference_rows, window_rows)))

    def mean(self, reference_rows: int, window_rows: int) -> float:
        """The same for the difference of two means, in standard deviations."""
        return float(stats.norm.isf(self.level / 2) * np.sqrt(self.variance(reference_rows, window_rows)))

    def share(self, share: float, reference_rows: int, window_rows: int) -> float:
        """The same for the difference of two shares, with one row's worth of slack where the share is near 0 or 1."""
        spread = np.sqrt(share * (1 - share) * self.variance(reference_rows, window_rows))
        return float(stats.norm.isf(self.level / 2) * spread + self.rows_per_independent_row / max(window_rows, 1))
