"""`retrain`: a new model when there is a reason for one, promoted only when it holds its own against the champion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from telco_churn.config import load, settings
from telco_churn.data import ingest, validate
from telco_churn.data.ingest import LABEL
from telco_churn.errors import QualityGateFailed
from telco_churn.log import get_logger
from telco_churn.models.model import Model
from telco_churn.monitoring import decay, monitor
from telco_churn.monitoring.decay import window_score
from telco_churn.monitoring.reference import Reference, out_of_fold, strength
from telco_churn.problem.labels import truth_of
from telco_churn.problem.metrics import HIGHER_IS_BETTER, METRIC
from telco_churn.registry import versions

log = get_logger(__name__)


def run(
    force: Annotated[bool, typer.Option("--force", help="train even when no trigger fires")] = False,
) -> dict[str, Any]:
    """Ingest what is new; when a trigger fires: validate, train, compare, promote. Exit code 3: the rows are bad."""
    ingest.run()
    frame, champion = ingest.load_processed(), versions.champion()
    remembered = Reference.of(champion)
    fresh = ~frame[ingest.BATCH].isin(remembered.batches)
    triggers = look(frame[fresh], champion, remembered)
    reasons = [trigger.reason for trigger in triggers if trigger.fired]
    report: dict[str, Any] = {
        "triggered": bool(reasons) or force,
        "reasons": reasons or (["asked for with --force"] if force else []),
        "triggers": [asdict(trigger) for trigger in triggers],
        "new_rows": int(fresh.sum()),
        "champion": champion.version,
        "candidate": None,
        "comparison": None,
        "promoted": False,
    }
    if report["triggered"]:
        _refuse_bad_rows(frame, report)
        report.update(_train_and_compare(frame, fresh, champion, remembered))
    log.info("retraining looked at", extra={"triggered": report["triggered"], "promoted": report["promoted"]})
    return _stored(report)


def _refuse_bad_rows(frame: pd.DataFrame, report: dict[str, Any]) -> None:
    """Nothing is trained on rows that break the data contract; all rows are judged, as `validate` does.

    New rows alone would break the contract's rules about spreads just because they drifted, which is why we are here.
    """
    broken = [breach for breach in validate.breaches(frame, labelled=True) if breach.severity == "error"]
    if broken:
        report["breaches"] = [asdict(breach) for breach in broken]
        rules = ", ".join(sorted({f"{breach.column}: {breach.rule}" for breach in broken})[:5])
        raise QualityGateFailed(f"the rows break the data contract ({rules}): nothing was trained", _stored(report))


def _train_and_compare(
    frame: pd.DataFrame, fresh: pd.Series[bool], champion: Model, remembered: Reference
) -> dict[str, Any]:
    """A candidate trained on all rows, beside the champion; promoted when it wins and passes its own evaluation."""
    from telco_churn.evaluation import evaluate  # costs seconds that a quiet day needn't pay
    from telco_churn.training import train  # costs seconds that a quiet day needn't pay

    version = str(train.run()["version"])
    contest = compare(frame, fresh, version, champion, remembered)
    objection = refusal(contest, evaluate.run)
    if objection is None:
        versions.promote(version)
        monitor.reference()
    return {
        "candidate": version,
        "comparison": asdict(contest),
        "promoted": objection is None,
        "refused_because": objection,
    }


def refusal(contest: Contest, evaluate: Any) -> str | None:
    """Why the candidate stays a candidate; None when it may be promoted."""
    if not contest.wins:
        scores = f"{contest.candidate:.4f} against the champion's {contest.champion:.4f}"
        return f"{contest.metric} on {contest.basis}: {scores}"
    try:
        evaluate()
    except QualityGateFailed as refused:
        return str(refused)
    return None


def _stored(report: dict[str, Any]) -> dict[str, Any]:
    """Keep the report for whoever asks what the last retraining did."""
    path = settings().reports_dir / "retrain.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return report


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
    judgement = decay.judge(fresh[LABEL].to_numpy(), model.predict_frame(fresh).predicted, remembered.score)
    if judgement is not None:
        yield "score_decay", (judgement.decay, judgement.decayed)


def _judged(measured: dict[str, tuple[float, bool]], thresholds: dict[str, float]) -> dict[str, tuple[float, bool]]:
    """A number fires at its threshold; one far-drifted column is enough, and a decay must be more than chance."""
    fired = {}
    for kind, (value, certain) in measured.items():
        beyond = value >= thresholds.get(kind, float("inf"))
        fired[kind] = (value, (beyond or certain) if kind == "drifted_columns" else (beyond and certain))
    return fired


RESAMPLES = 200


@dataclass(frozen=True)
class Contest:
    """Both scores, and how sure their difference is."""

    metric: str
    basis: str  # "new rows": both on rows that the champion never saw; "out of fold": each on its own training rows
    rows: int
    champion: float
    candidate: float
    gain: float  # positive when the candidate is better
    spread: float  # standard deviation of the gain over resampled rows
    wins: bool


def compare(
    frame: pd.DataFrame, fresh: pd.Series[bool], candidate: str, champion: Model, remembered: Reference
) -> Contest:
    """The new rows decide if there are enough; else the out-of-fold scores of both versions.

    On new rows the champion predicts what it hasn't seen, and the candidate's answers are out of fold: a fair contest.
    """
    positions, predicted = out_of_fold(frame, candidate)
    is_fresh = fresh.to_numpy()[positions]
    truth = truth_of(frame[LABEL].to_numpy()[positions])
    if is_fresh.sum() >= load("monitoring")["window"]["minimum_rows"]:
        rows, theirs = positions[is_fresh], predicted[is_fresh]
        ours = champion.predict_frame(frame.iloc[rows]).predicted
        old, new = window_score(truth[is_fresh], ours), window_score(truth[is_fresh], theirs)
        if np.isfinite(old) and np.isfinite(new):
            return verdict("new rows", len(rows), old, new, paired_spread(truth[is_fresh], ours, theirs))
    promised = remembered.score
    spread = promised.spread * float(np.sqrt(promised.rows / len(truth)))
    return verdict("out of fold", len(truth), promised.value, window_score(truth, predicted), spread)


def verdict(basis: str, rows: int, champion: float, candidate: float, spread: float) -> Contest:
    """Who wins, by `promote_when` of config/training.yaml.

    "better": the candidate, when it gains more than the spread; "not_worse": unless it loses more than that.
    """
    gain = candidate - champion if HIGHER_IS_BETTER else champion - candidate
    strict = load("training")["promote_when"] == "better"
    wins = gain > spread if strict else gain >= -spread
    return Contest(METRIC, basis, rows, champion, candidate, gain, spread, bool(wins))


def paired_spread(truth: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Standard deviation of the difference of the scores over resamples of the same rows (paired bootstrap)."""
    picks = np.random.default_rng(0).integers(0, len(truth), (RESAMPLES, len(truth)))
    gains = [window_score(truth[pick], theirs[pick]) - window_score(truth[pick], ours[pick]) for pick in picks]
    return float(np.nanstd(gains))
