"""How an expert watches a model: bars from the data's noise, alerts from what users feel, retraining on evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_graph import register
from agent_graph.artifacts import Decision, Kpi, MonitoringDesign, RetrainTrigger
from agent_graph.roles.observability.playbook.alerts import Bars, alerts
from agent_graph.roles.observability.playbook.drift import DriftPlan, drift_plan, explained

if TYPE_CHECKING:
    from agent_graph.artifacts import DeploymentDesign
    from agent_graph.roles.observability.inputs import ObservabilityInputs

AVAILABILITY = 0.999  # of requests, a month: 43 minutes of outage
LATENCY_MS = 200.0  # p99 that a caller may wait
SCORE_DECAY = 0.05
PREDICTION_PSI = 0.2
# What predictions may travel: rows in another class; standard deviations, of which 0.2 is a small effect (Cohen 1988).
PREDICTION_SHIFT = {"share": 0.05, "deviations": 0.1}
CALIBRATION_ERRORS = 4.0
NEW_ROWS = 0.2  # of the rows the champion was trained on


def playbook(inputs: ObservabilityInputs) -> MonitoringDesign:
    """The monitoring design that follows from the profile, the problem and the deployment."""
    plan = drift_plan(inputs)
    kpi = _kpi(inputs)
    age_days, age_why = _shelf_life(inputs)
    latency = min(LATENCY_MS, inputs.deployment.request_timeout_s * 1000)
    cores = planned_cores(inputs)
    prediction_psi = 2 * PREDICTION_PSI if inputs.failed("clean_raises_no_alarm") else PREDICTION_PSI
    realtime = inputs.deployment.deployment == "realtime"
    every = cycle_hours(inputs.deployment)
    bars = Bars(AVAILABILITY, latency, SCORE_DECAY, CALIBRATION_ERRORS, every, not realtime, age_days, cores)
    return MonitoringDesign(
        drift=plan.bars,
        drift_window_rows=plan.window,
        minimum_window_rows=plan.minimum,
        reference_share=plan.reference_share,
        false_alarm_rate=plan.false_alarm_rate,
        rows_per_independent_row=plan.design_effect,
        alarm_columns=plan.alarm_columns,
        alarm_strength=plan.strength,
        prediction_psi=prediction_psi,
        prediction_shift=PREDICTION_SHIFT[register.kind_of(inputs.problem).watching.shift],
        score_decay=SCORE_DECAY,
        calibration_errors=CALIBRATION_ERRORS,
        kpi=kpi,
        triggers=_triggers(plan, age_days, age_why),
        alerts=alerts(inputs.manifest, bars, kpi, realtime=realtime),
        availability_slo=AVAILABILITY,
        latency_slo_ms=latency,
        monitor_every_hours=every,
        cpu_budget_cores=cores,
        decisions=(*explained(inputs, plan), *_decisions(latency, cores, age_days, age_why, kpi)),
    )


def cycle_hours(deployment: DeploymentDesign) -> int:
    """Hours from one cycle to the next, at most: the longest gap of the schedule (cron)."""
    _, hour, day, month, weekday = deployment.schedule.split()
    if month != "*":
        return 366 * 24
    if day != "*":
        return 31 * 24
    if weekday != "*":
        return 7 * 24
    if hour == "*":
        return 1
    return int(hour.removeprefix("*/")) if hour.startswith("*/") else 24


def planned_cores(inputs: ObservabilityInputs) -> float:
    """CPU cores that the deployment plans to use on average: half as much again as its smallest fleet asks for."""
    request = inputs.deployment.resources.cpu_request
    cores = float(request.removesuffix("m")) / 1000 if request.endswith("m") else float(request)
    return round(1.5 * cores * inputs.deployment.replicas_min, 2)


def _kpi(inputs: ObservabilityInputs) -> Kpi:
    """The number that the statement's reader would ask for."""
    problem = inputs.problem
    known = register.kind_of(problem).watching
    if "positives_in_top" in known.kpis and problem.top_k is not None:
        share = min(1.0, round(problem.top_k / max(problem.rows, 1), 6))
        why = f"the {problem.top_k} rows of highest risk are acted upon: what matters is how many of them are hits"
        return Kpi(name="expected_hit_rate_of_the_list", kind="positives_in_top", top_share=share, why=why)
    return Kpi.model_validate({"name": known.name, "kind": known.kpi, "top_share": 1.0, "why": known.why})


def _shelf_life(inputs: ObservabilityInputs) -> tuple[int, str]:
    """Days after which a model is renewed even when nothing is seen, and the reason."""
    moved = [drift for drift in inputs.profile.drift if drift.column in {role.name for role in inputs.problem.features}]
    furthest = max(moved, key=lambda drift: drift.psi, default=None)
    if inputs.problem.split.kind != "time":
        return 90, "the rows show no order in time, so age alone says little: a quarter"
    if furthest is not None and furthest.psi > 0.25:
        return 30, f"{furthest.column!r} moved by PSI {furthest.psi:.2f} within the history itself: a month"
    return 60, "rows are ordered in time and move slowly: two months"


def _triggers(plan: DriftPlan, age_days: int, age_why: str) -> tuple[RetrainTrigger, ...]:
    columns = f"{plan.alarm_columns} of {len(plan.bars)} columns beyond their bars, or one far beyond, is no chance"
    return (
        RetrainTrigger(kind="drifted_columns", threshold=plan.alarm_columns, why=columns),
        RetrainTrigger(
            kind="score_decay", threshold=SCORE_DECAY, why="retrain before a twentieth of the score is lost"
        ),
        RetrainTrigger(kind="new_rows", threshold=NEW_ROWS, why="a fifth more labelled rows can teach something new"),
        RetrainTrigger(kind="age_days", threshold=age_days, why=age_why),
    )


def _decisions(latency: float, cores: float, age_days: int, age_why: str, kpi: Kpi) -> tuple[Decision, ...]:
    return (
        Decision(what="business number", choice=kpi.name, why=kpi.why),
        Decision(
            what="alerts on symptoms",
            choice=f"{AVAILABILITY:.1%} of requests, p99 under {latency:g} ms",
            why="people are paged when the error budget burns 14 times too fast; slower burns become tickets",
        ),
        Decision(
            what="score decay",
            choice=f"{SCORE_DECAY:.0%} of the promised score, and beyond three standard errors of the window",
            why="a small window's score varies by chance, so certainty is asked for as well as size",
        ),
        Decision(
            what="comparison before promotion",
            choice="champion and candidate on rows that neither was trained on",
            why="the champion predicts the new rows, the candidate predicts them out of fold: a fair contest",
        ),
        Decision(what="shelf life", choice=f"{age_days} days", why=age_why),
        Decision(
            what="cost budget",
            choice=f"{cores:g} CPU cores on average",
            why="half as much again as the smallest fleet asks for; beyond it the autoscaler costs more than planned",
        ),
    )
