"""Numbers: as they are, since trees need no scaling and can tell a missing value from a zero."""

from __future__ import annotations

import numpy as np

from telco_churn.data.columns import Columns
from telco_churn.features.definition import Feature
from telco_churn.features.transforms.output import Output


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
