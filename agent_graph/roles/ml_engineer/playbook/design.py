"""The ml-engineer's playbook: which estimators, searched how, blended, calibrated and promoted when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from agent_graph import register
from agent_graph.artifacts import Decision, Member, TrainingDesign
from agent_graph.artifacts.training_design import Objective
from agent_graph.roles.ml_engineer.playbook.members import (
    FEW_ROWS,
    MANY_CLASSES,
    MANY_ROWS,
    catboost,
    lightgbm,
    linear,
    second_lightgbm,
)

if TYPE_CHECKING:
    from agent_graph.roles.ml_engineer.inputs import MlEngineerInputs

Calibration = Literal["none", "platt", "temperature", "scale"]
COVERAGE = 0.9
SEARCH_ROWS_PER_S = 2_000  # of budget: features made and four members fitted on two cores
LEAST_SEARCH_ROWS = 20_000
TOO_SLOW = ("search_within_budget", "training_seconds")
TOO_WEAK = ("beats_baseline", "beats_dummy")
PENALTIES = 12  # tried of the linear member after a setback: what few rows bear differs more than anything else
CONTRADICTED = ("beats_baseline_on_holdout", "plain_where_promise_broke")  # what the sealed rows say


def playbook(inputs: MlEngineerInputs) -> TrainingDesign:
    """The training design; after a setback with fewer and safer estimators."""
    chosen_objective, why_objective = objective(inputs)
    members, why_members = choose_members(inputs, chosen_objective)
    kind, why_calibration = calibration(inputs)
    return TrainingDesign(
        objective=chosen_objective,
        members=members,
        budget_s=inputs.specification.budget_s,
        trials=trials(inputs),
        search_rows=search_rows(inputs),
        early_stopping_rounds=60,
        ensemble_rounds=25,
        minimum_weight=0.1,
        calibration=kind,
        interval_coverage=COVERAGE if wants_range(inputs) else None,
        seed=inputs.specification.seed,
        promote_when="not_worse",
        decisions=(
            Decision(what="objective", choice=chosen_objective, why=why_objective),
            Decision(what="members", choice=", ".join(member.name for member in members), why=why_members),
            search_decision(inputs),
            Decision(what="calibration", choice=kind, why=why_calibration),
            *interval_decision(inputs),
            Decision(
                what="promotion",
                choice="not_worse",
                why="a model of newer rows replaces one that is as good: it has seen what changed since",
            ),
        ),
    )


def objective(inputs: MlEngineerInputs) -> tuple[Objective, str]:
    """What the members minimise, which follows from the task and from how the predictions are judged."""
    loss, why = register.kind_of(inputs.problem).training.loss(inputs.features.metric)
    if loss == "squared_error":
        why += f" over {'the logarithm of the target' if inputs.features.target_transform == 'log1p' else 'the target'}"
    return cast(Objective, loss), why


def choose_members(inputs: MlEngineerInputs, chosen: Objective) -> tuple[tuple[Member, ...], str]:
    """Few different estimators, the cheapest first, so that something is trained whenever the clock stops."""
    rows, classes = inputs.profile.main.rows, len(inputs.problem.target.classes)
    texts = any(feature.transform == "text" for feature in inputs.features.features)
    plain = linear(chosen, texts)
    if inputs.attempt > 1:
        return _after_setback(inputs, plain, lightgbm(rows, classes).model_copy(update={"search": ()}))
    if classes > MANY_CLASSES:
        why = (
            f"with {classes} classes every boosting round fits {classes} trees: one LightGBM at a low rate, no CatBoost"
        )
        return (plain, lightgbm(rows, classes)), why
    if texts:
        why = (
            "the words are in the linear member's hands; the trees read their 40 main directions and the other columns"
        )
        return (plain, lightgbm(rows, classes), catboost(rows)), why
    second = second_lightgbm(rows)
    size = "few" if rows < FEW_ROWS else "many" if rows > MANY_ROWS else "neither few nor many"
    why = (
        f"{rows:,} rows are {size}: estimators that err differently blend well, the linear one is cheap and steady, "
        f"{second.name} varies the first LightGBM"
    )
    return (plain, lightgbm(rows, classes), catboost(rows), second), why


def calibration(inputs: MlEngineerInputs) -> tuple[Calibration, str]:
    """How the blend's answers are made to mean what they say."""
    features, known = inputs.features, register.kind_of(inputs.problem).calibration
    by = cast(Calibration, known.by)
    if known.always or inputs.problem.calibrated_totals:
        return by, known.why
    if features.target_transform == "log1p" and features.metric in ("rmse", "r2"):
        return by, "the exponential of a mean logarithm is a median; the factor brings the mean back"
    return "none", "a squared or absolute error leaves nothing to calibrate"


def trials(inputs: MlEngineerInputs) -> int:
    """How many variants are tried at most; after a setback of the linear member alone, and none where time ran out."""
    if inputs.attempt == 1:
        return 40
    return 0 if any(inputs.failed(name) for name in TOO_SLOW) else PENALTIES


def search_decision(inputs: MlEngineerInputs) -> Decision:
    """How the time is spent."""
    budget, most = inputs.specification.budget_s, search_rows(inputs)
    if inputs.attempt > 1 and not trials(inputs):
        reason = "time ran out before: every member runs once with known good parameters"
        return Decision(what="search", choice="defaults only", why=reason)
    if inputs.attempt > 1:
        reason = "after a setback trees run once with known good parameters; how much few rows bear is looked for"
        return Decision(what="search", choice=f"the linear member's penalty, {PENALTIES} values", why=reason)
    return Decision(
        what="search",
        choice=f"Optuna (TPE, median pruner) inside {budget:g} s",
        why="defaults first, since features and blending make the large gaps; the time left goes to variants"
        + (f"; on {most:,} rows, since all of them would leave time for one estimator only" if most else ""),
    )


def search_rows(inputs: MlEngineerInputs) -> int | None:
    """How many training rows a search can fit often enough in its time; None when there are no more than that."""
    affordable = max(LEAST_SEARCH_ROWS, int(SEARCH_ROWS_PER_S * inputs.specification.budget_s))
    return affordable if inputs.profile.main.rows > affordable else None


def wants_range(inputs: MlEngineerInputs) -> bool:
    """Whether a range is asked for, of answers that can have one."""
    return inputs.problem.wants_interval and register.kind_of(inputs.problem).numeric


def interval_decision(inputs: MlEngineerInputs) -> tuple[Decision, ...]:
    """Only where the user asks for a range."""
    if not wants_range(inputs):
        return ()
    why = "a range was asked for; residuals of unseen rows give one that needs no assumption about their distribution"
    return (Decision(what="interval", choice=f"conformal, {COVERAGE:.0%}", why=why),)


def _after_setback(inputs: MlEngineerInputs, plain: Member, trees: Member) -> tuple[tuple[Member, ...], str]:
    slow = [name for name in TOO_SLOW if inputs.failed(name)]
    weak = [name for name in TOO_WEAK if inputs.failed(name)]
    contradicted = [name for name in CONTRADICTED if inputs.failed(name)]
    if contradicted:
        return (plain,), f"{', '.join(contradicted)} failed: the sealed rows contradict more than the plain model"
    if inputs.attempt > 2 or weak:
        careful = trees.model_copy(update={"max_rounds": 600})
        return (
            plain,
            careful,
        ), f"{', '.join(weak) or 'the design before'} failed: the linear member leads, trees stay small"
    if slow:
        return (plain, trees), f"{', '.join(slow)} failed: the two quickest members only"
    return (plain, trees), "the design before failed: the two members that depend on least"
