"""Is there a reason to train anew? Drift, decay, new rows, or age; thresholds in config/monitoring.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from telco_churn.config import load
from telco_churn.data.ingest import LABEL
from telco_churn.models.model import Model
from telco_churn.monitoring import decay
from telco_churn.monitoring.outcome import matrix
from telco_churn.monitoring.reference import Reference, strength


@dataclass(frozen=True)
class Trigger:
    """One reason that was looked at, with its number."""

    kind: str
    value: float
    threshold: float
    fired: bool

    @property
    def reason(self) -> str:
        """In words, for reports."""
        if self.kind == "drifted_columns" and self.value < self.threshold:
            return f"drifted_columns {self.value:g}, far beyond the bar"
        return f"{self.kind} {self.value:.3g}, threshold {self.threshold:g}"


def look(fresh: pd.DataFrame, model: Model, remembered: Reference) -> list[Trigger]:
    """Every trigger that can be judged; drift and decay need enough rows that the champion hasn't seen."""
    thresholds = {entry["kind"]: float(entry["threshold"]) for entry in load("monitoring")["retraining"]}
    measured = dict(_measure(fresh, model, remembered))
    return [
        Trigger(kind, value, thresholds[kind], fired)
        for kind, (value, fired) in _judged(measured, thresholds).items()
        if kind in thresholds
    ]


def _measure(fresh: pd.DataFrame, model: Model, remembered: Reference) -> Iterator[tuple[str, tuple[float, bool]]]:
    """Each number, and whether it is certain: beyond what chance does to so many rows."""
    yield "new_rows", (len(fresh) / max(model.trained_rows, 1), True)
    age = datetime.now(UTC) - datetime.fromisoformat(remembered.trained_at)
    yield "age_days", (age.total_seconds() / 86400, True)
    if len(fresh) < load("monitoring")["window"]["minimum_rows"]:
        return
    strengths = [strength(found) for found in remembered.compare(fresh).values()]
    strong = max(strengths) >= load("monitoring")["alarm"]["strength"]
    yield "drifted_columns", (sum(value >= 1 for value in strengths), strong)
    judgement = decay.judge(fresh[LABEL].to_numpy(), matrix(model.predict_frame(fresh)), remembered.score)
    if judgement is not None:
        yield "score_decay", (judgement.decay, judgement.decayed)


def _judged(measured: dict[str, tuple[float, bool]], thresholds: dict[str, float]) -> dict[str, tuple[float, bool]]:
    """A number fires at its threshold; one far-drifted column is enough, and a decay must be more than chance."""
    fired = {}
    for kind, (value, certain) in measured.items():
        beyond = value >= thresholds.get(kind, float("inf"))
        fired[kind] = (value, (beyond or certain) if kind == "drifted_columns" else (beyond and certain))
    return fired
