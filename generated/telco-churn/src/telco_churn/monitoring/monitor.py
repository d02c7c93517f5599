"""`reference` remembers what the champion was trained on; `monitor` holds new rows against it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from telco_churn.config import load, settings
from telco_churn.data import validate
from telco_churn.data.ingest import BATCH, LABEL, load_processed, read_rows
from telco_churn.data.landing import connect, main_source, scan, table_files
from telco_churn.log import get_logger
from telco_churn.models.model import Model
from telco_churn.monitoring import AlarmRaised, TooFewRows, decay
from telco_churn.monitoring.drift import Signal
from telco_churn.monitoring.reference import (
    PredictionDrift,
    Reference,
    bars,
    column_report,
    newest,
    out_of_fold,
    prediction_report,
    sketch,
    sketch_predictions,
    strength,
)
from telco_churn.problem.answers import watched
from telco_churn.registry.versions import Trained, champion

log = get_logger(__name__)


def reference() -> dict[str, Any]:
    """Remember the rows the champion was trained on, and how it predicts rows that it hadn't seen."""
    model, frame = champion(), load_processed()
    trained = Trained.of(model.version)
    frame = frame[frame[BATCH].isin(trained.batches)]
    positions, predicted = out_of_fold(frame, model.version)
    now = newest(frame)
    rows = frame.iloc[now]
    labels = frame[LABEL].to_numpy()[positions]
    made = Reference(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model_version=model.version,
        data_digest=model.data_digest,
        trained_at=trained.at,
        rows=len(rows),
        batches=trained.batches,
        columns={bar.column: sketch(rows[bar.column], bar) for bar in bars()},
        predictions=sketch_predictions(watched(predicted)),
        score=decay.promise(labels, predicted, load("monitoring")["window"]["rows"]),
        kpi=decay.kpi(predicted),
    )
    made.save()
    log.info("reference made", extra={"rows": made.rows, "model_version": made.model_version})
    return {
        "rows": made.rows,
        "model_version": made.model_version,
        "columns": len(made.columns),
        "promised": made.score.model_dump(),
    }


def run(
    path: Annotated[Path, typer.Option("--input", help="raw rows: a file of the main table, or a folder of tables")],
    output: Annotated[Path | None, typer.Option(help="where the report is written too")] = None,
    textfile: Annotated[Path | None, typer.Option(help="Prometheus gauges for the textfile collector")] = None,
) -> dict[str, Any]:
    """Hold raw rows against the reference; exit code 3 when an alarm is raised."""
    report = judge_window(read_rows(path, labelled=False), labelled_rows(path))
    target = output or settings().monitoring_dir / "report.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report, indent=1), encoding="utf-8")
    if textfile is not None:
        write_textfile(report, textfile)
    log.info("window judged", extra={"rows": report["rows"], "alarm": report["alarm"]})
    drifted = {name: report["columns"][name] for name in report["drifted_columns"]}
    shown = {**report, "columns": drifted, "report": str(target)}  # of all columns in the file
    if report["alarm"]:
        raise AlarmRaised("; ".join(report["reasons"]), shown)
    return shown


def judge_window(frame: pd.DataFrame, labelled: pd.DataFrame | None) -> dict[str, Any]:
    """The report of one window: drift of columns and predictions, and decay where labels are known."""
    minimum = load("monitoring")["window"]["minimum_rows"]
    if len(frame) < minimum:
        raise TooFewRows(f"{len(frame)} rows are too few to tell drift from chance: give at least {minimum}")
    model = champion()
    remembered = Reference.of(model)
    signals = remembered.compare(frame)
    predicted = model.predict_frame(frame).predicted
    prediction = remembered.compare_predictions(watched(predicted))
    judgement = judge_labels(labelled, model, remembered)
    reasons = alarms(signals, prediction, judgement)
    now = datetime.now(UTC)
    return {
        "time": now.isoformat(timespec="seconds"),
        "timestamp": now.timestamp(),
        "model_version": model.version,
        "reference": remembered.created,
        "rows": len(frame),
        "alarm": bool(reasons),
        "reasons": reasons,
        "drifted_columns": [name for name, found in signals.items() if strength(found) >= 1],
        "columns": {name: column_report(found) for name, found in signals.items()},
        "predictions": prediction_report(prediction),
        "score": None if judgement is None else asdict(judgement),
        "kpi": {"name": load("monitoring")["kpi"]["name"], "value": decay.kpi(predicted), "reference": remembered.kpi},
        "quality": breach_counts(frame),
    }


