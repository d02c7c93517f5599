"""The ml-engineer: finds, fits, measures and promotes the model."""

from __future__ import annotations

import math

from agent_graph import inspection, register
from agent_graph.artifacts import Check, Member, SearchRange, TrainingDesign
from agent_graph.bench import Bench
from agent_graph.errors import DesignRejected
from agent_graph.role import Role
from agent_graph.roles.ml_engineer.inputs import MlEngineerInputs
from agent_graph.roles.ml_engineer.playbook.design import LEAST_SEARCH_ROWS, playbook
from agent_graph.roles.ml_engineer.playbook.parameters import MOST_ROUNDS, PARAMETERS
from agent_graph.roles.ml_engineer.wishes.training import WISHES


def rule(training: TrainingDesign, inputs: MlEngineerInputs) -> None:
    """What must be true of a training design beyond its shape."""
    inspection.prose(training, inputs)
    _members(training)
    _objective(training, inputs)
    if training.budget_s > inputs.specification.budget_s:
        raise DesignRejected(
            f"budget_s {training.budget_s:g} is more than the {inputs.specification.budget_s:g} allowed"
        )
    if training.budget_s <= 0:
        raise DesignRejected("budget_s must be above 0")
    for name, low, high in (("trials", 0, 1000), ("early_stopping_rounds", 5, 1000), ("ensemble_rounds", 1, 200)):
        if not low <= getattr(training, name) <= high:
            raise DesignRejected(f"{name} must lie between {low} and {high}")
    if training.search_rows is not None and training.search_rows < LEAST_SEARCH_ROWS:
        raise DesignRejected(f"search_rows must be null or at least {LEAST_SEARCH_ROWS}: fewer show another winner")
    if not 0 <= training.minimum_weight <= 0.3:
        raise DesignRejected("minimum_weight must lie between 0 and 0.3: above, useful members are thrown away")
    wanted = inputs.problem.wants_interval and register.kind_of(inputs.problem).numeric
    if wanted != (training.interval_coverage is not None):
        raise DesignRejected("interval_coverage must be set exactly when the user asks for a range of a number")
    if training.interval_coverage is not None and not 0.5 <= training.interval_coverage <= 0.99:
        raise DesignRejected("interval_coverage must lie between 0.5 and 0.99")


def _members(training: TrainingDesign) -> None:
    names = [member.name for member in training.members]
    if len(set(names)) != len(names):
        raise DesignRejected("two members have the same name")
    if not any(member.kind == "linear" for member in training.members):
        raise DesignRejected("a linear member is missing: it is the baseline that every evaluation shows")
    for member in training.members:
        if not member.name.isidentifier() or not member.name.isascii() or len(member.name) > 40:
            raise DesignRejected(f"{member.name!r} is no short identifier, and it becomes a folder's name")
        if not 1 <= member.rounds <= member.max_rounds <= MOST_ROUNDS:
            raise DesignRejected(f"{member.name}: 1 <= rounds <= max_rounds <= {MOST_ROUNDS} must hold")
        if not 0 < member.time_share < math.inf:
            raise DesignRejected(f"{member.name}: time_share must be above 0")
        for setting in member.parameters:
            _bounded(member, setting.key, setting.value)
        for span in member.search:
            _span(member, span)


def _bounded(member: Member, key: str, value: str) -> None:
    allowed = PARAMETERS[member.kind]
    if key not in allowed:
        raise DesignRejected(f"{member.name}: {key!r} is no parameter of {member.kind}; allowed: {', '.join(allowed)}")
    try:
        number = {"true": 1.0, "false": 0.0}.get(value) if key == "extra_trees" else float(value)
    except ValueError:
        number = None
    low, high = allowed[key]
    if number is None or not low <= number <= high:
        raise DesignRejected(f"{member.name}: {key} is {value!r}, it must be a number from {low:g} to {high:g}")


def _span(member: Member, span: SearchRange) -> None:
    for end in (span.low, span.high):
        _bounded(member, span.parameter, str(end))
    if not span.low < span.high or (span.log and span.low <= 0):
        raise DesignRejected(f"{member.name}: the range of {span.parameter} must rise, and start above 0 when log")
    if span.integer and not (span.low.is_integer() and span.high.is_integer()):
        raise DesignRejected(f"{member.name}: the ends of the integer range {span.parameter} must be whole numbers")


def _objective(training: TrainingDesign, inputs: MlEngineerInputs) -> None:
    problem = inputs.problem
    kind = register.kind_of(problem)
    allowed = ("none", kind.calibration.by)
    if training.calibration not in allowed:
        raise DesignRejected(
            f"calibration {training.calibration!r} doesn't suit {problem.task}: {' or '.join(allowed)}"
        )
    if training.objective not in kind.training.losses:
        raise DesignRejected(f"objective {training.objective!r} doesn't suit {problem.task}")
    if training.objective == "poisson" and inputs.features.target_transform != "none":
        raise DesignRejected("a Poisson objective has its own logarithm: the target must not be transformed too")
    key = kind.training.penalty
    for member in training.members:
        known = {setting.key for setting in member.parameters} | {span.parameter for span in member.search}
        if member.kind == "linear" and known - {key}:
            raise DesignRejected(f"{member.name}: for {problem.task} the linear member's only parameter is {key!r}")


def gate(bench: Bench) -> tuple[Check, ...]:
    """What is measured of the files of this design; loaded when it is needed."""
    from agent_graph.roles.ml_engineer.checks import gate

    return gate.run(bench)


ROLE = Role(
    name="ml_engineer",
    title="ML engineer",
    reads=MlEngineerInputs,
    returns=TrainingDesign,
    writes="training",
    playbook=playbook,
    rule=rule,
    gate=gate,
    wishes=WISHES,
    scored="searched",
)
