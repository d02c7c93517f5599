"""The observability design: drift, alerts, dashboards, retraining, runbooks."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.value import Artifact, Decision


class SeriesSample(Artifact):
    """One input series of an alert's unit test, in promtool's notation."""

    series: str  # up{job="telco-churn"}
    values: str  # "1+0x30": one value a minute


class Alert(Artifact):
    """One alerting rule; `expression` is PromQL over exported metrics only."""

    name: str  # CamelCase
    expression: str
    for_minutes: int
    severity: Literal["page", "ticket"]
    summary: str
    runbook: str  # file name in runbooks/
    fires_on: tuple[SeriesSample, ...]  # series that must make it fire by `proven_at_minutes`
    rests_on: tuple[SeriesSample, ...]  # series on which it must stay silent
    proven_at_minutes: int


class DriftBar(Artifact):
    """From when on a column counts as drifted; the bars hold for a window of `drift_window_rows` or more.

    In smaller windows the generated monitor raises them by the noise that chance alone would cause.
    """

    column: str
    kind: Literal["number", "category", "text"]
    bins: int  # quantile bins of a number (and of a text's length), kept levels of a category
    psi: float
    ks: float  # Kolmogorov-Smirnov statistic, numbers and text lengths only; 1 = never
    unseen: float  # share of rows with a level, or of words, that the reference never held; 1 = never
    missing: float  # absolute change of the missing share
    why: str


class Kpi(Artifact):
    """The number that the business looks at, computed from predictions and, once known, from labels."""

    name: str  # snake_case, a label value of the exported gauge
    kind: Literal["positives_in_top", "positive_share", "majority_share", "mean_prediction", "total_prediction"]
    top_share: float  # of the rows, for positives_in_top; else 1
    why: str


class RetrainTrigger(Artifact):
    """When a new model is trained; `why` in words of the problem."""

    NAMED_BY = ("kind",)

    kind: Literal["drifted_columns", "score_decay", "new_rows", "age_days"]
    threshold: float
    why: str


class MonitoringDesign(Artifact):
    """How trouble is seen before users see it."""

    drift: tuple[DriftBar, ...]
    drift_window_rows: int
    minimum_window_rows: int
    reference_share: float  # newest share of the rows (by time) that is the reference; 1 = all rows
    false_alarm_rate: float  # of one clean window, over all columns together
    rows_per_independent_row: float  # design effect of grouped rows; 1 = independent
    alarm_columns: int  # so many drifted columns raise the alarm …
    alarm_strength: float  # … or one whose statistic is this multiple of its bar
    prediction_psi: float  # beyond chance …
    prediction_shift: float  # … and far enough to matter: standard deviations, or share of rows in another class
    score_decay: float  # relative loss against the promise that triggers retraining
    calibration_errors: float  # standard errors between predicted and observed mean that mean concept drift
    kpi: Kpi
    triggers: tuple[RetrainTrigger, ...]
    alerts: tuple[Alert, ...]
    availability_slo: float
    latency_slo_ms: float
    monitor_every_hours: int
    cpu_budget_cores: float  # average cores a day from which on the service costs more than planned
    decisions: tuple[Decision, ...]
