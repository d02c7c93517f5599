"""How the champion behaves: what must not change a prediction, what must move it, what it must know.

The three kinds of test are those of Ribeiro et al. (2020). They need a promoted champion and ingested rows: `make run`
first, else they are skipped.
"""

import numpy as np
import pandas as pd
import pytest

from telco_churn.data.columns import Columns, from_frame, row_count, take
from telco_churn.data.ingest import LABEL, load_processed
from telco_churn.errors import BadInput
from telco_churn.models.model import Model
from telco_churn.problem.answers import Predictions
from telco_churn.registry.versions import champion

pytestmark = pytest.mark.model
ROWS = 400


@pytest.fixture(scope="module")
def model() -> Model:
    """The champion that is served now."""
    try:
        return champion()
    except BadInput as reason:
        pytest.skip(f"no champion yet: {reason}")


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    """A fixed sample of ingested rows, with their labels."""
    try:
        rows = load_processed()
    except BadInput as reason:
        pytest.skip(f"no ingested rows yet: {reason}")
    return rows.sample(min(ROWS, len(rows)), random_state=0).reset_index(drop=True)


@pytest.fixture
def columns(real: pd.DataFrame) -> Columns:
    """The sample as the model takes it; a test may change its own copy."""
    return {name: values.copy() for name, values in from_frame(real).items()}


def level(predictions: Predictions) -> np.ndarray:
    """What is compared: the probability of the positive class, (n,)."""
    return np.asarray(predictions.predicted[:, 1])


# What must not change a prediction


def test_the_same_rows_get_the_same_predictions(model: Model, columns: Columns) -> None:
    np.testing.assert_array_equal(level(model.predict(columns)), level(model.predict(columns)))


def test_a_row_is_predicted_alone_as_among_others(model: Model, columns: Columns) -> None:
    together = level(model.predict(columns))
    for row in range(0, row_count(columns), 40):
        np.testing.assert_allclose(
            level(model.predict(take(columns, slice(row, row + 1))))[0], together[row], rtol=1e-9
        )


def test_the_order_of_rows_means_nothing(model: Model, columns: Columns) -> None:
    order = np.random.default_rng(0).permutation(row_count(columns))
    np.testing.assert_allclose(
        level(model.predict(take(columns, order))), level(model.predict(columns))[order], rtol=1e-9
    )


def test_a_column_that_nobody_asked_for_means_nothing(model: Model, columns: Columns) -> None:
    before = level(model.predict(columns))
    columns["a column from somewhere else"] = np.arange(row_count(columns), dtype=float)
    np.testing.assert_array_equal(level(model.predict(columns)), before)


# What must move a prediction, and which way


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("tenure", "down"),
    ],
)
def test_a_prediction_moves_the_way_it_should(name: str, direction: str, model: Model, columns: Columns) -> None:
    known = columns[name][np.isfinite(columns[name])]
    ends = []
    for share in (0.1, 0.9):
        columns[name] = np.full(row_count(columns), np.quantile(known, share))
        ends.append(float(level(model.predict(columns)).mean()))
    moved = ends[1] - ends[0] if direction == "up" else ends[0] - ends[1]
    assert moved > 0, f"{name!r} from its 10 % to its 90 % quantile should move predictions {direction}: {ends}"


# What it must know at least


def test_rows_it_is_sure_of_are_more_often_positive(model: Model, real: pd.DataFrame, columns: Columns) -> None:
    positive = (real[LABEL] == "Yes").to_numpy()
    order = level(model.predict(columns)).argsort()
    third = len(order) // 3
    assert positive[order[-third:]].mean() > positive[order[:third]].mean()


def test_it_answers_when_everything_is_missing(model: Model, columns: Columns) -> None:
    one = take(columns, slice(0, 1))
    for name, values in one.items():
        if values.dtype.kind == "f":
            one[name] = np.full(1, np.nan)
        elif values.dtype.kind == "M":
            one[name] = np.full(1, "NaT", dtype=values.dtype)
        else:
            one[name] = np.full(1, None, dtype=object)
    assert np.isfinite(level(model.predict(one))).all()


def test_it_answers_for_values_it_never_saw(model: Model, columns: Columns) -> None:
    for name, values in columns.items():
        if values.dtype.kind == "f":
            columns[name] = np.full(row_count(columns), 1e9)
        elif values.dtype.kind == "O":
            columns[name] = np.full(row_count(columns), "never seen before", dtype=object)
    assert np.isfinite(level(model.predict(columns))).all()


def test_shares_are_shares(model: Model, columns: Columns) -> None:
    shares = model.predict(columns).predicted
    assert ((shares >= 0) & (shares <= 1)).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-6)
