"""What a broken promise leads to: the plain model, where that does better, else the truth about it."""

from __future__ import annotations

from agent_graph import register
from agent_graph.artifacts import HoldoutScore, Problem, Promise, TrainingDesign
from agent_graph.bench import Findings


def judge(
    findings: Findings,
    problem: Problem,
    training: TrainingDesign | None,
    promise: Promise | None,
    holdout: HoldoutScore,
) -> None:
    """`plain_where_promise_broke`: no heavier model stays whose promise broke while the plain baseline does better.

    A design of linear members alone is the plain model already, and a plain baseline that does no better is no remedy:
    the promise is then broken by the rows, which the verdict says beside it.
    """
    if promise is None:
        return  # promise_made has failed
    metric = register.kind_of(problem).metric(problem.metric)
    end = promise.low if metric.higher_is_better else promise.high
    said = f"{problem.metric} {holdout.score:.4g} on the sealed rows, promised at worst {end:.4g}"
    beside = f"{holdout.baseline:.4g} by {holdout.baseline_name}"
    if promise.standing(holdout.score, higher_is_better=metric.higher_is_better) != "worse":
        findings.add("plain_where_promise_broke", True, f"kept: {said}")
        return
    heavy = training is not None and any(member.kind != "linear" for member in training.members)
    remedy = heavy and metric.gain(holdout.baseline, holdout.score) > 0
    cause = (
        f"{beside} is better: the plain model is what to deliver"
        if remedy
        else f"{beside} is no better: these rows are harder than those it was validated on"
        if heavy
        else f"{beside}; this is the plain model"
    )
    findings.add("plain_where_promise_broke", not remedy, f"broken: {said}; {cause}")
