"""The data scientist's expert answer: features by the meaning of each column, judgement by the way of use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_graph import register
from agent_graph.artifacts import ColumnContract, Decision, FeatureDesign
from agent_graph.roles.data_scientist.playbook.columns import column_features
from agent_graph.roles.data_scientist.playbook.experiment import plan
from agent_graph.roles.data_scientist.playbook.judgement import (
    directions,
    fold_plan,
    secondary_metrics,
    slices,
    thresholds,
)
from agent_graph.roles.data_scientist.playbook.trend import clock_pays

if TYPE_CHECKING:
    from typing import Literal

    from agent_graph.artifacts import Problem, Profile
    from agent_graph.roles.data_scientist.inputs import DataScientistInputs

RELATIVE = ("rmsle", "mape")


def playbook(inputs: DataScientistInputs) -> FeatureDesign:
    """What the model sees and how it is judged; after a setback the plain design that can't fail in the same way."""
    problem, profile = inputs.problem, inputs.profile
    rows = profile.main.rows
    plain = inputs.setback is not None and bool(inputs.setback.checks)
    features, dropped = column_features(
        profile,
        usable(inputs),
        rows,
        plain=plain,
        future=problem.split.columns[0] if problem.split.kind == "time" else None,
    )
    groups = max((profile.column(name).distinct for name in problem.split.columns), default=rows)
    folds, share, folds_why = fold_plan(problem, rows, groups)
    transform, transform_why = _target_transform(problem, profile)
    return FeatureDesign(
        features=features,
        derived=(),
        dropped=(*dropped, *_not_features(problem)),
        target_transform=transform,
        metric=problem.metric,
        secondary_metrics=secondary_metrics(problem, register.kind_of(inputs.problem)),
        folds=folds,
        validation_share=share,
        weight_column=None,
        slices=slices(problem, profile, features),
        minimum_slice_rows=max(50, rows // 100),
        custom_slices=(),
        custom_metrics=(),
        invariant=(),
        directional=directions(inputs.specification, problem, profile, features),
        thresholds=thresholds(problem, register.kind_of(inputs.problem), profile, inputs.attempt),
        experiment=plan(problem, profile),
        decisions=(
            Decision(what="validation", choice=f"{problem.split.kind}, {folds} part(s)", why=folds_why),
            Decision(what="target", choice=transform, why=transform_why),
            *_weights(problem),
            *((_PLAIN,) if plain else ()),
        ),
    )


_PLAIN = Decision(what="features", choice="plain", why="a check failed, so letters, words and pairs are left out")


def usable(inputs: DataScientistInputs) -> tuple[ColumnContract, ...]:
    """Columns of the contract that a model may see: features, and the date by which rows are ordered; time that is
    counted in numbers where that pays."""
    allowed = set(inputs.problem.used("feature"))
    known = {column.name: column for column in inputs.data.columns}
    timed = [name for name in inputs.problem.used("time") if name in known and known[name].dtype == "datetime"]
    if not timed and register.kind_of(inputs.problem).numeric:
        pays = clock_pays(inputs.profile, inputs.problem, [name for name in known if name in allowed])
        timed = [pays] if pays in known else []
    return tuple(column for column in inputs.data.columns if column.name in allowed or column.name in timed)


def _target_transform(problem: Problem, profile: Profile) -> tuple[Literal["none", "log1p"], str]:
    kind = register.kind_of(problem)
    if not kind.numeric:
        return "none", "classes are learnt as they are"
    if "log1p" not in kind.training.transforms or problem.metric not in RELATIVE:
        return "none", f"{problem.metric} is judged on the scale that the label has"
    least = profile.column(problem.target.column).minimum
    if least is None or least < 0:
        return "none", "labels below zero have no logarithm"
    return "log1p", f"{problem.metric} counts shares, not amounts: on a logarithmic scale the same share costs the same"


def _not_features(problem: Problem) -> tuple[Decision, ...]:
    return tuple(
        Decision(what=role.name, choice=f"not used ({role.use})", why=role.why)
        for role in problem.columns
        if role.use in ("identifier", "leak", "group", "weight", "unused")
    )


def _weights(problem: Problem) -> tuple[Decision, ...]:
    weights = problem.used("weight")
    if not weights:
        return ()
    why = "each row counts once in the score that was asked for; weighting would serve another population"
    return (Decision(what=f"sampling weight {weights[0]}", choice="not used", why=why),)
