"""The linear member: logistic regression on the sparse half of the features."""

import warnings
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from telco_churn.features.pipeline import FeatureMatrix
from telco_churn.models.member import Watch, one_thread

FILE = "linear.npz"
CHUNK = 5  # solver iterations between two looks at the clock


class Linear:
    """Logistic regression; `C` is the inverse strength of its penalty."""

    def __init__(self, parameters: dict[str, Any], seed: int, threads: int) -> None:
        self.parameters = parameters
        self.seed = seed
        self.rounds = 0
        self.coefficients = np.zeros(0)
        self.intercept = np.zeros(0)

    def fit(self, matrix: FeatureMatrix, y: np.ndarray, rounds: int) -> Self:
        """Fit for a fixed number of solver iterations."""
        return self._iterate(matrix, y, rounds, None)

    def fit_watched(self, matrix: FeatureMatrix, y: np.ndarray, max_rounds: int, watch: Watch) -> Self:
        """Fit until the solver converges or the clock runs out; the validation rows are of no use to it."""
        return self._iterate(matrix, y, max_rounds, watch)

    def _iterate(self, matrix: FeatureMatrix, y: np.ndarray, rounds: int, watch: Watch | None) -> Self:
        solver = LogisticRegression(**self.parameters, solver="newton-cg", warm_start=True, max_iter=CHUNK)
        x = _sparse(matrix)
        for done in range(CHUNK, max(rounds, CHUNK) + 1, CHUNK):
            with warnings.catch_warnings(), one_thread():
                warnings.simplefilter("ignore", ConvergenceWarning)  # the next chunk goes on from here
                solver.fit(x, y)
            self.rounds = done
            if np.max(solver.n_iter_) < CHUNK or (watch is not None and watch.expired()):
                break
        self._keep(solver)
        return self

    def _keep(self, solver: LogisticRegression) -> None:
        self.coefficients, self.intercept = solver.coef_[0], solver.intercept_

    def predict(self, matrix: FeatureMatrix) -> np.ndarray:
        """Predict every row."""
        positive = expit(_sparse(matrix) @ self.coefficients + self.intercept[0])
        return np.column_stack([1.0 - positive, positive])

    def save(self, folder: Path) -> None:
        """Write coefficients as plain arrays."""
        np.savez(folder / FILE, coefficients=self.coefficients, intercept=self.intercept, rounds=self.rounds)

    @classmethod
    def load(cls, folder: Path, threads: int) -> Self:
        """Read coefficients; the penalty that made them isn't needed to predict."""
        member = cls({}, 0, threads)
        with np.load(folder / FILE, allow_pickle=False) as saved:
            member.coefficients, member.intercept = saved["coefficients"], saved["intercept"]
            member.rounds = int(saved["rounds"])
        return member


def _sparse(matrix: FeatureMatrix) -> sparse.csr_matrix:
    if matrix.sparse is None:
        raise ValueError("the linear member needs the sparse half of the features: transform(..., sparse=True)")
    return matrix.sparse
