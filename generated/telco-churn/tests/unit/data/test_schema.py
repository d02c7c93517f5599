"""The contract holds every row, and only those that keep it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pandera.pandas as pa
import pytest

from telco_churn.config import load
from telco_churn.data.rows import LABEL
from telco_churn.data.validate import contract

Rows = Callable[..., pd.DataFrame]


def refused(frame: pd.DataFrame) -> pd.DataFrame:
    """The failures that the contract finds."""
    with pytest.raises(pa.errors.SchemaErrors) as caught:
        contract(labelled=True).validate(frame, lazy=True)
    cases: pd.DataFrame = caught.value.failure_cases
    return cases


def test_rows_of_the_contract_pass(rows: Rows) -> None:
    frame = rows(300)
    assert len(contract(labelled=True).validate(frame, lazy=True)) == 300
    assert len(contract(labelled=False).validate(frame.drop(columns=LABEL), lazy=True)) == 300


def test_rows_to_predict_hold_what_is_required_or_may_be_missing_and_no_label() -> None:
    columns = load("data")["columns"]
    held = [column["name"] for column in columns if column["required"] or column["nullable"]]
    assert list(contract(labelled=False).columns) == held
    assert list(contract(labelled=True).columns) == [*(column["name"] for column in columns), LABEL]


def test_what_may_be_missing_stands_in_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for column in load("data")["columns"]:
        assert contract(labelled=True).columns[column["name"]].nullable is column["nullable"]
        monkeypatch.setitem(column, "nullable", not column["nullable"])
        assert contract(labelled=True).columns[column["name"]].nullable is column["nullable"]


@pytest.mark.parametrize("step", [-1, 1])
def test_a_number_beyond_its_range_is_found(rows: Rows, step: int) -> None:
    column = next(column for column in load("data")["columns"] if column.get("maximum") is not None)
    frame = rows(50)
    frame.loc[4, column["name"]] = column["maximum"] + 1 if step > 0 else column["minimum"] - 1
    failures = refused(frame)
    assert failures["column"].tolist() == [column["name"]]
    assert failures["index"].tolist() == [4]


def test_half_a_thing_is_no_whole_number(rows: Rows) -> None:
    column = next(column for column in load("data")["columns"] if column["dtype"] == "int")
    frame = rows(50)
    frame.loc[7, column["name"]] = frame[column["name"]].min() + 0.5
    assert refused(frame)["check"].tolist() == ["whole number"]


def test_a_level_outside_of_a_closed_set_is_found(rows: Rows) -> None:
    name = "multiple_lines"
    frame = rows(50)
    frame.loc[9, name] = "never heard of"
    failures = refused(frame)
    assert (failures["column"].tolist(), failures["index"].tolist()) == ([name], [9])


def test_a_missing_value_is_found_where_none_may_be(rows: Rows) -> None:
    full = [column["name"] for column in load("data")["columns"] if not column["nullable"]]
    if not full:
        pytest.skip("every column may have missing values")
    frame = rows(50)
    frame.loc[2, full[0]] = None
    assert refused(frame)["column"].tolist() == [full[0]]


def test_a_label_that_nobody_knows_is_found(rows: Rows) -> None:
    frame = rows(50)
    frame.loc[0, LABEL] = "never heard of"
    assert refused(frame)["column"].tolist() == [LABEL]
