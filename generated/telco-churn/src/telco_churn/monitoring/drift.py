"""How far a window of rows lies from the reference rows, and how far chance alone would carry it.

Of the reference's columns sketches are kept: enough to measure drift, too little to give a row away.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel
from scipy import stats

from telco_churn.monitoring import Bar

Floats = NDArray[np.float64]
GRID_POINTS = 257


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

    def newcomer(self, reference_rows: int, window_rows: int) -> float:
        """The share that a level may reach which none of n rows had: they miss one of share p by (1 - p)^n."""
        unnoticed = min(-np.log(self.level) * self.rows_per_independent_row / max(reference_rows, 1), 1.0)
        return float(unnoticed + self.share(unnoticed, reference_rows, window_rows))


class NumberSketch(BaseModel):
    """Quantile bins, a coarse distribution function, and the missing rows of a number."""

    kind: Literal["number"] = "number"
    rows: int
    edges: list[float]
    counts: list[int]  # of the cells between the edges; the last one counts missing values
    grid: list[float]
    cumulative: list[float]

    @classmethod
    def of(cls, values: Floats, bins: int) -> NumberSketch:
        """Sketch of one column; values that aren't finite count as missing."""
        present = np.sort(values[np.isfinite(values)])
        if not present.size:
            return cls(rows=values.size, edges=[], counts=[0, values.size], grid=[], cumulative=[])
        edges = np.unique(np.quantile(present, np.linspace(0, 1, bins + 1)[1:-1]))
        grid = np.unique(np.quantile(present, np.linspace(0, 1, GRID_POINTS), method="nearest"))
        sketch = cls(
            rows=values.size,
            edges=edges.tolist(),
            counts=[],
            grid=grid.tolist(),
            cumulative=(np.searchsorted(present, grid, side="right") / present.size).tolist(),
        )
        return sketch.model_copy(update={"counts": sketch.cells(values).tolist()})

    def cells(self, values: Floats) -> NDArray[np.int64]:
        """Rows in each cell of this sketch."""
        present = values[np.isfinite(values)]
        inside = np.bincount(np.searchsorted(self.edges, present, side="left"), minlength=len(self.edges) + 1)
        return np.append(inside, values.size - present.size)

    def compare(self, values: Floats, bar: Bar, chance: Chance) -> list[Signal]:
        """PSI, KS and missing share of a window, each beside its bar."""
        expected, observed = np.asarray(self.counts), self.cells(values)
        present = values[np.isfinite(values)]
        noise_psi = chance.psi(int((expected > 0).sum()), self.rows, values.size)
        noise_ks = chance.ks(self.rows - self.counts[-1], present.size)
        return [
            Signal("psi", psi(expected, observed), max(bar.psi, noise_psi)),
            Signal("ks", ks(np.asarray(self.grid), np.asarray(self.cumulative), present), max(bar.ks, noise_ks)),
            missing_signal(expected, observed, bar, chance),
        ]


class LevelSketch(BaseModel):
    """Shares of the frequent levels of a category, and fingerprints of every level that was ever seen."""

    kind: Literal["category"] = "category"
    rows: int
    levels: list[str]
    counts: list[int]  # of the levels, then of all others together, then of missing values
    known: list[str]
    fresh: float  # share of new levels that the next clean row is expected to hold (Good and Turing's estimate)

    @classmethod
    def of(cls, values: pd.Series[str], bins: int) -> LevelSketch:
        """Sketch of one column of texts, None where missing."""
        tally = values.value_counts()
        sketch = cls(
            rows=len(values),
            levels=[str(level) for level in tally.index[:bins]],
            counts=[],
            known=sorted({fingerprint(str(level)) for level in tally.index}),
            fresh=float((tally == 1).sum() / max(len(values), 1)),
        )
        return sketch.model_copy(update={"counts": sketch.cells(values).tolist()})

    def cells(self, values: pd.Series[str]) -> NDArray[np.int64]:
        """Rows in each cell of this sketch."""
        tally = values.value_counts()
        kept = [int(tally.get(level, 0)) for level in self.levels]
        present = int(tally.sum())
        return np.array([*kept, present - sum(kept), len(values) - present])

    def compare(self, values: pd.Series[str], bar: Bar, chance: Chance) -> list[Signal]:
        """PSI, unseen share and missing share of a window, each beside its bar."""
        expected, observed = np.asarray(self.counts), self.cells(values)
        known = set(self.known)
        tally = values.value_counts()
        strange = [int(rows) for level, rows in tally.items() if fingerprint(str(level)) not in known]
        noise_psi = chance.psi(int((expected > 0).sum()), self.rows, len(values))
        return [
            Signal("psi", psi(expected, observed), max(bar.psi, noise_psi)),
            max(self._unseen(strange, len(values), bar, chance), key=lambda signal: signal.ratio),
            missing_signal(expected, observed, bar, chance),
        ]

    def _unseen(self, strange: list[int], rows: int, bar: Bar, chance: Chance) -> tuple[Signal, Signal]:
        """What levels that were never seen hold beyond the usual: all together, and the largest of them alone."""
        together = max(sum(strange) / max(rows, 1) - self.fresh, 0.0)
        alone = max(strange, default=0) / max(rows, 1)
        return (
            Signal("unseen", together, max(bar.unseen, chance.share(self.fresh, self.rows, rows))),
            Signal("unseen", alone, max(bar.unseen, chance.newcomer(self.rows, rows))),
        )


def missing_signal(expected: NDArray[Any], observed: NDArray[Any], bar: Bar, chance: Chance) -> Signal:
    """Change of the missing share, which the last cell counts."""
    before, now = expected[-1] / max(expected.sum(), 1), observed[-1] / max(observed.sum(), 1)
    noise = chance.share(float(before), int(expected.sum()), int(observed.sum()))
    return Signal("missing", abs(float(now - before)), max(bar.missing, noise))


def fingerprint(text: str) -> str:
    """48 bits that stand for a text, so that the reference holds no values of rare rows."""
    return blake2b(text.encode(), digest_size=6).hexdigest()


def numbers(column: pd.Series[Any]) -> Floats:
    """A column as numbers, NaN where missing or not a number."""
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def texts(column: pd.Series[Any]) -> pd.Series[str]:
    """A column as texts, None where missing; numbers that name something are written the same as int and as float."""
    codes, levels = pd.factorize(column, use_na_sentinel=True)
    names = np.array(
        [*(f"{float(v):.15g}" if isinstance(v, (bool, int, float, np.number)) else str(v) for v in levels), None]
    )
    return pd.Series(names[codes], dtype=object)
