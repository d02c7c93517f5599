"""Members: fitted for fixed rounds they repeat themselves, watched they stop, saved they answer the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import learnable
from threadpoolctl import threadpool_info

from telco_churn.data.columns import from_frame
from telco_churn.features.pipeline import FeatureMatrix, FeaturePipeline
from telco_churn.models.member import Watch, one_thread
from telco_churn.models.model import KINDS, make
from telco_churn.problem.answers import dummy
from telco_churn.problem.metrics import loss

PARAMETERS: dict[str, dict[str, float]] = {
    "linear": {"C": 1.0},
    "lightgbm": {"learning_rate": 0.1, "num_leaves": 7},
    "catboost": {"learning_rate": 0.1, "depth": 3},
}
ROUNDS = 10


@pytest.fixture
def matrix(rows: Callable[..., pd.DataFrame]) -> FeatureMatrix:
    """Features of made-up rows."""
    columns = from_frame(rows(240))
    return FeaturePipeline().fit(columns).transform(columns)


@pytest.fixture
def y(matrix: FeatureMatrix) -> np.ndarray:
    """A label that the first linear feature decides, so that it can be learnt."""
    assert matrix.sparse is not None
    signal = np.asarray(matrix.sparse.todense()).std(axis=0).argmax()
    order = np.argsort(np.argsort(matrix.sparse[:, [signal]].toarray()[:, 0], kind="stable"))
    return learnable(order)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_member_repeats_itself_for_the_same_seed(kind: str, matrix: FeatureMatrix, y: np.ndarray) -> None:
    first, second = (make(kind, PARAMETERS[kind], 3, 1).fit(matrix, y, ROUNDS).predict(matrix) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_member_learns_what_can_be_learnt(kind: str, matrix: FeatureMatrix, y: np.ndarray) -> None:
    predicted = make(kind, PARAMETERS[kind], 0, 1).fit(matrix, y, 40).predict(matrix)
    assert len(predicted) == len(y)
    assert loss(y, predicted) < loss(y, dummy(y, len(y))) * 0.9


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_saved_member_answers_the_same(kind: str, matrix: FeatureMatrix, y: np.ndarray, tmp_path: Path) -> None:
    member = make(kind, PARAMETERS[kind], 0, 1).fit(matrix, y, ROUNDS)
    member.save(tmp_path)
    loaded = KINDS[kind].load(tmp_path, 1)
    np.testing.assert_array_equal(loaded.predict(matrix), member.predict(matrix))
    assert loaded.rounds == member.rounds


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_row_alone_is_answered_as_among_many(kind: str, matrix: FeatureMatrix, y: np.ndarray) -> None:
    member = make(kind, PARAMETERS[kind], 0, 1).fit(matrix, y, ROUNDS)
    alone = member.predict(matrix.take(np.array([17])))
    np.testing.assert_allclose(alone[0], member.predict(matrix)[17], rtol=1e-12)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_expired_clock_stops_a_fit_with_something_to_show(kind: str, matrix: FeatureMatrix, y: np.ndarray) -> None:
    watch = Watch(matrix, y, patience=500, expired=lambda: True)
    member = make(kind, PARAMETERS[kind], 0, 1).fit_watched(matrix, y, 500, watch)
    assert 1 <= member.rounds < 500
    assert np.isfinite(member.predict(matrix)).all()


def test_early_stopping_keeps_the_best_round(matrix: FeatureMatrix, y: np.ndarray) -> None:
    noise = np.random.default_rng(0).permutation(y)
    watch = Watch(matrix, noise, patience=5, expired=lambda: False)
    member = make("lightgbm", PARAMETERS["lightgbm"], 0, 1).fit_watched(matrix, y, 400, watch)
    assert member.rounds < 100  # on labels that have nothing to do with the rows, more rounds only hurt


def test_a_fit_goes_on_as_long_as_it_gets_better(matrix: FeatureMatrix, y: np.ndarray) -> None:
    watch = Watch(matrix, y, patience=3, expired=lambda: False)
    member = make("lightgbm", PARAMETERS["lightgbm"], 0, 1).fit_watched(matrix, y, 8, watch)
    assert member.rounds == 8


def test_the_linear_member_says_what_it_needs(matrix: FeatureMatrix, y: np.ndarray) -> None:
    member = make("linear", PARAMETERS["linear"], 0, 1).fit(matrix, y, ROUNDS)
    dense = FeatureMatrix(matrix.dense, matrix.names, matrix.categorical, None)
    with pytest.raises(ValueError, match="sparse"):
        member.predict(dense)


def test_linear_algebra_has_one_thread_inside_the_block_and_what_it_had_afterwards() -> None:
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = threads()
    with one_thread():
        assert set(threads()) <= {1}
    assert threads() == before
