"""The observability engineer: sees trouble before users do."""

from __future__ import annotations

import re

from agent_graph import inspection, register
from agent_graph.artifacts import Check, MonitoringDesign
from agent_graph.bench import Bench
from agent_graph.errors import DesignRejected
from agent_graph.resources import resource
from agent_graph.role import Role
from agent_graph.roles.observability.inputs import ObservabilityInputs
from agent_graph.roles.observability.playbook.design import playbook
from agent_graph.roles.observability.wishes.monitoring import WISHES

SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")
NAME = re.compile(r"[A-Z][A-Za-z0-9]{2,62}")


def runbooks() -> tuple[str, ...]:
    """Names of the runbooks that alerts may point to: those that observability's templates hold."""
    folder = resource("templates") / "observability" / "common" / "runbooks"
    return tuple(sorted(path.name.removesuffix(".jinja") for path in folder.iterdir()))


def rule(design: MonitoringDesign, inputs: ObservabilityInputs) -> None:
    """Refuse a design that couldn't be generated, or that would watch the wrong things."""
    inspection.prose(design, inputs)
    _columns_are_features(design, inputs)
    _bars_make_sense(design)
    _numbers_make_sense(design)
    _alerts_are_sound(design, inputs)


def _columns_are_features(design: MonitoringDesign, inputs: ObservabilityInputs) -> None:
    contract = {column.name for column in inputs.data.columns}
    names = [bar.column for bar in design.drift]
    if not names:
        raise DesignRejected("no column is watched for drift: name at least one that the model uses")
    if doubled := next((name for name in names if names.count(name) > 1), None):
        raise DesignRejected(f"{doubled!r} has two drift bars: give one a column")
    if strange := next((name for name in names if name not in contract), None):
        raise DesignRejected(f"{strange!r} is not among the data contract's columns, so it can't be watched")
    kinds = {bar.column: bar.kind for bar in design.drift}
    for name in names:
        if kinds[name] == "number" and inputs.profile.column(name).storage in ("string", "date", "datetime"):
            raise DesignRejected(f"{name!r} is no number: watch it as category or text")


def _bars_make_sense(design: MonitoringDesign) -> None:
    for bar in design.drift:
        if bar.psi <= 0 or not 0 < bar.ks <= 1 or not 0 < bar.unseen <= 1 or not 0 < bar.missing <= 1 or bar.bins < 1:
            raise DesignRejected(f"the bars of {bar.column!r} must be above 0, shares at most 1, bins at least 1")
    if min(design.prediction_psi, design.prediction_shift) <= 0:
        raise DesignRejected("prediction_psi and prediction_shift must be above 0")


def _numbers_make_sense(design: MonitoringDesign) -> None:
    if not 0 < design.reference_share <= 1:
        raise DesignRejected("reference_share is a share of the rows: above 0, at most 1")
    if not 30 <= design.minimum_window_rows <= design.drift_window_rows:
        raise DesignRejected("minimum_window_rows must be at least 30 and at most drift_window_rows")
    if not 1 <= design.alarm_columns <= len(design.drift) or design.alarm_strength < 1:
        raise DesignRejected(
            "alarm_columns must lie between 1 and the watched columns, alarm_strength must be 1 or more"
        )
    if not 0 < design.false_alarm_rate <= 0.1 or design.rows_per_independent_row < 1:
        raise DesignRejected("false_alarm_rate must lie in (0, 0.1], rows_per_independent_row must be 1 or more")
    if not 0 < design.score_decay < 1 or not 0 < design.kpi.top_share <= 1:
        raise DesignRejected("score_decay must lie in (0, 1), kpi.top_share in (0, 1]")
    if not 0.5 <= design.availability_slo < 1 or design.latency_slo_ms <= 0:
        raise DesignRejected("availability_slo must lie in [0.5, 1), latency_slo_ms above 0")
    kinds = [trigger.kind for trigger in design.triggers]
    if not kinds or len(set(kinds)) != len(kinds) or any(trigger.threshold <= 0 for trigger in design.triggers):
        raise DesignRejected("retraining needs at least one trigger, each kind once, with a threshold above 0")


def _alerts_are_sound(design: MonitoringDesign, inputs: ObservabilityInputs) -> None:
    known = runbooks()
    kpis = register.kind_of(inputs.problem).watching.kpis
    if design.kpi.kind not in kpis:
        raise DesignRejected(f"kpi {design.kpi.kind!r} can't be had of {inputs.problem.task}: {' or '.join(kpis)} can")
    if not SLUG.fullmatch(design.kpi.name):
        raise DesignRejected(f"kpi name {design.kpi.name!r} must be snake_case, it becomes a metric's label")
    names = [alert.name for alert in design.alerts]
    if not names or len(set(names)) != len(names):
        raise DesignRejected("alerts need names, each once")
    for alert in design.alerts:
        if not NAME.fullmatch(alert.name):
            raise DesignRejected(f"alert name {alert.name!r} must be CamelCase")
        if alert.runbook not in known:
            there = inspection.few(known, alert.runbook)
            raise DesignRejected(f"{alert.name} points to {alert.runbook!r}; runbooks are {there}")
        if "{{" in alert.summary or not alert.fires_on or not alert.rests_on or alert.for_minutes < 0:
            raise DesignRejected(f"{alert.name} needs a plain summary, series that make it fire, and series that don't")


def gate(bench: Bench) -> tuple[Check, ...]:
    """What is measured of the files of this design; loaded when it is needed."""
    from agent_graph.roles.observability.checks import gate

    return gate.run(bench)


ROLE = Role(
    name="observability",
    title="Observability engineer",
    reads=ObservabilityInputs,
    returns=MonitoringDesign,
    writes="monitoring",
    playbook=playbook,
    rule=rule,
    gate=gate,
    wishes=WISHES,
    shipped=True,
)
