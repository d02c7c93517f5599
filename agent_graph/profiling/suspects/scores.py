"""How well one column alone tells the label."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 64
SMOOTHING = 5.0


def power(values: pl.Series, labels: Floats, classes: bool, seed: int = 0) -> float:
    """0 (nothing) to 1 (all): R² for numbers (raw or of ranks), 2·AUC-1 for classes, on the half not learnt from.

    `labels` is rows × outputs: one column for a number or two classes, one per class for several.
    """
    codes = _codes(values)
    halves = np.random.default_rng(seed).integers(0, 2, len(codes)).astype(bool)
    if classes:
        weights = labels.mean(axis=0)
        ginis = [_gini(_cross_fitted(codes, y, halves), y) for y in labels.T]
        return float(max(0.0, np.average(ginis, weights=weights if weights.sum() > 0 else None)))
    y = labels[:, 0]
    from scipy.stats import rankdata  # a second to import, and most refusals come before

    ranks = rankdata(y)
    return max(0.0, _r2(_cross_fitted(codes, y, halves), y), _r2(_cross_fitted(codes, ranks, halves), ranks))


def _codes(values: pl.Series) -> NDArray[np.int64]:
    """Levels, or quantile bins of numbers with many values; missing is a level of its own."""
    if values.dtype.is_temporal():
        values = values.cast(pl.Int64) if values.dtype != pl.Date else values.cast(pl.Int32).cast(pl.Int64)
    if values.dtype.is_numeric() and values.n_unique() > 4 * BINS:
        numbers = values.cast(pl.Float64).to_numpy()
        known = np.isfinite(numbers)
        edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, BINS + 1)[1:-1]))
        return np.where(known, np.searchsorted(edges, np.nan_to_num(numbers), side="right") + 1, 0).astype(np.int64)
    return values.cast(pl.String).rank("dense").fill_null(0).to_numpy().astype(np.int64)


def _cross_fitted(codes: NDArray[np.int64], y: Floats, halves: NDArray[np.bool_]) -> Floats:
    """Mean label of the row's level in the other half of the rows, drawn towards the mean of all."""
    fitted = np.empty(len(y))
    size = int(codes.max()) + 1
    for half in (halves, ~halves):
        prior = y[half].mean() if half.any() else 0.0
        total = np.bincount(codes[half], weights=y[half], minlength=size)
        count = np.bincount(codes[half], minlength=size)
        fitted[~half] = ((total + SMOOTHING * prior) / (count + SMOOTHING))[codes[~half]]
    return fitted


def _gini(score: Floats, y: Floats) -> float:
    positive = y > 0.5
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return 0.0
    from scipy.stats import rankdata  # a second to import, and most refusals come before

    auc = (rankdata(score)[positive].sum() - n * (n + 1) / 2) / (n * m)
    return float(2 * auc - 1)


def _r2(fitted: Floats, y: Floats) -> float:
    spread = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((y - fitted) ** 2).sum()) / spread if spread > 0 else 0.0
