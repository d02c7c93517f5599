"""A broken promise ends with the plain model where that does better, and is said where it doesn't."""

from __future__ import annotations

import pytest

from agent_graph.artifacts import HoldoutScore, Member, Promise, TrainingDesign
from agent_graph.bench import Findings
from agent_graph.proof import promises
from tests.checks.test_ml_engineer import problem
from tests.roles.test_ml_engineer import design, inputs, setback

CHECK = "plain_where_promise_broke"


def verdict(metric: str, score: float, baseline: float, given: TrainingDesign | None = None) -> tuple[str, str]:
    """What is found of a promise of 0.7 to 0.8 (of a loss: 0.2 to 0.3)."""
    higher = metric == "roc_auc"
    promise = Promise(metric=metric, score=0.75, low=0.7 if higher else 0.2, high=0.8 if higher else 0.3)
    found = Findings("ml_engineer")
    asked = problem("binary", metric) if higher else problem("regression", metric)
    sealed = HoldoutScore(
        metric=metric, score=score, dummy=0.5, baseline=baseline, baseline_name="plain", secondary=(), rows=100
    )
    promises.judge(found, asked, given or design(inputs("binary")), promise, sealed)
    (check,) = found.checks
    assert check.name == CHECK
    return check.verdict, check.evidence


@pytest.mark.parametrize(
    ("metric", "score", "baseline", "says"),
    [
        ("roc_auc", 0.75, 0.9, ("passed", "kept")),
        ("roc_auc", 0.70, 0.9, ("passed", "kept")),
        ("roc_auc", 0.99, 0.9, ("passed", "kept")),
        ("roc_auc", 0.60, 0.65, ("failed", "the plain model is what to deliver")),
        ("roc_auc", 0.60, 0.60, ("passed", "harder than those it was validated on")),
        ("rmse", 0.30, 0.1, ("passed", "kept")),
        ("rmse", 0.10, 0.05, ("passed", "kept")),
        ("rmse", 0.40, 0.35, ("failed", "the plain model is what to deliver")),
        ("rmse", 0.40, 0.50, ("passed", "broken")),
    ],
)
def test_a_broken_promise_fails_only_where_the_plain_baseline_does_better(
    metric: str, score: float, baseline: float, says: tuple[str, str]
) -> None:
    found, evidence = verdict(metric, score, baseline)
    assert found == says[0]
    assert says[1] in evidence


def test_the_plain_model_is_the_end_of_it() -> None:
    plain = design(inputs(setback=setback(1, CHECK)))
    assert [member.kind for member in plain.members] == ["linear"]
    found, evidence = verdict("roc_auc", 0.6, 0.65, plain)
    assert found == "passed"
    assert evidence.endswith("promised at worst 0.7; 0.65 by plain; this is the plain model")


def kinds(members: tuple[Member, ...]) -> list[str]:
    """Of a design's members."""
    return [member.kind for member in members]


def test_what_the_sealed_rows_say_weighs_more_than_what_a_gate_says() -> None:
    gate = design(inputs(setback=setback(1, "beats_baseline")))
    sealed = design(inputs(setback=setback(1, "beats_baseline_on_holdout", "training_seconds")))
    assert (kinds(gate.members), kinds(sealed.members)) == (["linear", "lightgbm"], ["linear"])
    assert any("the sealed rows contradict more" in decision.why for decision in sealed.decisions)
