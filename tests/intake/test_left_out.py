"""Which columns are left out, and for what: the bond with the target alone is no reason, nor is being needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Part, Specification
from agent_graph.intake.bars import barred_and_warned
from agent_graph.intake.scorer.opinion import Opinion, Scene
from agent_graph.intake.scorer.weights import fitted

RNG = np.random.default_rng(8)
GOAL = RNG.normal(50, 9, 200)


def grounds(path: Path, columns: dict[str, object], target: str, statement: str, *keys: Part) -> dict[str, str]:
    """The ground of each column left out, were all of them likely to be no inputs."""
    pl.DataFrame({**columns, target: GOAL.round(2)}).write_csv(path)
    opinion = Opinion(Scene(statement, profiling.profile([str(path)])), fitted())
    place = opinion.scene.columns.names.index(target)
    likely = np.where(np.arange(len(opinion.scene.columns.names)) == place, 0.0, 0.9)
    asked = Specification(name="left-out", statement=statement, data=(str(path),))
    barred, _ = barred_and_warned(opinion, place, likely, (), asked, {key.topic: key for key in keys})
    return {each.column: each.ground for each in barred}


def key(topic: str, choice: str) -> Part:
    return Part.model_validate({"topic": topic, "choice": choice, "confidence": 0.9, "reason": "so"})


def kin() -> dict[str, object]:
    """A column that is named like the target and goes with it."""
    return {"sales_zug": (GOAL + RNG.normal(0, 5, 200)).round(2), "weather": RNG.normal(9, 2, 200).round(1)}


def test_another_outcome_of_the_same_event_is_left_out(tmp_path: Path) -> None:
    found = grounds(tmp_path / "t.csv", kin(), "sales_luzern", "What will Lucerne sell?")
    assert found.get("sales_zug") == "sibling"


def test_in_a_forecast_what_goes_along_is_known_of_earlier_rows_and_stays(tmp_path: Path) -> None:
    found = grounds(tmp_path / "t.csv", kin(), "sales_luzern", "What will Lucerne sell?", key("horizon", "3"))
    assert "sales_zug" not in found


@pytest.mark.parametrize("name", ["sales_before", "prev_sales", "umsatz_vorjahr"])
def test_what_is_named_after_an_earlier_time_stays(tmp_path: Path, name: str) -> None:
    columns = {name: (GOAL + RNG.normal(0, 5, 200)).round(2), "weather": RNG.normal(9, 2, 200).round(1)}
    assert name not in grounds(tmp_path / "t.csv", columns, "sales_now", "What will they sell?")


def test_a_survival_question_keeps_its_time_and_its_event(tmp_path: Path) -> None:
    columns = {"days_watched": RNG.integers(1, 900, 200), "dead": RNG.integers(0, 2, 200)}
    words = "How long do they live? The days watched are written down afterwards."
    keys = (key("event", "dead"), key("duration", "days_watched"))
    assert not {"days_watched", "dead"} & set(grounds(tmp_path / "t.csv", columns, "bilirubin", words, *keys))


def test_a_number_of_the_period_is_no_identifier(tmp_path: Path) -> None:
    columns = {"month_no": np.arange(200), "weather": RNG.normal(9, 2, 200).round(1)}
    assert grounds(tmp_path / "t.csv", columns, "sales", "What do they sell?").get("month_no") != "identifier"


def test_what_names_the_row_is_left_out_however_unlikely_it_seems(tmp_path: Path) -> None:
    columns = {"folio": RNG.permutation(200), "weather": RNG.normal(9, 2, 200).round(1)}
    found = grounds(tmp_path / "t.csv", columns, "sales", "What do they sell?", key("entity", "folio"))
    assert found["folio"] == "identifier"
