"""What every member of the ensemble can do, how long it may take, and how many threads."""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from threadpoolctl import ThreadpoolController

from telco_churn.features.pipeline import FeatureMatrix

FEW_ROWS = 256  # up to here one thread answers sooner than a pool of them


@functools.cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()  # looking for them takes milliseconds: as long as a small fit


def one_thread() -> AbstractContextManager[object]:
    """Linear algebra by one thread for the length of the block: small or sparse work gains nothing from more."""
    limited: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limited


@dataclass(frozen=True)
class Watch:
    """Validation rows that decide when a fit stops, and a clock that may stop it sooner."""

    matrix: FeatureMatrix
    y: np.ndarray
    patience: int  # rounds without a better validation loss
    expired: Callable[[], bool]


class Member(Protocol):
    """One estimator; predictions are answers, learnt of encoded labels and on their scale."""

    rounds: int  # boosting rounds or solver iterations that the last fit used

    def __init__(self, parameters: dict[str, Any], seed: int, threads: int) -> None: ...

    def fit(self, matrix: FeatureMatrix, y: np.ndarray, rounds: int) -> Self:
        """Fit for a fixed number of rounds; the same input gives the same estimator."""
        ...

    def fit_watched(self, matrix: FeatureMatrix, y: np.ndarray, max_rounds: int, watch: Watch) -> Self:
        """Fit until the validation loss stops falling, the clock runs out, or `max_rounds`."""
        ...

    def predict(self, matrix: FeatureMatrix) -> np.ndarray:
        """Predict every row of the matrix."""
        ...

    def save(self, folder: Path) -> None:
        """Write the fitted estimator into an existing folder, without pickle."""
        ...

    @classmethod
    def load(cls, folder: Path, threads: int) -> Self:
        """Read what `save` wrote."""
        ...
