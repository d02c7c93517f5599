"""Numbers as they are, since trees need no scaling; and two columns that mean something together."""

from __future__ import annotations

import numpy as np

from telco_churn.data.columns import Columns
from telco_churn.features.definition import Feature, Output


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


class Pair:
    """Arithmetic on two numeric columns; missing where either of them is."""

    def __init__(self, feature: Feature) -> None:
        self.outputs: tuple[Output, ...] = (Output(feature.name, "number"),)
        self._left, self._right = feature.columns

    def fit(self, columns: Columns) -> None:
        """Nothing to learn."""

    def fill(self, columns: Columns, out: np.ndarray) -> None:
        """The combined values."""
        with np.errstate(all="ignore"):  # what overflows becomes missing in the pipeline
            out[:, 0] = self.combine(columns[self._left], columns[self._right])

    def combine(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """(n,) and (n,) to (n,)."""
        raise NotImplementedError


class Ratio(Pair):
    """Left over right; missing where the right one is zero."""

    def combine(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Left / right."""
        combined: np.ndarray = left / np.where(right == 0, np.nan, right)
        return combined
