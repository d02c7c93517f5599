"""What a project's evaluation says of its drivers is read within bounds, and tells which columns are drifted first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent_graph.artifacts import Importance
from agent_graph.measuring.syntax import json_value
from agent_graph.reporting.pictures import agreement, importance
from agent_graph.roles.observability.checks.gate import by_importance

SERVICES = {
    "column": "internet", "columns": ["internet", "charge"], "loss_increase": 0.08, "low": 0.07, "high": 0.09,
    "direction": "highest: Fiber, lowest: No",
}  # fmt: skip
ALONE = {
    "column": "contract",
    "columns": ["contract"],
    "loss_increase": 0.2,
    "low": 0.1,
    "high": 0.3,
    "direction": None,
}


def test_groups_are_read_with_interval_and_direction_the_largest_first() -> None:
    assert importance([SERVICES, ALONE]) == (
        Importance(column="contract", value=0.2, columns=("contract",), low=0.1, high=0.3),
        Importance(
            column="internet", value=0.08, columns=("internet", "charge"), low=0.07, high=0.09,
            direction="highest: Fiber, lowest: No",
        ),
    )  # fmt: skip
    assert importance([SERVICES])[0].others == ("charge",)


def test_single_columns_of_an_older_project_are_still_read() -> None:
    assert importance([{"column": "tenure", "loss_increase": 0.1}]) == (Importance(column="tenure", value=0.1),)


@pytest.mark.parametrize("wrong", ["1", None, True, float("nan"), [1]])
def test_what_is_no_finite_number_is_not_believed(wrong: object) -> None:
    assert importance([ALONE | {"loss_increase": wrong}]) == ()
    assert importance([ALONE | {"low": wrong}])[0].low is None
    assert agreement({"agreement": wrong}) is None
    assert importance(wrong) == ()
    assert agreement(wrong) is None


def test_texts_and_groups_without_end_are_cut() -> None:
    long = json.loads(json.dumps(ALONE | {"column": "x" * 900, "columns": ["y" * 900] * 900, "direction": "z" * 900}))
    (read,) = importance([long])
    assert (len(read.column), len(read.columns), len(read.columns[0]), len(read.direction)) == (200, 100, 200, 200)


def test_the_first_columns_to_drift_lead_different_groups() -> None:
    columns = ["age", "charge", "contract", "internet"]
    assert by_importance(columns, [SERVICES, ALONE]) == ["contract", "internet", "charge", "age"]


@pytest.mark.parametrize(
    "listed", [[], [1], [{"columns": 3, "loss_increase": 1}], [{"column": "age", "loss_increase": "1"}]]
)
def test_an_evaluation_that_says_nothing_leaves_the_order(listed: list[Any]) -> None:
    assert by_importance(["charge", "age"], listed) == ["charge", "age"]


def test_json_keeps_numbers_that_are_none_apart() -> None:
    assert importance(json_value(json.dumps([SERVICES | {"low": None}])))[0].low is None
