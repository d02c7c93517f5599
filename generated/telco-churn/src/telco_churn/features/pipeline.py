"""The feature pipeline: typed columns in, one matrix for trees and one for linear estimators out.

Everything here works row by row with statistics learnt in `fit`: a row gets the same features alone in a request and
among a million in a batch, bit for bit. Nothing looks at labels, so no label can leak from one fold into another.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import joblib
import numpy as np
from scipy import sparse

from telco_churn.data.columns import Columns, row_count
from telco_churn.errors import BadInput
from telco_churn.features.definition import Feature, Output, Transform, features, version_of
from telco_churn.features.linear_view import LinearView
from telco_churn.features.transforms import Category, Number, Ordinal, Pair

TRANSFORMS: dict[str, Callable[[Feature], Transform]] = {
    "number": Number,
    "category": Category,
    "ordinal": Ordinal,
    "ratio": Pair,
}
PIPELINE, METADATA = "pipeline.joblib", "pipeline.json"


@dataclass(frozen=True)
class FeatureMatrix:
    """What estimators are fitted on.

    `dense` is (n, d) float64: numbers with NaN where missing, and integer codes in the `categorical` columns (0
    missing, 1 rare or never seen, from 2 the known levels). `sparse` is (n, m): the linear view, or None when it was
    not asked for.
    """

    dense: np.ndarray
    names: tuple[str, ...]
    categorical: tuple[int, ...]
    sparse: sparse.csr_matrix | None

    def take(self, rows: np.ndarray) -> FeatureMatrix:
        """Some of the rows."""
        linear = None if self.sparse is None else self.sparse[rows]
        return FeatureMatrix(self.dense[rows], self.names, self.categorical, linear)


class FeaturePipeline:
    """All features of `config/features.yaml`, fitted together and stored as one version."""

    def __init__(self, definition: tuple[Feature, ...] | None = None) -> None:
        self.definition = features() if definition is None else definition
        self.version = version_of(self.definition)
        self.fitted_rows = 0
        self._transforms: list[Transform] = [TRANSFORMS[feature.transform](feature) for feature in self.definition]
        self._linear = LinearView()
        self._outputs: tuple[Output, ...] = ()
        self._needed = sorted({name for feature in self.definition for name in feature.columns})

    def fit(self, columns: Columns, labels: np.ndarray | None = None) -> Self:
        """Learn levels, quantiles, vocabularies; `labels` is ignored, as in scikit-learn: no feature may see it."""
        self._learn(columns)
        return self

    def fit_transform(self, columns: Columns, *, sparse: bool = True) -> FeatureMatrix:
        """`fit`, then `transform` of the same rows, whose features are then made once instead of twice."""
        dense, terms = self._learn(columns)
        return self._matrix(dense, terms, sparse)

    def transform(self, columns: Columns, *, sparse: bool = True) -> FeatureMatrix:
        """Features of every row, in order. `BadInput` names the columns that are not there."""
        self._require(columns)
        return self._matrix(*self._dense(columns), sparse)

    def save(self, folder: Path) -> None:
        """Write the fitted pipeline, and beside it what a person or another program may want to know of it."""
        folder.mkdir(parents=True, exist_ok=True)
        joblib.dump(self, folder / PIPELINE)
        facts = {
            "version": self.version,
            "fitted_rows": self.fitted_rows,
            "columns": self._needed,
            "names": self.names,
            "categorical": self.categorical,
        }
        (folder / METADATA).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> FeaturePipeline:
        """A stored pipeline; `BadInput` when there is none."""
        if not (folder / PIPELINE).is_file():
            raise BadInput(f"no fitted features in {folder}: run `python -m telco_churn features` first")
        pipeline = joblib.load(folder / PIPELINE)
        if not isinstance(pipeline, cls):
            raise BadInput(f"{folder / PIPELINE} holds no feature pipeline")
        return pipeline

    def _require(self, columns: Columns) -> None:
        absent = [name for name in self._needed if name not in columns]
        if absent:
            raise BadInput(f"columns that the features need are absent: {', '.join(map(repr, absent))}")

    def _learn(self, columns: Columns) -> tuple[np.ndarray, list[sparse.csr_matrix]]:
        """Fit everything; what `_dense` makes of the same rows."""
        self._require(columns)
        for transform in self._transforms:
            transform.fit(columns)
        self._outputs = tuple(output for transform in self._transforms for output in transform.outputs)
        self.names = tuple(output.name for output in self._outputs)
        self.categorical = tuple(i for i, output in enumerate(self._outputs) if output.view == "code")
        made = zip(self.definition, self._transforms, strict=True)
        self.importance_names = tuple(feature.name for feature, transform in made for _ in transform.outputs)
        dense, terms = self._dense(columns)
        self._linear.fit(dense, self._outputs)
        self.fitted_rows = len(dense)
        return dense, terms

    def _dense(self, columns: Columns) -> tuple[np.ndarray, list[sparse.csr_matrix]]:
        dense = np.empty((row_count(columns), len(self._outputs)))
        terms: list[sparse.csr_matrix] = []
        start = 0
        for transform in self._transforms:
            stop = start + len(transform.outputs)
            found = transform.fill(columns, dense[:, start:stop])
            if found is not None:
                terms.append(found)
            start = stop
        # a number too large for its own arithmetic says as much as a missing one
        dense[~np.isfinite(dense)] = np.nan
        return dense, terms

    def _matrix(self, dense: np.ndarray, terms: list[sparse.csr_matrix], linear: bool) -> FeatureMatrix:
        view = self._linear.transform(dense, terms) if linear else None
        return FeatureMatrix(dense, self.names, self.categorical, view)
