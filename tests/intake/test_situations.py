"""Eleven situations of real life, on files of our own: what was meant is what reading and framing make of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Problem, Profile, Reading, Setting, Specification
from agent_graph.intake import framing
from agent_graph.intake.reading import read
from agent_graph.profiling import reading
from agent_graph.profiling.labels import label

RNG = np.random.default_rng(11)
Read = Callable[..., tuple[Profile, Reading, Problem]]


@pytest.fixture
def situation() -> Read:
    """Profile, reading and problem of files; the person has named the column that holds the answer."""

    def made(
        statement: str, *files: Path, target: str, task: str | None = None, **options: str
    ) -> tuple[Profile, Reading, Problem]:
        given = tuple(Setting(key=key, value=value) for key, value in options.items())
        paths = tuple(map(str, files))
        known = {"statement": statement, "data": paths, "target": target, "task": task, "options": given}
        asked = Specification.model_validate({"name": "case", **known})
        profile = profiling.profile(paths)
        found = read(asked, profile)
        return profile, found, framing.frame(asked, profile, found)

    return made


def written(path: Path, columns: dict[str, Any]) -> Path:
    pl.DataFrame(columns).write_csv(path)
    return path


def features(problem: Problem) -> set[str]:
    return {role.name for role in problem.features}


def test_spellings_of_yes_and_no_are_two_classes(tmp_path: Path, situation: Read) -> None:
    yes, no = ["Yes", "yes", "YES", "Y", "y", "Yes "], ["No", "no", "NO", "N", "n", "No "]
    came = RNG.random(600) < 0.57
    told = [(yes if one else no)[k % 6] if k % 20 else "" for k, one in enumerate(came)]
    path = written(tmp_path / "jabs.csv", {"age": RNG.integers(0, 90, 600), "desk": [f"d{k % 6}" for k in range(600)],
                                           "second_jab": told})  # fmt: skip
    words = "Everybody is asked back for a second jab. Which of them will come back for it?"
    profile, _, problem = situation(words, path, target="second_jab", positive_class="Yes")
    column = profile.main.column("second_jab")
    assert column.distinct == 2
    assert any("Yes" in note for note in column.notes)
    labels = reading.typed(profile.main).select(label(problem.target, problem.task)).collect()["label"]
    assert labels.null_count() == 30
    share = (labels.drop_nulls() == problem.target.classes[1]).mean()
    assert share == pytest.approx(np.mean([one for k, one in enumerate(came) if k % 20]), abs=1e-9)


def test_the_value_that_is_looked_for_may_be_the_zero(tmp_path: Path, situation: Read) -> None:
    rows = 500
    path = written(tmp_path / "lessons.csv", {
        "lesson": np.arange(rows) + 5_000,
        "began": [f"{1 + k % 28:02d}.03.2024 {8 + k % 9:02d}:20 CET" for k in range(rows)],
        "lead_days": RNG.integers(0, 40, rows), "earlier_absences": RNG.integers(0, 6, rows),
        "showed_up": (RNG.random(rows) < 0.75).astype(int),
    })  # fmt: skip
    words = ("Driving lessons. Tell me who will not show up next week, the 40 who are most likely to miss theirs. "
             "showed_up is 1 when the pupil came and 0 when nobody came.")  # fmt: skip
    profile, found, problem = situation(words, path, target="showed_up")
    assert (found.task, found.positive) == ("binary", "0")
    assert problem.target.classes == ("1", "0")
    assert problem.top_k == 40
    assert profile.main.column("began").kind == "datetime"
    assert "lesson" not in features(problem)


def test_money_written_as_text_is_a_number(tmp_path: Path, situation: Read) -> None:
    amounts = RNG.uniform(400, 30_000, 300)
    path = written(tmp_path / "jobs.csv", {
        "Hours": RNG.integers(1, 90, 300), "Rebate": [f"{k % 9 + 0.5}%" for k in range(300)],
        "Credit": [f"(${k}.45)" if k % 7 == 0 else "$-" for k in range(300)],
        "Invoice Total": [f"${each:,.2f}" for each in amounts],
    })  # fmt: skip
    words = "What will be invoiced in the end (Invoice Total)? Answer from the sheet of the first day."
    profile, found, problem = situation(words, path, target="Invoice Total")
    assert (found.task, problem.target.column) == ("regression", "Invoice Total")
    assert profile.main.column("Invoice Total").maximum == pytest.approx(amounts.max(), abs=0.01)
    credit = profile.main.column("Credit")
    assert (credit.missing, credit.minimum) == (0.0, -294.45)
    assert profile.main.column("Rebate").storage == "float"


def test_lines_around_the_table_are_no_rows(tmp_path: Path, situation: Read) -> None:
    rows = [f"B{k};{k % 50 + 0.25};{20 + k % 9};{k % 50 * 31 + 7}" for k in range(400)]
    text = "\r\n".join(["Lab report", "Printed 03.02.2025", "", "", "Batch;Resin (kg);Temp (°C);Gloss (GU)", *rows,
                        "", "Mean;25.1;24;780", "n = 400;;;", "Released by Q. A."])  # fmt: skip
    path = tmp_path / "report.csv"
    path.write_bytes(text.encode("cp1252"))
    words = "I'd like to predict the gloss of a batch from its recipe before it goes to the lab."
    profile, _, problem = situation(words, path, target="Gloss (GU)")
    assert profile.main.rows == 400
    assert [c.name for c in profile.main.columns] == ["Batch", "Resin (kg)", "Temp (°C)", "Gloss (GU)"]
    assert problem.task == "regression"
    assert profile.main.notes


def test_long_numbers_join_digit_by_digit(tmp_path: Path, situation: Read) -> None:
    numbers = [f"{40 + k % 3}0040000000000000{k:04d}" for k in range(300)]
    main = written(tmp_path / "claims.csv", {
        "claim": np.arange(300) + 9_000, "policy_no": numbers, "km": RNG.normal(9, 3, 300),
        "fraud": RNG.choice(["yes", "no"], 300),
    })  # fmt: skip
    side = written(tmp_path / "policies.csv", {"policy_no": numbers[::-1], "bonus": RNG.integers(0, 20, 300)})
    words = "claims.csv are claims, policies.csv what we know of each policy. Is it fraud (fraud)?"
    profile, _, problem = situation(words, main, side, target="fraud")
    assert profile.main.column("policy_no").storage == "string"
    assert profile.main.column("policy_no").distinct == 300
    (join,) = profile.joins
    assert join.matched == 1.0
    assert "policies.bonus" in features(problem)
    assert "policy_no" not in features(problem)


def test_a_ready_yes_or_no_with_a_clock_is_no_forecast(tmp_path: Path, situation: Read) -> None:
    hours = [f"2024-05-{1 + k // 24:02d} {k % 24:02d}:00" for k in range(480)]
    path = written(tmp_path / "lifts.csv", {
        "lift": [name for name in "ABCDE" for _ in hours], "hour": hours * 5, "noise_db": RNG.normal(60, 5, 2_400),
        "jams_24h": (RNG.random(2_400) < 0.1).astype(int),
    })  # fmt: skip
    words = ("We log five lifts once an hour. Which of them will jam in the next 24 hours? jams_24h is 1 in the hours "
             "before a jam. The model is meant for other buildings too.")  # fmt: skip
    _, found, problem = situation(words, path, target="jams_24h")
    assert (found.task, found.asks) == ("binary", ())
    assert problem.split.kind in ("group", "time")


def test_what_a_warehouse_unloads_is_read(tmp_path: Path, situation: Read) -> None:
    rows = 200
    table = pa.table({
        "POLICY_ID": pa.array([Decimal(10**20 + k) for k in range(rows)], pa.decimal128(38, 0)),
        "YEAR_BUILT": pa.array([Decimal(1990 + k % 30) for k in range(rows)], pa.decimal128(38, 0)),
        "REGION": pa.array([f"r{k % 5}" for k in range(rows)]).dictionary_encode(),
        "CAR": pa.array([{"make": f"m{k % 3}", "kw": 40 + k % 90} for k in range(rows)]),
        "OLD_FLAG": pa.nulls(rows),
        "CLAIM_TOTAL": pa.array([Decimal(100 + 7 * k) for k in range(rows)], pa.decimal128(14, 2)),
    })  # fmt: skip
    path = tmp_path / "claims.parquet"
    pq.write_table(table, path)
    profile, found, problem = situation("What will a claim cost us (CLAIM_TOTAL)?", path, target="CLAIM_TOTAL")
    assert found.task == "regression"
    assert profile.main.column("CLAIM_TOTAL").maximum == 100 + 7 * (rows - 1)
    assert profile.main.column("YEAR_BUILT").storage in ("integer", "float")
    assert "POLICY_ID" not in features(problem)
    assert profile.main.column("OLD_FLAG").kind == "empty"
    assert any(name.startswith("CAR") for name in features(problem))


def test_rows_without_an_outcome_yet_are_left_out(tmp_path: Path, situation: Read) -> None:
    states = RNG.choice(["Repaid", "Defaulted", "Running", "In arrears"], 800, p=[0.6, 0.1, 0.25, 0.05])
    path = written(tmp_path / "loans.csv", {"sum_lent": RNG.integers(50, 900, 800), "status": states})
    words = "status says what became of a loan. Which applicants will default? A running loan has no outcome yet."
    profile, found, problem = situation(words, path, target="status", positive_class="Defaulted",
                                        unsettled="Running,In arrears")  # fmt: skip
    assert (found.task, found.positive) == ("binary", "Defaulted")
    labels = reading.typed(profile.main).select(label(problem.target, problem.task)).collect()["label"]
    assert labels.null_count() == int(np.isin(states, ["Running", "In arrears"]).sum())
    assert (labels == "yes").sum() == int((states == "Defaulted").sum())


def test_classes_of_few_rows_are_known_or_left_out_by_name(tmp_path: Path, situation: Read) -> None:
    kinds = ["ok"] * 300 + ["dent"] * 60 + ["crack"] * 20 + ["burr"] * 3 + ["void"] * 2
    path = written(tmp_path / "parts.csv", {"width": RNG.normal(5, 1, len(kinds)), "flaw": kinds})
    words = "Which kind of flaw does a part have? ok is among them."
    _, found, problem = situation(words, path, target="flaw", task="multiclass")
    assert (found.task, found.asks) == ("multiclass", ())
    assert set(problem.target.classes) == {"ok", "dent", "crack"}
    assert set(problem.target.rare) == {"burr", "void"}, "fewer rows than folds: left out, and said"
    _, unnamed, _ = situation(words, path, target="flaw")
    assert unnamed.task == "multiclass" or unnamed.asks


def test_a_sensor_that_follows_the_target_is_an_input(tmp_path: Path, situation: Read) -> None:
    truth = RNG.uniform(1, 40, 600)
    path = written(tmp_path / "box.csv", {
        "temp_c": RNG.normal(15, 6, 600), "humidity": RNG.uniform(20, 90, 600),
        "voltage": truth * 30 + RNG.normal(0, 8, 600),
        "lab_ozone": truth,
    })  # fmt: skip
    words = ("Temperature, humidity and the voltage of the cell are read on the spot. Predict lab_ozone, which the "
             "laboratory measures, from the box.")  # fmt: skip
    _, found, problem = situation(words, path, target="lab_ozone")
    assert found.task == "regression"
    assert "voltage" in features(problem)


def test_more_columns_than_rows_are_read(tmp_path: Path, situation: Read) -> None:
    names = ["1-Mar", "7-Sep", "HLA-DRB1", "NKX2-5", *(f"GENE{k}" for k in range(1_496))]
    table: dict[str, Any] = {
        "sample_no": [f"S{k:04d}" for k in range(300)],
        "stage": RNG.choice(["I", "II", "III"], 300),
    }
    table |= {name: RNG.normal(7, 1, 300).round(3) for name in names}
    path = written(tmp_path / "genes.csv", {**table, "responds": RNG.choice(["yes", "no"], 300)})
    profile, found, problem = situation("Which patients will respond to the drug (responds)?", path, target="responds")
    assert (found.task, found.positive) == ("binary", "yes")
    assert {"1-Mar", "7-Sep", "HLA-DRB1", "NKX2-5", "stage"} <= features(problem)
    assert profile.main.column("1-Mar").storage == "float"
    assert "sample_no" not in features(problem)
