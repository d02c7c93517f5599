"""What a row is about, its moments and series, and how long something took: by names, counts and words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Reading, Specification
from agent_graph.errors import BadInput
from agent_graph.intake import framing
from agent_graph.intake.reading import read

Read = Callable[..., Reading]


@pytest.fixture
def reading(tmp_path: Path) -> Read:
    """The reading of a statement beside a table that is written as CSV."""

    def run(table: pl.DataFrame, statement: str, **wishes: object) -> Reading:
        path = tmp_path / "table.csv"
        table.write_csv(path)
        wanted = Specification.model_validate({"name": "test", "statement": statement, "data": (str(path),), **wishes})
        return read(wanted, profiling.profile([str(path)]))

    return run


def visits(people: int = 60, each: int = 5) -> pl.DataFrame:
    """Visits of people, whose sex never changes; a visit's number comes once."""
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(people), each)
    return pl.DataFrame({
        "visit_no": rng.permutation(len(person)) + 5_000,
        "patient_id": person + 100,
        "visited": pl.Series([f"2024-{1 + k % each:02d}-{1 + int(p) % 28:02d}" for k, p in enumerate(person)]),
        "sex": np.where(person % 2, "m", "f"),
        "pressure": rng.normal(120, 9, len(person)).round(1),
        "readmitted": np.where(rng.random(len(person)) < 0.3, "yes", "no"),
    })  # fmt: skip


def shops(shops: int = 6, months: int = 40) -> pl.DataFrame:
    """Sales of shops, month by month."""
    rng = np.random.default_rng(2)
    moment = [f"{2020 + k // 12}-{1 + k % 12:02d}-01" for k in range(months)]
    return pl.DataFrame({
        "filiale": np.repeat([f"Ort {k}" for k in range(shops)], months),
        "monat": moment * shops,
        "preis": rng.normal(5, 1, shops * months).round(2),
        "umsatz": rng.normal(900, 90, shops * months).round(1),
    })  # fmt: skip


def test_what_comes_once_and_is_named_so_is_what_a_row_is_about(reading: Read) -> None:
    found = reading(visits(), "Which visits end in a readmission?", target="readmitted")
    assert found.entity == "visit_no"
    part = next(part for part in found.parts if part.topic == "entity")
    assert "each once" in part.reason
    assert [each.ground for each in found.never if each.column == "visit_no"] == ["identifier"]


def test_people_who_are_seen_again_are_what_rows_are_about_and_stay_together(reading: Read) -> None:
    table = visits().drop("visit_no", "visited")
    found = reading(table, "Which patients will be readmitted?", target="readmitted")
    assert (found.entity, found.split) == ("patient_id", "group:patient_id")
    part = next(part for part in found.parts if part.topic == "entity")
    assert "5.0 times each" in part.reason


@pytest.mark.parametrize("name", ["n_children", "income", "zone_no"])
def test_a_measure_or_a_place_that_comes_again_is_no_entity(reading: Read, name: str) -> None:
    rng = np.random.default_rng(3)
    table = pl.DataFrame({name: rng.integers(0, 40, 300), "age": rng.integers(18, 90, 300),
                          "left": rng.choice(["yes", "no"], 300)})  # fmt: skip
    assert reading(table, "Who will leave?", target="left").entity is None


def test_moments_that_come_once_are_no_entity(reading: Read) -> None:
    rng = np.random.default_rng(4)
    table = pl.DataFrame({"maand_nr": np.arange(1, 121), "verkoop": rng.normal(50, 5, 120).round(2)})
    assert reading(table, "Hoeveel verkopen we de komende drie maanden?", target="verkoop").entity is None


def test_a_named_entity_holds_through_to_the_problem_and_is_no_input(reading: Read, tmp_path: Path) -> None:
    table = visits()
    options = ({"key": "entity", "value": "patient_id"},)
    found = reading(table, "Which visits end in a readmission?", target="readmitted", options=options)
    wanted = Specification.model_validate(
        {"name": "t", "statement": "x", "data": (str(tmp_path / "table.csv"),), "options": options,
         "target": "readmitted"},
    )  # fmt: skip
    problem = framing.frame(wanted, profiling.profile(list(wanted.data)), found)
    assert (found.entity, problem.entity) == ("patient_id", "patient_id")
    assert "patient_id" not in {role.name for role in problem.features}


