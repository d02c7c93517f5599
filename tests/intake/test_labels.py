"""The label that the project makes of a column is the host's, whatever the rule: bars, values, unsettled values."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from agent_graph.artifacts import Target, manifest_for
from agent_graph.errors import BadInput
from agent_graph.intake import framing, sealing
from agent_graph.profiling import reading
from agent_graph.profiling.labels import label
from agent_graph.roles.data_engineer import ROLE, DataEngineerInputs
from agent_graph.telling.words import rare_words, target_words
from agent_graph.writing import formatting, rendering
from tests.intake.conftest import Framed, frame_paths

STATES = ["Repaid", "Defaulted", "Running", "In arrears", ""]
MADE = """
import sys
import pandas as pd
sys.path.insert(0, "src")
from landed.data.rows import labels
raw = pd.read_csv(sys.argv[1], keep_default_na=False, na_values=[""])[sys.argv[2]]
print("|".join("" if pd.isna(each) else each for each in labels(raw)))
"""
SETTLED = Target(column="status", rule="one_of", threshold=None, values=("Defaulted",), classes=("no", "yes"),
                 unsettled=("Running", "In arrears"))  # fmt: skip
TARGETS = {
    "unsettled": SETTLED,
    "unsettled, other than": SETTLED.model_copy(update={"rule": "other_than", "values": ("Repaid",)}),
    "below": Target(column="days", rule="below", threshold=14.0, values=(), classes=("no", "yes")),
    "above": Target(column="days", rule="above", threshold=14.0, values=(), classes=("no", "yes")),
    "rare": Target(column="status", rule="as_is", threshold=None, values=(), classes=("Defaulted", "Repaid"),
                   rare=("In arrears", "Running")),
    "rare number": Target(column="days", rule="as_is", threshold=None, values=(),
                          classes=tuple(map(str, range(28))), rare=("28", "29")),
}  # fmt: skip


@pytest.fixture
def loans(tmp_path: Path) -> Path:
    path = tmp_path / "loans.csv"
    rows = [f"{k % 30},{STATES[k % 5]},{k % 7}" for k in range(150)]
    path.write_text("\n".join(["days,status,amount", *rows]), encoding="utf-8")
    return path


@pytest.mark.parametrize("rule", TARGETS)
def test_project_and_host_make_the_same_label(rule: str, loans: Path, tmp_path: Path) -> None:
    target, task = TARGETS[rule], "multiclass" if "rare" in rule else "binary"
    specification, profile, problem = frame_paths([str(loans)], "Which loans?", target=target.column)
    problem = problem.model_copy(update={"target": target, "task": task, "metric": "log_loss"})
    inputs = DataEngineerInputs(
        specification=specification, profile=profile, problem=problem, manifest=manifest_for("landed")
    )
    context = {**dict(inputs), "data": ROLE.playbook(inputs), "statement": "Which loans?"}
    files = rendering.render(rendering.own("_skeleton"), context) | rendering.render(
        rendering.own("data_engineer/common"), context
    )
    for name, text in formatting.formatted(files).items():
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", MADE, str(loans), target.column],
        cwd=tmp_path / "project",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    host = reading.typed(profile.main).select(label(target, problem.task)).collect()["label"].fill_null("")
    assert done.stdout.strip("\n").split("|") == host.to_list()
    unlabelled = {""} if target.unsettled or target.rare else set()
    assert set(host.unique()) == {*target.classes, *unlabelled}
    pages = (tmp_path / "project" / "docs" / "data.md").read_text("utf-8")
    assert ("no answers yet" in pages, "too few rows to learn" in pages) == (bool(target.unsettled), bool(target.rare))


def test_a_person_says_which_values_are_no_answer_yet(loans: Path) -> None:
    def framed(unsettled: str) -> Framed:
        given = ({"key": "positive_class", "value": "Defaulted"}, {"key": "unsettled", "value": unsettled})
        return frame_paths([str(loans)], "Which loans default?", target="status", task="binary", options=given)

    _, profile, problem = framed("Running,In arrears")
    assert problem.target == SETTLED
    counted = reading.typed(profile.main).select(label(problem.target, "binary")).collect()["label"].value_counts()
    assert dict(counted.iter_rows()) == {"no": 30, "yes": 30, None: 90}
    with pytest.raises(BadInput, match="'Lost' is no value of 'status'"):
        framed("Lost")
    with pytest.raises(BadInput, match="has one class only"):
        framed("Running,In arrears,Repaid")
    assert "unsettled" in framing.OPTIONS


def test_a_class_of_a_row_or_two_is_left_out_and_said(tmp_path: Path) -> None:
    rows = [f"{k * 7 % 31},{k * 5 % 13}.5,{'red' if k * 3 % 11 < 5 else 'blue'}" for k in range(90)]
    rows += ["3,2.5,green", "5,7.5,grey", "6,1.5,grey"]
    (tmp_path / "tiles.csv").write_text("\n".join(["width,weight,colour", *rows]), encoding="utf-8")
    specification, profile, problem = frame_paths(
        [str(tmp_path / "tiles.csv")], "Which colour?", target="colour", task="multiclass"
    )
    assert (problem.target.classes, problem.target.rare) == (("blue", "red"), ("green", "grey"))
    sealed = sealing.seal(specification, profile, problem, tmp_path / "sealed")
    labels = [pl.read_parquet(path)["label"] for path in (sealed.open_labels, sealed.labels)]
    assert sum(each.null_count() for each in labels) == 3
    assert {*labels[0].drop_nulls(), *labels[1].drop_nulls()} == {"blue", "red"}
    assert "'green', 'grey': too few rows" in rare_words(problem.target)
    assert "no label where it is 'green' or 'grey'" in target_words(problem.target)
