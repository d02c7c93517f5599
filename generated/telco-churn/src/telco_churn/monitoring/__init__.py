"""What came in and went out against the reference, and when to train again.

What config/monitoring.yaml may say of it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from telco_churn.config import Section
from telco_churn.errors import BadInput, QualityGateFailed


class TooFewRows(BadInput):
    """So few rows tell nothing of drift."""


class AlarmRaised(QualityGateFailed):
    """The monitor's no: rows, predictions or the score have moved too far."""


class Bar(Section):
    """From when on one column counts as drifted."""

    column: str
    kind: Literal["number", "category"]
    bins: int = Field(ge=1)
    psi: float = Field(gt=0)
    ks: float = Field(gt=0)
    unseen: float = Field(gt=0)
    missing: float = Field(gt=0)


class Window(Section):
    """How many rows are judged together."""

    rows: int = Field(ge=1)
    minimum_rows: int = Field(ge=1)


class ChancePlan(Section):
    """How often a clean window may raise an alarm."""

    false_alarm_rate: float = Field(gt=0, lt=1)
    rows_per_independent_row: float = Field(ge=1)


class Alarm(Section):
    """What is told to somebody."""

    columns: int = Field(ge=1)
    strength: float = Field(ge=1)
    prediction_psi: float = Field(gt=0)
    prediction_shift: float = Field(gt=0)
    score_decay: float = Field(gt=0)
    calibration_errors: float = Field(gt=0)


class Kpi(Section):
    """The number that the business looks at."""

    name: str


class Trigger(Section):
    """When a new model is trained."""

    kind: Literal["drifted_columns", "score_decay", "new_rows", "age_days"]
    threshold: float = Field(gt=0)


class MonitoringFile(Section):
    """What config/monitoring.yaml may hold."""

    window: Window
    chance: ChancePlan
    alarm: Alarm
    kpi: Kpi
    columns: list[Bar]
    retraining: list[Trigger]
