"""The linear view: the dense matrix once more, in the form that linear estimators need."""

from __future__ import annotations

import numpy as np
from scipy import sparse, stats

from telco_churn.features.definition import Output

QUANTILES = 200
QUANTILE_ROWS = 20_000
FAR = 6.0  # standard deviations; a linear estimator must not follow one value beyond all that it has seen


class LinearView:
    """Numbers imputed and scaled twice (standard, normal scores), codes one-hot."""

    def fit(self, dense: np.ndarray, outputs: tuple[Output, ...]) -> None:
        """Learn medians, scales and quantiles of the training rows' (n, d) matrix."""
        views = np.array([output.view for output in outputs])
        self._numbers = np.flatnonzero(np.isin(views, ("number", "rank")))
        self._codes = np.flatnonzero(np.isin(views, ("code", "rank")))
        self._ranked = np.flatnonzero(views[self._codes] == "rank")
        self._fit_numbers(dense[:, self._numbers])
        sizes = np.array([outputs[i].size + (views[i] == "rank") for i in self._codes], dtype=np.int64)
        self._width = 2 * len(self._numbers) + len(self._flagged)
        self._offsets = self._width + np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        self.size = self._width + int(sizes.sum())

    def transform(self, dense: np.ndarray, terms: list[sparse.csr_matrix]) -> sparse.csr_matrix:
        """(n, size + terms) of the dense matrix and the sparse terms that belong to the same rows."""
        n, codes, scaled = len(dense), self._one_hot(dense), self._scaled(dense)
        per_row = self._width + codes.shape[1]
        values, places = np.ones((n, per_row)), np.empty((n, per_row), dtype=np.int32)
        values[:, : self._width] = scaled
        places[:, : self._width] = np.arange(self._width)
        places[:, self._width :] = codes
        starts = np.arange(n + 1, dtype=np.int32) * per_row
        plain = sparse.csr_matrix((values.ravel(), places.ravel(), starts), shape=(n, self.size))
        return sparse.hstack([plain, *terms], format="csr") if terms else plain

    def _fit_numbers(self, numbers: np.ndarray) -> None:
        some = numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), QUANTILE_ROWS)).astype(int)]
        self._flagged = np.flatnonzero(np.isnan(numbers).any(axis=0))
        self._medians = np.array([_median(column) for column in some.T])
        filled = np.where(np.isnan(some), self._medians, some)
        low, high = np.quantile(filled, (0.001, 0.999), axis=0) if filled.size else (self._medians, self._medians)
        kept = np.clip(filled, low, high)  # one absurd value must not set the scale for all others
        self._means, spread = kept.mean(axis=0), kept.std(axis=0)
        self._spreads = np.where(spread > 0, spread, 1.0)
        self._scores = [_normal_scores(column) for column in filled.T]

    def _one_hot(self, dense: np.ndarray) -> np.ndarray:
        codes = dense[:, self._codes]
        ranks = codes[:, self._ranked]
        codes[:, self._ranked] = np.where(np.isnan(ranks), 0.0, ranks + 1.0)  # place 0 is "missing", as for codes
        return codes.astype(np.int64) + self._offsets

    def _scaled(self, dense: np.ndarray) -> np.ndarray:
        numbers = dense[:, self._numbers]
        missing = np.isnan(numbers)
        filled = np.where(missing, self._medians, numbers)
        with np.errstate(over="ignore"):
            standard = np.clip((filled - self._means) / self._spreads, -FAR, FAR)
        normal = [np.interp(filled[:, i], values, scores) for i, (values, scores) in enumerate(self._scores)]
        return np.column_stack([standard, *normal, missing[:, self._flagged]])


def _median(column: np.ndarray) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0


def _normal_scores(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and the normal scores that they are mapped to; equal quantiles share the mean of their scores."""
    grid = np.linspace(0, 1, QUANTILES)
    values, group = np.unique(np.quantile(column, grid), return_inverse=True)
    scores = stats.norm.ppf(np.clip(grid, 0.001, 0.999))
    return values, np.bincount(group, weights=scores) / np.bincount(group)
