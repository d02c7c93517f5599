"""What the ratchet makes of two files of out-of-fold predictions, and when what it found is measured again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from agent_graph.artifacts import Check, Edit, HardeningDesign, TrainingDesign
from agent_graph.bench import Bench, Findings
from agent_graph.proof import ratchet
from agent_graph.proof.ratchet import basis, judge
from agent_graph.roles import BY_NAME
from agent_graph.state import inputs_of
from tests.agents.conftest import Desk, desk
from tests.checks.test_ml_engineer import ROWS, answers, problem, seal, table

__all__ = ["desk"]
Change = Callable[[pl.DataFrame], pl.DataFrame]
EDIT = Edit(path="src/customers/errors.py", source="", why="")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    truth, _ = answers()
    nothing: Any = SimpleNamespace(main=None)  # all that rows which stand alone need of the facts
    return Bench(
        tree=tmp_path,
        store=tmp_path,
        sandbox=nothing,
        specification=nothing,
        profile=nothing,
        problem=problem(),
        manifest=nothing,
        sealed=seal(tmp_path, truth),
        scratch=tmp_path,
    )


def judged(bench: Bench, mine: pl.DataFrame, theirs: pl.DataFrame, role: str, **how: bool) -> Check:
    """The one check of two files."""
    mine.write_csv(bench.tree / "mine.csv")
    theirs.write_csv(bench.tree / "theirs.csv")
    findings = Findings(role)  # type: ignore[arg-type]
    judge(findings, bench, bench.tree / "mine.csv", bench.tree / "theirs.csv", **how)
    (check,) = findings.checks
    return check


def signal(strength: float) -> pl.DataFrame:
    return table(answers(signal=strength)[1])


def easy(frame: pl.DataFrame) -> pl.DataFrame:
    """Only the rows that the predictions get right."""
    right = np.array(["no", "yes"])[answers()[0]]
    return frame.filter(frame["prediction"] == pl.Series(right))


@pytest.mark.parametrize("role", ["data_scientist", "ml_engineer"])
def test_a_better_design_stands_and_a_worse_one_does_not(bench: Bench, role: str) -> None:
    noisy = table(answers(seed=1)[1])
    assert judged(bench, signal(1.0), noisy, role).verdict == "passed"
    check = judged(bench, noisy, signal(1.0), role)
    assert check.verdict == "failed"
    measured = {measure.name: measure.value for measure in check.measures}
    assert measured["playbook"] - measured["model"] > measured["standard_error"] > 0


@pytest.mark.parametrize(
    ("change", "left_out"),
    [
        (lambda t: t.head(49), ROWS - 49),
        (lambda t: t.head(ROWS - 1), 1),
        (lambda t: easy(t), None),
    ],
    ids=["a handful", "all but one", "the easy ones"],
)
@pytest.mark.parametrize("edited", [False, True])
def test_rows_left_out_of_validation_are_a_failure_and_not_a_score(
    bench: Bench, change: Change, left_out: int | None, edited: bool
) -> None:
    mine = change(signal(1.0))
    check = judged(bench, mine, signal(1.0), "ml_engineer", edited=edited)
    assert check.verdict == "failed"
    assert f"{left_out or ROWS - len(mine):,} of the {ROWS} rows" in check.evidence


def test_more_rows_than_the_playbooks_are_compared_on_the_playbooks(bench: Bench) -> None:
    check = judged(bench, signal(1.0), signal(0.9).head(300), "data_scientist")
    assert check.verdict == "passed"
    assert "300 rows" in check.evidence


def test_a_playbook_of_a_handful_of_rows_says_nothing(bench: Bench) -> None:
    check = judged(bench, signal(1.0), signal(1.0).head(49), "data_scientist")
    assert check.verdict == "not_checked"


def test_a_file_that_is_no_answer_fails_the_design_and_only_excuses_the_playbook(bench: Bench) -> None:
    broken = signal(1.0).with_columns(p_0=pl.lit(7.0))
    assert judged(bench, broken, signal(1.0), "ml_engineer").verdict == "failed"
    assert judged(bench, signal(1.0), broken, "ml_engineer").verdict == "not_checked"


def perfect(frame: pl.DataFrame) -> pl.DataFrame:
    """What a fit on the rows themselves could write down."""
    return table(np.column_stack([1.0 - answers()[0], answers()[0]]).astype(float))


def nudged(frame: pl.DataFrame) -> pl.DataFrame:
    row = pl.when(pl.col("row") == 7)
    return frame.with_columns(
        p_0=row.then(pl.col("p_0") - 1e-4).otherwise("p_0"), p_1=row.then(pl.col("p_1") + 1e-4).otherwise("p_1")
    )


@pytest.mark.parametrize("change", [perfect, nudged], ids=["labels written down", "one row moved"])
def test_edited_code_may_not_move_a_prediction_however_good_it_makes_the_score(bench: Bench, change: Change) -> None:
    assert judged(bench, change(signal(1.0)), signal(1.0), "python_pro").verdict == "passed", "by its score"
    check = judged(bench, change(signal(1.0)), signal(1.0), "python_pro", edited=True)
    assert check.verdict == "failed"
    assert "moved" in check.evidence


def test_edited_code_that_answers_as_before_stands_whatever_the_order_of_its_rows(bench: Bench) -> None:
    check = judged(bench, signal(1.0).reverse(), signal(1.0), "python_pro", edited=True)
    assert check.verdict == "passed", check.evidence


def test_edited_code_may_not_validate_on_other_rows(bench: Bench) -> None:
    check = judged(bench, signal(1.0), signal(1.0).head(300), "python_pro", edited=True)
    assert check.verdict == "failed"
    assert "100 were added" in check.evidence


def state_of(desk: Desk) -> Any:
    """A run that has every design."""
    known = {
        name: getattr(desk.inputs["observability"], name) for name in type(desk.inputs["observability"]).model_fields
    }
    basic = ("specification", "profile", "problem", "manifest")
    designs = {BY_NAME[name].writes: design for name, design in desk.playbook.items()}
    return {**{name: known[name] for name in basic}, **designs}


def test_what_the_verdict_depends_on_tells_the_ratchet_on_from_off_and_one_peer_from_another(desk: Desk) -> None:
    role, state = BY_NAME["ml_engineer"], state_of(desk)
    on, off = basis(role, state, on=True), basis(role, state, on=False)
    assert on != off
    assert on == basis(role, dict(state), on=True), "a run without a change isn't measured again"
    training = state["training"]
    assert isinstance(training, TrainingDesign)
    assert on == basis(role, {**state, "training": training.model_copy(update={"trials": 1})}, on=True)
    other = inputs_of(role, state).specification.model_copy(update={"budget_s": 5.0})
    assert on != basis(role, {**state, "specification": other}, on=True)
    assert basis(BY_NAME["mlops"], state, on=True) == basis(BY_NAME["mlops"], state, on=False) == ""


def test_a_design_with_edits_is_measured_against_itself_without_them(desk: Desk) -> None:
    role, state = BY_NAME["python_pro"], state_of(desk)
    own = state["hardening"].model_copy(update={"line_length": 100, "edits": (EDIT,)})
    peer = HardeningDesign.model_validate_json(own.model_copy(update={"edits": ()}).model_dump_json())
    said = basis(role, {**state, "hardening": own}, on=True)
    assert said == peer.model_dump_json(exclude={"decisions"})


def test_designs_of_later_roles_stay_out_of_a_trial(desk: Desk) -> None:
    state = ratchet.until(BY_NAME["data_scientist"], state_of(desk))
    assert {"data", "features", "problem"} <= set(state)
    assert not {"training", "hardening", "deployment", "monitoring"} & set(state)
