"""How rows are held back: as the predictions will be used."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from telco_churn.config import load
from telco_churn.errors import BadInput
from telco_churn.training.folds import folds


@pytest.fixture
def frame(rows: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """240 made-up rows."""
    return rows(240)


def test_no_row_is_in_training_and_validation_at_once(frame: pd.DataFrame) -> None:
    parts = folds(frame)
    assert len(parts) == load("features")["folds"]
    for training, validation in parts:
        assert len(validation)
        assert not set(training) & set(validation)
        assert set(training) | set(validation) <= set(range(len(frame)))


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_there_are_as_many_folds_as_the_configuration_says(
    frame: pd.DataFrame, wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(load("features"), "folds", wanted)
    monkeypatch.setitem(load("features"), "validation_share", 0.2)
    parts = folds(frame)
    assert len(parts) == wanted
    if wanted == 1:
        np.testing.assert_allclose(len(parts[0][1]) / len(frame), 0.2, atol=0.01)


def test_the_same_rows_give_the_same_folds(frame: pd.DataFrame) -> None:
    for (training, validation), (again, once_more) in zip(folds(frame), folds(frame.copy()), strict=True):
        np.testing.assert_array_equal(training, again)
        np.testing.assert_array_equal(validation, once_more)


def test_every_row_is_validated_once(frame: pd.DataFrame) -> None:
    validated = np.concatenate([validation for _, validation in folds(frame)])
    np.testing.assert_array_equal(np.sort(validated), np.arange(len(frame)))


def test_every_part_holds_each_class_in_its_share(rows: Callable[..., pd.DataFrame]) -> None:
    frame = rows(480)
    shares = frame["__label__"].value_counts(normalize=True)
    for _, validation in folds(frame):
        inside = frame["__label__"].iloc[validation].value_counts(normalize=True).reindex(shares.index, fill_value=0.0)
        np.testing.assert_allclose(inside, shares, atol=0.05)


def test_too_few_rows_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(BadInput, match="too few"):
        folds(frame.head(1))
    alike = frame.head(100).assign(__label__=frame["__label__"].iloc[0])
    assert len(folds(alike)) == load("features")["folds"]
