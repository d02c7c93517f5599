"""What a monitoring run found, as gauges in a file that the node exporter's textfile collector picks up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

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
