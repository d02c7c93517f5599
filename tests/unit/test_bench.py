"""The bench runs, and says of a speed what is true."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from agent_graph.artifacts import Event
from agent_graph.cli.commands import DEMO_STATEMENT
from evals.bench import asking, profile, where
from evals.bench.__main__ import TELCO, Line, _measure


def test_the_profile_is_measured_beside_polars_on_a_table_of_the_asked_size(tmp_path: Path) -> None:
    profile.make(tmp_path / "table.csv", 300, 20)
    assert pl.read_csv(tmp_path / "table.csv").shape == (300, 20)
    speed = profile.measure(300, 20)
    assert min(speed.profile_s, speed.polars_s, speed.ratio) > 0


def test_a_table_too_narrow_for_every_sort_of_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 6"):
        profile.make(tmp_path / "table.csv", 300, 5)
    profile.make(tmp_path / "table.csv", 300, 6)
    assert pl.read_csv(tmp_path / "table.csv").width == 6


def test_asking_a_model_costs_something_beside_the_playbooks() -> None:
    assert 0 < asking.measure(TELCO, DEMO_STATEMENT, "churn") < 60


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (Line("help", 0.5, 0.5, "s"), "held"),
        (Line("help", 0.51, 0.5, "s"), "MISSED"),
        (Line("share", 0.8, 0.8, "×", "least"), "held"),
        (Line("share", 0.79, 0.8, "×", "least"), "MISSED"),
        (Line("share", None, 0.8, "×", "least"), "NOT MEASURED"),
    ],
)
def test_a_line_is_held_only_when_it_was_measured_and_keeps_its_bar(line: Line, verdict: str) -> None:
    assert str(line).endswith(verdict)
    assert line.held == (verdict == "held")


def test_a_number_of_a_gate_is_found_by_its_check_and_missing_when_the_role_had_no_gate() -> None:
    checks = [{"name": "batch_throughput", "measures": [{"name": "share_of_bare", "value": 0.5}]}]
    report = {"roles": [{"gate": None}, {"gate": {"checks": checks}}]}
    assert _measure(report, "batch_throughput", "share_of_bare") == 0.5
    assert _measure(report, "latency_single_row", "latency_p50") is None


def test_where_the_seconds_of_a_run_go_is_told_by_part_and_by_what_waited_for_what() -> None:
    def step(text: str, seconds: float, at: float) -> Event:
        return Event("step", "", text, seconds=seconds, at=at)

    told = [
        Event("intake", "", "a: 10 rows", seconds=1.0, at=101.0),
        Event("intake", "", "2 rows sealed, 8 open", at=103.0),
        Event("gate", "ml_engineer", "measuring", at=104.0),
        step("ingest", 1.0, 105.0), step("noise", 5.0, 109.0), step("tune", 6.0, 111.0), step("train", 2.0, 113.0),
        Event("gate", "ml_engineer", "gate passed", "passed", 10.0, at=114.0),
        step("tests", 3.0, 117.0),
        Event("prove", "", "proof passed", "passed", 4.0, at=118.0),
    ]  # fmt: skip
    intake, gate, proof = where.parts(told)
    assert (intake.seconds, intake.chain()) == (3.0, [])
    assert (gate.name, gate.seconds) == ("ml-engineer", 11.0)
    assert gate.chain() == [("ingest", 1.0), ("tune", 6.0), ("train", 2.0)]
    assert gate.beside == pytest.approx(14 / 11)
    assert (proof.name, proof.chain()) == ("prove", [("tests", 3.0)])
    assert where.parts([]) == []
    assert any("tune 6.0 > train 2.0" in line for line in where.lines(told))
