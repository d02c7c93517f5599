"""The CatBoost member: symmetric boosted trees with ordered statistics of the categories."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from catboost import CatBoost, FeaturesData, Pool

from telco_churn.features.pipeline import FeatureMatrix
from telco_churn.models.member import FEW_ROWS, Watch
from telco_churn.problem.answers import CATBOOST, CATBOOST_GIVES

FILE = "catboost.cbm"


class CatBoostTrees:
    """Boosted trees; `parameters` are CatBoost's own."""

    def __init__(self, parameters: dict[str, Any], seed: int, threads: int) -> None:
        self.parameters = {
            **parameters,
            **CATBOOST,
            "random_seed": seed,
            "thread_count": threads,
            "allow_writing_files": False,
            "logging_level": "Silent",
        }
        self.threads = threads
        self.rounds = 0
        self.trees = CatBoost(self.parameters)

    def fit(self, matrix: FeatureMatrix, y: np.ndarray, rounds: int) -> Self:
        """Fit exactly that many rounds."""
        self.trees = CatBoost({**self.parameters, "iterations": rounds})
        self.trees.fit(Pool(_features(matrix), label=y))
        self.rounds = rounds
        return self

    def fit_watched(self, matrix: FeatureMatrix, y: np.ndarray, max_rounds: int, watch: Watch) -> Self:
        """Fit with early stopping; the best round so far counts, also when the clock runs out."""
        self.trees = CatBoost({**self.parameters, "iterations": max_rounds})
        self.trees.fit(
            Pool(_features(matrix), label=y),
            eval_set=Pool(_features(watch.matrix), label=watch.y),
            use_best_model=True,
            early_stopping_rounds=watch.patience,
            callbacks=[_Clock(watch)],
        )
        self.rounds = max(int(self.trees.tree_count_), 1)
        return self

    def predict(self, matrix: FeatureMatrix) -> np.ndarray:
        """Predict every row."""
        threads = 1 if len(matrix.dense) <= FEW_ROWS else self.threads
        raw = self.trees.predict(Pool(_features(matrix)), prediction_type=CATBOOST_GIVES, thread_count=threads)
        return np.asarray(raw, dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write CatBoost's binary format."""
        self.trees.save_model(str(folder / FILE), format="cbm")

    @classmethod
    def load(cls, folder: Path, threads: int) -> Self:
        """Read CatBoost's binary format."""
        member = cls({}, 0, threads)
        member.trees.load_model(str(folder / FILE), format="cbm")
        member.rounds = int(member.trees.tree_count_)
        return member


class _Clock:
    """CatBoost call-back: False ends the fit."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def after_iteration(self, info: Any) -> bool:
        return not self.watch.expired()


def _features(matrix: FeatureMatrix) -> FeaturesData:
    """Numbers and categories apart, as CatBoost wants them; a category is the text of its code."""
    flags = np.zeros(matrix.dense.shape[1], dtype=bool)
    flags[list(matrix.categorical)] = True
    numbers = np.ascontiguousarray(matrix.dense[:, ~flags], dtype=np.float32) if not flags.all() else None
    codes = matrix.dense[:, flags].astype(np.int64)
    if not codes.shape[1]:
        return FeaturesData(num_feature_data=numbers)
    texts = np.array([str(code).encode() for code in range(int(codes.max(initial=0)) + 1)], dtype=object)
    return FeaturesData(num_feature_data=numbers, cat_feature_data=texts[codes])