def test_what_is_left_out_as_an_identifier_is_no_feature_whatever_its_values_look_like(
    reading: Read, tmp_path: Path
) -> None:
    found = reading(visits(), "Which visits end in a readmission?", target="readmitted")
    wanted = Specification(name="t", statement="x", data=(str(tmp_path / "table.csv"),), target="readmitted")
    problem = framing.frame(wanted, profiling.profile(list(wanted.data)), found)
    named = {each.column for each in found.never if each.ground == "identifier"}
    assert named
    assert not named & {role.name for role in problem.features}


@pytest.mark.parametrize(
    ("column", "said"), [("patientid", "did you mean 'patient_id'"), ("readmitted", "is what is predicted")]
)
def test_an_entity_that_cant_be_one_is_refused_in_a_line(reading: Read, column: str, said: str) -> None:
    options = ({"key": "entity", "value": column},)
    wanted = {"target": "readmitted", "options": options}
    with pytest.raises(BadInput, match=said):
        reading(visits(), "Which visits end in a readmission?", **wanted)


@pytest.mark.parametrize(
    ("statement", "steps"),
    [
        ("Wie viel setzen wir in den nächsten zwei Quartalen um, Filiale für Filiale?", 6),
        ("Quel chiffre d'affaires dans les trois mois à venir, filiale par filiale ?", 3),
        ("How much will each shop sell over the next year?", 12),
        ("Not the next month, sorry: the next four months, please, for each shop.", 4),
    ],
)
def test_steps_ahead_follow_the_words_and_how_far_the_rows_lie_apart(reading: Read, statement: str, steps: int) -> None:
    found = reading(shops(), statement, target="umsatz", task="forecast")
    assert (found.horizon, found.series) == (steps, "filiale")


def test_moments_that_come_once_have_no_series_and_words_without_a_length_no_horizon(reading: Read) -> None:
    found = reading(shops(1), "How will sales go on?", target="umsatz", task="forecast")
    assert (found.horizon, found.series) == (None, None)


@pytest.mark.parametrize("names", [("tage_bis", "ausgang"), ("survtime", "dead"), ("meses", "fallecida"),
                                   ("os_m", "os_ev"), ("gg_vita", "deceduto"), ("czas_obs", "zgon")])  # fmt: skip
def test_how_long_it_took_stands_beside_whether_it_happened(reading: Read, names: tuple[str, str]) -> None:
    rng = np.random.default_rng(5)
    length, event = names
    table = pl.DataFrame({"case_no": np.arange(200) + 70, "age": rng.integers(20, 90, 200),
                          "jaar": rng.integers(1990, 2000, 200), "dose": rng.normal(5, 1, 200).round(2),
                          length: rng.integers(1, 900, 200), event: rng.integers(0, 2, 200)})  # fmt: skip
    found = reading(table, "How long do they live?", target=event, task="survival")
    assert (found.event, found.duration) == (event, length)
    other = reading(table, "How long do they live?", target=length, task="survival")
    assert (other.event, other.duration) == (event, length)


@pytest.mark.parametrize(
    ("words", "split"),
    [
        ("Split by patient, please.", "group:patient_id"),
        ("The same patient must not be on both sides of the test.", "group:patient_id"),
        ("Train on everything before June 2024 and test on what came after.", "time:visited"),
        ("Bitte nach patient aufteilen.", "group:patient_id"),
    ],
)
def test_a_split_in_words_is_used_where_one_column_can_be_meant(reading: Read, words: str, split: str) -> None:
    found = reading(visits(), f"Which visits end in a readmission? {words}", target="readmitted")
    assert found.split == split
    assert any(split in entry.what for entry in found.ledger)


def test_a_split_that_was_given_stands_before_one_in_words(reading: Read) -> None:
    options = ({"key": "split", "value": "time:visited"},)
    found = reading(visits(), "Which visits end so? Split by patient.", target="readmitted", options=options)
    assert found.split == "time:visited"
