"""`retrain`: a new model when there is a reason for one, promoted only when it holds its own against the champion."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import pandas as pd
import typer

from telco_churn.config import settings
from telco_churn.data import ingest, validate
from telco_churn.errors import QualityGateFailed
from telco_churn.log import get_logger
from telco_churn.models.model import Model
from telco_churn.monitoring import monitor
from telco_churn.monitoring.contest import Contest, compare
from telco_churn.monitoring.reference import Reference
from telco_churn.monitoring.triggers import look
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