def alarms(
    signals: dict[str, list[Signal]], prediction: PredictionDrift, judgement: decay.Judgement | None
) -> list[str]:
    """Why this window needs somebody's attention; empty when it doesn't."""
    bars = load("monitoring")["alarm"]
    furthest = {name: max(found, key=lambda signal: signal.ratio) for name, found in signals.items()}
    drifted = {name: signal for name, signal in furthest.items() if signal.ratio >= 1}
    strong = any(signal.ratio >= bars["strength"] for signal in drifted.values())
    reasons = []
    if strong or len(drifted) >= bars["columns"]:
        ordered = sorted(drifted.items(), key=lambda item: -item[1].ratio)
        reasons += [f"{name!r} drifted: {s.measure} {s.value:.3f}, bar {s.bar:.3f}" for name, s in ordered[:5]]
    if prediction.ratio >= 1:
        signals_said = (f"{s.measure} {s.value:.3f}, bar {s.bar:.3f}" for s in (prediction.psi, prediction.shift))
        reasons.append(f"predictions drifted: {'; '.join(signals_said)}")
    if judgement is not None and judgement.decayed:
        reasons.append(f"{judgement.metric} fell from {judgement.promised:.4f} (promised) to {judgement.score:.4f}")
    if judgement is not None and judgement.concept_drift:
        reasons.append(f"labels are {judgement.calibration_gap:+.1f} standard errors off the predictions")
    return reasons


def labelled_rows(path: Path) -> pd.DataFrame | None:
    """The rows of a file that hold a label; None when it has no column for it, or holds none."""
    if not has_target(path):
        return None
    frame = read_rows(path, labelled=True)
    return frame if len(frame) else None


def has_target(path: Path) -> bool:
    """Whether every file of the main table has the target's column."""
    source, target = main_source(), load("data")["target"]["name"]
    files = table_files(path, source) if path.is_dir() else [path]
    with connect() as con:
        for file in files:
            with scan(con, file, source) as found:
                if target not in found.names:
                    return False
    return bool(files)


def judge_labels(labelled: pd.DataFrame | None, model: Model, remembered: Reference) -> decay.Judgement | None:
    """The labelled rows beside the promise; None when there are too few of them."""
    if labelled is None or len(labelled) < load("monitoring")["window"]["minimum_rows"]:
        return None
    return decay.judge(labelled[LABEL].to_numpy(), model.predict_frame(labelled).predicted, remembered.score)


def breach_counts(frame: pd.DataFrame) -> dict[str, int]:
    """Breaches of the data contract by severity."""
    found = validate.breaches(frame, labelled=False)
    return {severity: sum(breach.severity == severity for breach in found) for severity in ("error", "warning")}


PREFIX = "telco_churn_"


def write_textfile(report: dict[str, Any], path: Path) -> None:
    """Write the gauges of one report; the file is replaced in one move."""
    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(PREFIX + name, meaning, labels, registry=registry)

    psi = gauge("drift_psi", "population stability index of the last window", "column")
    ratio = gauge("drift_ratio", "furthest statistic of the column divided by its bar", "column")
    for name, column in report["columns"].items():
        psi.labels(name).set(column["psi"])
        ratio.labels(name).set(column["ratio"])
    gauge("drifted_columns", "columns beyond their bar").set(len(report["drifted_columns"]))
    gauge("drift_alarm", "1 when the last window raised an alarm").set(report["alarm"])
    gauge("prediction_psi", "population stability index of the predictions").set(report["predictions"]["psi"])
    gauge("prediction_drift_ratio", "smaller of the predictions' two statistics divided by its bar").set(
        report["predictions"]["ratio"]
    )
    kpi = report["kpi"]
    gauge("kpi", "business number of the last window", "name").labels(kpi["name"]).set(kpi["value"])
    gauge("kpi_reference", "the same number out of fold", "name").labels(kpi["name"]).set(kpi["reference"])
    breaches = gauge("quality_breaches", "breaches of the data contract", "severity")
    for severity, count in report["quality"].items():
        breaches.labels(severity).set(count)
    score = report["score"]
    if score is not None:
        gauge("score_decay", "relative loss of score against the promise").set(score["decay"])
        gauge("score_decayed", "1 when that loss is beyond the bar and beyond chance").set(score["decayed"])
        gauge("calibration_gap", "observed minus predicted mean in standard errors").set(score["calibration_gap"])
        gauge("concept_drift", "1 when that gap is certain and large enough to matter").set(score["concept_drift"])
    gauge("monitor_rows", "rows of the last window").set(report["rows"])
    gauge("last_monitor_timestamp_seconds", "when the last window was judged").set(report["timestamp"])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry)
