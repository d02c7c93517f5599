"""Whole batches: clean ones pass, and each kind of trouble is told by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from synthetic import write_raw

from telco_churn.config import load
from telco_churn.data import ingest, rules, validate
from telco_churn.data.rows import LABEL, ROW
from telco_churn.errors import QualityGateFailed

Rows = Callable[..., pd.DataFrame]


def errors(frame: pd.DataFrame) -> set[tuple[str | None, str]]:
    """Column and rule of every breach that stops the pipeline."""
    return {(b.column, b.rule) for b in validate.breaches(frame, labelled=True) if b.severity == "error"}


def allowed(kind: str, rows: int) -> float:
    """The share of a batch of so many rows that a rule lets pass, chance included."""
    bar = float(next(rule["threshold"] for rule in load("data")["rules"] if rule["kind"] == kind))
    return bar + rules.chance(min(bar, 1.0), rows)


@pytest.fixture
def full() -> str:
    """A column that is never missing."""
    name = next((c["name"] for c in load("data")["columns"] if c["required"] and not c["nullable"]), None)
    return str(name or pytest.skip("every column may be missing"))


@pytest.mark.parametrize("seed", range(4))
def test_clean_batches_raise_no_alarm(rows: Rows, seed: int) -> None:
    assert errors(rows(400, seed=seed)) == set()


def test_one_odd_value_is_a_warning_and_many_are_an_error(rows: Rows, full: str) -> None:
    frame = rows(400)
    frame.loc[0, full] = None
    (warning,) = [breach for breach in validate.breaches(frame, labelled=True) if breach.column == full]
    assert (warning.severity, warning.count) == ("warning", 1)
    assert warning.share == 1 / 400
    frame.loc[:99, full] = None
    assert (full, "not_nullable") in errors(frame)


def test_a_cut_off_batch_is_told(rows: Rows) -> None:
    least = int(next(rule["threshold"] for rule in load("data")["rules"] if rule["kind"] == "min_rows"))
    assert (None, "min_rows") in errors(rows(least - 1))
    assert (None, "min_rows") not in errors(rows(least))


def test_a_share_is_never_more_than_all(rows: Rows, full: str) -> None:
    frame = rows(400)
    frame.loc[:199, full] = None
    found = [*validate.breaches(frame, labelled=True), *validate.breaches(rows(5), labelled=True)]
    assert found
    assert all(0 < breach.share <= 1 for breach in found)


def test_repeated_rows_are_told(rows: Rows) -> None:
    frame = pd.concat([rows(20)] * 20, ignore_index=True)
    if allowed("max_duplicate_share", len(frame)) >= 0.95:
        pytest.skip("rows of this table may repeat each other")
    assert (None, "max_duplicate_share") in errors(frame)


def test_a_batch_without_most_labels_is_told(rows: Rows, tmp_path: Path) -> None:
    frame = rows(300)
    if allowed("max_missing_target_share", len(frame)) >= 0.99:
        pytest.skip("most rows of this table have no label")
    frame[LABEL] = frame[LABEL].where(frame[ROW] < 3)
    write_raw(frame, tmp_path)
    assert (LABEL, "max_missing_target_share") in errors(ingest.read_rows(tmp_path, labelled=True))


def test_missing_values_beyond_the_tolerance_are_told(rows: Rows) -> None:
    column = next((c for c in load("data")["columns"] if c["nullable"] and c["max_missing"] < 0.5), None)
    if column is None:
        pytest.skip("no column has a tolerance below one half")
    frame = rows(400)
    frame.loc[:359, column["name"]] = None
    assert (column["name"], "max_missing_share") in errors(frame)


def test_a_column_that_got_stuck_is_told(rows: Rows) -> None:
    name = "female"
    frame = rows(400)
    low, middle = frame[name].min(), frame[name].median()
    frame[name] = low if middle > low else frame[name].max()  # the end that lies further from most values
    assert any(column == name for column, _ in errors(frame))


def test_one_value_everywhere_is_told(rows: Rows) -> None:
    name = next(rule["column"] for rule in load("data")["rules"] if rule["kind"] == "max_repeated_share")
    frame = rows(400)
    frame[name] = frame[name].dropna().iloc[0]
    assert (name, "max_repeated_share") in errors(frame)


def test_messages_hold_no_values_of_the_data(rows: Rows) -> None:
    frame = rows(400)
    name = next(c["name"] for c in load("data")["columns"] if c["dtype"] in ("string", "int", "float"))
    secret = "name-of-a-person" if pd.api.types.is_string_dtype(frame[name]) else 987654321.125
    frame[name] = secret
    assert not any(str(secret) in breach.message for breach in validate.breaches(frame, labelled=True))


def test_rows_with_an_issue_are_counted(rows: Rows, full: str, tmp_path: Path) -> None:
    odd = rows(400)
    odd.loc[:1, full] = None
    path = write_raw(odd, tmp_path)
    report = validate.run(input=path)
    assert (report["rows"], report["rows_with_issue"], report["valid_share"]) == (400, 2, 0.995)
    assert report["service_level_met"] is (load("data")["service_levels"]["valid_share"] <= 0.995)
    assert str(tmp_path) in report["source"]


def test_validate_reports_and_says_no(project: Path, rows: Rows) -> None:
    ingest.run()
    clean = validate.run()
    assert (clean["passed"], clean["valid_share"], clean["source"]) == (True, 1.0, "processed")
    assert json.loads((project / "artifacts/reports/quality.json").read_text())["rows"] == 300
    bad = write_raw(rows(5), project / "bad")
    with pytest.raises(QualityGateFailed) as caught:
        validate.run(input=bad)
    assert caught.value.report is not None
    assert [breach["rule"] for breach in caught.value.report["breaches"] if breach["severity"] == "error"] != []
