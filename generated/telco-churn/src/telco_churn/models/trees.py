"""The members that are boosted trees, on the dense half of the features: LightGBM's and CatBoost's."""

from pathlib import Path
from typing import Any, Self

import lightgbm as lgb
import numpy as np
from catboost import CatBoost, FeaturesData, Pool

from telco_churn.features.pipeline import FeatureMatrix
from telco_churn.models.member import FEW_ROWS, Watch
from telco_churn.problem.answers import CATBOOST, CATBOOST_GIVES, LIGHTGBM

LIGHTGBM_FILE = "lightgbm.txt"
SMALL = 1_000_000  # cells; below, threads wait for each other longer than they work
CATBOOST_FILE = "catboost.cbm"


class LightGbmTrees:
    """Trees grown leaf by leaf, categories native; `parameters` are LightGBM's own."""

    def __init__(self, parameters: dict[str, Any], seed: int, threads: int) -> None:
        self.parameters = {
            **parameters,
            **LIGHTGBM,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,  # else LightGBM times both layouts and its choice isn't reproducible
            "verbose": -1,
        }
        self.threads = threads
        self.rounds = 0
        self.booster: lgb.Booster | None = None

    def fit(self, matrix: FeatureMatrix, y: np.ndarray, rounds: int) -> Self:
        """Fit exactly that many rounds."""
        self.booster = lgb.train(self._sized(matrix), _dataset(matrix, y), num_boost_round=rounds)
        self.rounds = rounds
        return self

    def fit_watched(self, matrix: FeatureMatrix, y: np.ndarray, max_rounds: int, watch: Watch) -> Self:
        """Fit with early stopping; the best round so far counts, also when the clock runs out."""
        train = _dataset(matrix, y)
        valid = _dataset(watch.matrix, watch.y, reference=train)
        self.booster = lgb.train(
            self._sized(matrix),
            train,
            num_boost_round=max_rounds,
            valid_sets=[valid],
            callbacks=[_BestRound(watch, max_rounds)],
        )
        self.rounds = max(self.booster.best_iteration, 1)
        return self

    def predict(self, matrix: FeatureMatrix) -> np.ndarray:
        """Predict every row with the best round's trees."""
        if self.booster is None:
            raise ValueError("the LightGBM member isn't fitted")
        threads = 1 if len(matrix.dense) <= FEW_ROWS else self.threads
        raw = np.asarray(self.booster.predict(matrix.dense, num_iteration=self.rounds, num_threads=threads))
        return np.column_stack([1.0 - raw, raw])

    def _sized(self, matrix: FeatureMatrix) -> dict[str, Any]:
        return {**self.parameters, "num_threads": 1 if matrix.dense.size < SMALL else self.threads}

    def save(self, folder: Path) -> None:
        """Write LightGBM's text format."""
        if self.booster is None:
            raise ValueError("the LightGBM member isn't fitted")
        self.booster.save_model(folder / LIGHTGBM_FILE, num_iteration=self.rounds)

    @classmethod
    def load(cls, folder: Path, threads: int) -> Self:
        """Read LightGBM's text format."""
        member = cls({}, 0, threads)
        member.booster = lgb.Booster(model_file=folder / LIGHTGBM_FILE)
        member.rounds = member.booster.current_iteration()
        return member


class _BestRound:
    """LightGBM call-back: remembers the best round, ends the fit when patience or time is out."""

    def __init__(self, watch: Watch, max_rounds: int) -> None:
        self.watch = watch
        self.last = max_rounds - 1
        self.best = (np.inf, 0)

    def __call__(self, env: lgb.callback.CallbackEnv) -> None:
        results = list(env.evaluation_result_list or [])
        loss = float(results[0][2])
        self.best = min(self.best, (loss, env.iteration))
        tired = env.iteration - self.best[1] >= self.watch.patience
        if tired or env.iteration == self.last or self.watch.expired():
            raise lgb.callback.EarlyStopException(self.best[1], results)


def _dataset(matrix: FeatureMatrix, y: np.ndarray, reference: lgb.Dataset | None = None) -> lgb.Dataset:
    return lgb.Dataset(matrix.dense, y, reference=reference, categorical_feature=list(matrix.categorical))


class CatBoostTrees:
    """Symmetric trees with ordered statistics of the categories; `parameters` are CatBoost's own."""

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
        self.trees.save_model(str(folder / CATBOOST_FILE), format="cbm")

    @classmethod
    def load(cls, folder: Path, threads: int) -> Self:
        """Read CatBoost's binary format."""
        member = cls({}, 0, threads)
        member.trees.load_model(str(folder / CATBOOST_FILE), format="cbm")
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
