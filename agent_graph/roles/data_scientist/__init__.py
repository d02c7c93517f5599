"""The data scientist as data: what is read, what is decided, and what must be true of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from agent_graph import inspection, register
from agent_graph.artifacts import AbPlan, Check, DataDesign, Feature, FeatureDesign, Problem
from agent_graph.bench import Bench
from agent_graph.errors import DesignRejected
from agent_graph.feedback.metrics import GAIN
from agent_graph.kind import Kind
from agent_graph.role import Role
from agent_graph.roles.data_scientist.inputs import DataScientistInputs
from agent_graph.roles.data_scientist.playbook.design import playbook, usable
from agent_graph.roles.data_scientist.playbook.experiment import sample_size
from agent_graph.roles.data_scientist.wishes.judgement import WISHES

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MANY = ("rare_category", "text", "datetime")  # a column of the matrix for each of several outputs
PAIRS = ("ratio", "difference", "sum", "product")
NEEDED = {
    "category": ("min_count", "max_levels"),
    "rare_category": ("min_count", "max_levels", "components"),
    "text": ("min_df", "components"),
}
FITS = {
    "number": ("int", "float", "bool"),
    "text": ("string",),
    "rare_category": ("string",),
    "ordinal": ("string",),
    "datetime": ("datetime",),
}


def rule(design: FeatureDesign, inputs: DataScientistInputs) -> None:
    """Raise `DesignRejected` when a feature can't be made, gives the target away, or the judgement doesn't fit."""
    inspection.prose(design, inputs)
    dtypes = {column.name: column.dtype for column in usable(inputs)}
    names = [feature.name for feature in design.features]
    if not names:
        raise DesignRejected("at least one feature is needed")
    if len(set(names)) < len(names):
        raise DesignRejected(f"feature names must differ: {inspection.few({n for n in names if names.count(n) > 1})}")
    for feature in design.features:
        _columns_may_be_used(feature, dtypes, inputs.problem)
        _parameters_are_given(feature)
    _code_fits(design, inputs, dtypes)
    _judgement_fits(design, inputs.problem, register.kind_of(inputs.problem))
    _weight_is_a_number(design, inputs.data)
    _comparisons_are_of_features(design)
    _bars_can_be_measured(design, register.kind_of(inputs.problem))
    _experiment_adds_up(design.experiment)


def _columns_may_be_used(feature: Feature, dtypes: Mapping[str, str], problem: Problem) -> None:
    if not NAME.fullmatch(feature.name) or len(feature.name) > 63:
        raise DesignRejected(f"{feature.name!r} is no snake_case name of at most 63 characters")
    wanted = 2 if feature.transform in PAIRS else 1
    if len(feature.columns) != wanted:
        raise DesignRejected(f"{feature.name}: {feature.transform} takes {wanted} column(s)")
    uses = {role.name: role.use for role in problem.columns}
    for name in feature.columns:
        if name not in dtypes:
            what = f"it is the {uses[name]}" if name in uses else "there is no such column"
            raise DesignRejected(f"{name!r} cannot be a feature: {what}; allowed are {inspection.few(dtypes, name)}")
        fitting = FITS["number"] if feature.transform in PAIRS else FITS.get(feature.transform)
        if feature.transform == "category" and dtypes[name] == "datetime":
            raise DesignRejected(f"{name!r} is a datetime: use the datetime transform")
        if fitting and dtypes[name] not in fitting:
            raise DesignRejected(
                f"{feature.name}: {feature.transform} needs {' or '.join(fitting)} column; {name!r} is {dtypes[name]}"
            )


def _parameters_are_given(feature: Feature) -> None:
    given = {setting.key: setting.value for setting in feature.parameters}
    for key in NEEDED.get(feature.transform, ()):
        if not given.get(key, "").isdigit() or not 1 <= int(given[key]) <= 100_000:
            raise DesignRejected(f"{feature.name}: {feature.transform} needs {key} as a whole number from 1 up")
    ranks = sorted(given.values())
    if feature.transform == "ordinal" and (len(ranks) < 2 or ranks != sorted(map(str, range(len(ranks))))):
        raise DesignRejected(f"{feature.name}: an ordinal needs every level as a key with its rank 0, 1, 2 …")


def _code_fits(design: FeatureDesign, inputs: DataScientistInputs, dtypes: Mapping[str, str]) -> None:
    """Derived features read what features may read; groups and metrics may read every column that is kept."""
    for slot in design.derived:
        for feature in design.features:
            if slot.name == feature.name or (slot.name.startswith(feature.name + "_") and feature.transform in MANY):
                raise DesignRejected(f"derived {slot.name!r}: the feature {feature.name!r} takes that name")
    uses = {role.name: role.use for role in inputs.problem.columns}
    kept = {column.name: column.dtype for column in inputs.data.columns}
    inspection.columns("derived", design.derived, dtypes, uses)
    inspection.columns("custom_slices", design.custom_slices, kept, uses)
    inspection.columns("custom_metrics", design.custom_metrics, kept, uses)
    inspection.functions("derived", design.derived)
    inspection.functions("custom_slices", design.custom_slices)
    inspection.functions("custom_metrics", design.custom_metrics, leading=("truth", "predictions"))
    taken = {*design.slices, design.metric, *design.secondary_metrics}
    for slot in (*design.custom_slices, *design.custom_metrics):
        if slot.name in taken:
            raise DesignRejected(f"{slot.name!r} is the name of a slice's column or of a metric; choose another")


def _judgement_fits(design: FeatureDesign, problem: Problem, kind: Kind) -> None:
    known = [metric.name for metric in kind.measured]
    for metric in (design.metric, *design.secondary_metrics):
        if metric not in known:
            raise DesignRejected(f"{metric} doesn't judge a {kind.name} problem; there are {', '.join(known)}")
    if design.metric != problem.metric:
        raise DesignRejected(f"the metric is settled: {problem.metric}")
    if not 1 <= design.folds <= 10 or not 0.02 <= design.validation_share <= 0.5:
        raise DesignRejected("folds must lie in 1 to 10 and validation_share in 0.02 to 0.5")
    if problem.split.kind == "time" and design.folds * design.validation_share > 0.6:
        raise DesignRejected("folds x validation_share must leave at least 40 % of the history to train on")
    if design.target_transform not in kind.training.transforms:
        raise DesignRejected(f"a {problem.task} target takes no transform")


def _weight_is_a_number(design: FeatureDesign, data: DataDesign) -> None:
    numbers = [column.name for column in data.columns if column.dtype in FITS["number"]]
    if design.weight_column not in (None, *numbers):
        known = inspection.few(numbers, design.weight_column or "")
        raise DesignRejected(f"weight_column {design.weight_column!r} is no number that is kept; there are {known}")


def _comparisons_are_of_features(design: FeatureDesign) -> None:
    known = design.columns_used
    for name in (*design.slices, *design.invariant, *(setting.key for setting in design.directional)):
        if name not in known:
            raise DesignRejected(f"{name!r} is compared or expected of, but no feature uses it")
    if any(setting.value not in ("up", "down") for setting in design.directional):
        raise DesignRejected('directional takes "up" or "down"')


def _bars_can_be_measured(design: FeatureDesign, kind: Kind) -> None:
    measured = {design.metric, *design.secondary_metrics, GAIN}
    for bar in design.thresholds:
        if bar.metric not in measured or not math.isfinite(bar.value):
            raise DesignRejected(f"threshold on {bar.metric}: choose a finite bar on one of {sorted(measured)}")
        up = bar.metric == GAIN or kind.metric(bar.metric).higher_is_better
        if bar.metric != GAIN and (bar.direction == "min") != up:
            raise DesignRejected(f"{bar.metric}: the better way is {'up' if up else 'down'}")


def _experiment_adds_up(plan: AbPlan) -> None:
    if not (0 < plan.alpha < 0.5 and 0.5 <= plan.power < 1 and plan.minimum_effect > 0 and plan.baseline_std > 0):
        raise DesignRejected("the experiment needs 0 < alpha < 0.5 <= power < 1, an effect and a spread above 0")
    right = sample_size(plan.baseline_std, plan.minimum_effect, plan.alpha, plan.power)
    if abs(plan.sample_size_per_arm - right) > max(1, right // 100):
        raise DesignRejected(f"sample_size_per_arm must be {right} for that spread, effect, alpha and power")


def gate(bench: Bench) -> tuple[Check, ...]:
    """What is measured of the files of this design; loaded when it is needed."""
    from agent_graph.roles.data_scientist.checks import gate

    return gate.run(bench)


ROLE = Role(
    name="data_scientist",
    title="Data scientist",
    reads=DataScientistInputs,
    returns=FeatureDesign,
    writes="features",
    playbook=playbook,
    rule=rule,
    gate=gate,
    wishes=WISHES,
    scored="trained",
)
