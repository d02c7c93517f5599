"""The LightGBM member: leaf-wise boosted trees on the dense half of the features, categories native."""

from pathlib import Path
from typing import Any, Self

import lightgbm as lgb
import numpy as np

from telco_churn.features.pipeline import FeatureMatrix
from telco_churn.models.member import FEW_ROWS, Watch
from telco_churn.problem.answers import LIGHTGBM

FILE = "lightgbm.txt"
SMALL = 1_000_000  # cells; below, threads wait for each other longer than they work


class LightGbmTrees:
    """Boosted trees; `parameters` are LightGBM's own."""

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
        self.booster.save_model(folder / FILE, num_iteration=self.rounds)

    @classmethod
    def load(cls, folder: Path, threads: int) -> Self:
        """Read LightGBM's text format."""
        member = cls({}, 0, threads)
        member.booster = lgb.Booster(model_file=folder / FILE)
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
