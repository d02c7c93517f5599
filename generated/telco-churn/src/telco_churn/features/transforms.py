"""How columns become features: numbers, two of them together, levels of a category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import repeat

import numpy as np

from telco_churn.data.columns import Columns
from telco_churn.features.definition import Feature, Output

MISSING, RARE, FIRST = 0, 1, 2  # codes


class Number:
    """A numeric column, missing values kept."""

    def __init__(self, feature: Feature) -> None:
        self.outputs: tuple[Output, ...] = (Output(feature.name, "number"),)
        self._column = feature.columns[0]

    def fit(self, columns: Columns) -> None:
        """Nothing to learn."""

    def fill(self, columns: Columns, out: np.ndarray) -> None:
        """The values themselves."""
        values = columns[self._column]
        out[:, 0] = values


def ratio(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Left / right; missing where the right one is zero."""
    combined: np.ndarray = left / np.where(right == 0, np.nan, right)
    return combined


COMBINED: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "ratio": ratio,
}


class Pair:
    """Arithmetic on two numeric columns; missing where either of them is."""

    def __init__(self, feature: Feature) -> None:
        self.outputs: tuple[Output, ...] = (Output(feature.name, "number"),)
        self._left, self._right = feature.columns
        self._combine = COMBINED[feature.transform]

    def fit(self, columns: Columns) -> None:
        """Nothing to learn."""

    def fill(self, columns: Columns, out: np.ndarray) -> None:
        """The combined values."""
        with np.errstate(all="ignore"):  # what overflows becomes missing in the pipeline
            out[:, 0] = self._combine(columns[self._left], columns[self._right])


class Levels:
    """Codes of the levels that at least `min_count` training rows hold, most frequent first."""

    def __init__(self, values: np.ndarray, min_count: int, max_levels: int) -> None:
        counts = Counter(value for value in values.tolist() if value is not None and value == value)
        frequent = sorted(
            (level for level, count in counts.items() if count >= min_count), key=lambda v: (-counts[v], v)
        )
        self._codes = {level: code for code, level in enumerate(frequent[:max_levels], start=FIRST)}
        self._codes[None] = MISSING
        self.size = len(self._codes) + 1

    def codes(self, values: np.ndarray) -> np.ndarray:
        """(n,) codes."""
        codes = np.fromiter(map(self._codes.get, values.tolist(), repeat(RARE)), dtype=np.float64, count=len(values))
        if values.dtype != object:
            codes[np.isnan(values)] = MISSING
        return codes


class Category:
    """One code per level, for trees that split on sets of levels; one-hot in the linear view."""

    def __init__(self, feature: Feature) -> None:
        self.outputs: tuple[Output, ...] = ()
        self._name, self._column = feature.name, feature.columns[0]
        self._min_count, self._max_levels = int(feature.number("min_count")), int(feature.number("max_levels"))

    def fit(self, columns: Columns) -> None:
        """Learn the levels."""
        self._levels = Levels(columns[self._column], self._min_count, self._max_levels)
        self.outputs = (Output(self._name, "code", self._levels.size),)

    def fill(self, columns: Columns, out: np.ndarray) -> None:
        """The codes."""
        out[:, 0] = self._levels.codes(columns[self._column])


class Ordinal:
    """The rank of a level that has a natural place; missing where the level is not one of those."""

    def __init__(self, feature: Feature) -> None:
        self._column = feature.columns[0]
        self._ranks = {level: float(rank) for level, rank in feature.parameters.items()}
        self.outputs: tuple[Output, ...] = (Output(feature.name, "rank", 1 + int(max(self._ranks.values()))),)

    def fit(self, columns: Columns) -> None:
        """Nothing to learn: the order stands in the definition."""

    def fill(self, columns: Columns, out: np.ndarray) -> None:
        """The ranks."""
        values = columns[self._column].tolist()
        out[:, 0] = np.fromiter(map(self._ranks.get, values, repeat(np.nan)), dtype=np.float64, count=len(values))
