"""`evaluate`: the candidate's out-of-fold predictions against baselines, thresholds and themselves; and pictures."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from telco_churn.config import load, settings
from telco_churn.data.ingest import BATCH, LABEL, ROW, load_processed
from telco_churn.errors import BadInput, QualityGateFailed
from telco_churn.log import get_logger
from telco_churn.problem.answers import honesty, read
from telco_churn.problem.judgement import bins, gain, intervals_of, slices, verdicts
from telco_churn.problem.labels import truth_of
from telco_churn.problem.metrics import HIGHER_IS_BETTER, METRIC, all_scores
from telco_churn.registry import tracking, versions

SCHEMA_VERSION = 1
REPORT = "evaluation.json"
BARS = 15  # of the picture of importance
logger = get_logger(__name__)


def run() -> dict[str, Any]:
    """Write artifacts/reports/evaluation.json and the plots; exit 3 when a threshold isn't met."""
    version = versions.aliased(versions.CANDIDATE)
    if version is None:
        raise BadInput("there is no candidate to evaluate: run train first")
    folder = settings().models_dir / version
    frame, truth, predictions, table = _validated()
    report = _report(version, folder, frame, truth, predictions, table)
    files = [_write(report), *drawn(report, truth, predictions, settings().plots_dir)]
    numbers = {name: one["value"] for name, one in report["scores"].items() if one["value"] is not None}
    tracking.log_evaluation(str(_json(folder / "model.json")["run_id"]), numbers, files)
    versions.record_evaluation(version, report["passed"])
    summary = {key: report[key] for key in ("version", "passed", "metric", "score", "low", "high", "thresholds")}
    if not report["passed"]:
        missed = [
            f"{one['metric']} {one['measured']:.4g}, needs {one['direction']} {one['value']:.4g}"
            for one in report["thresholds"]
            if not one["passed"]
        ]
        raise QualityGateFailed(f"version {version} misses its thresholds: {'; '.join(missed)}", summary)
    return summary


def _validated() -> tuple[pd.DataFrame, np.ndarray, np.ndarray, pd.DataFrame]:
    """Rows, truth and predictions of artifacts/oof.csv, side by side."""
    if not settings().oof_file.is_file():
        raise BadInput(f"{settings().oof_file} is missing: run train first")
    table = pd.read_csv(settings().oof_file, dtype={"batch": str}, keep_default_na=False)
    rows = load_processed()
    places = pd.Series(np.arange(len(rows)), index=pd.MultiIndex.from_arrays([rows[BATCH].astype(str), rows[ROW]]))
    wanted = pd.MultiIndex.from_arrays([table["batch"], table["row"]])
    if not wanted.isin(places.index).all():
        raise BadInput(f"{settings().oof_file} holds rows that aren't in data/processed: run train again")
    frame = rows.iloc[places.loc[wanted].to_numpy()].reset_index(drop=True)
    truth, predictions = truth_of(frame[LABEL].to_numpy()), read(table)
    return frame, truth, predictions, table


def _report(
    version: str, folder: Path, frame: pd.DataFrame, truth: np.ndarray, predictions: np.ndarray, table: pd.DataFrame
) -> dict[str, Any]:
    """Everything that is known about the candidate, as plain JSON."""
    seed = int(load("training")["seed"])
    ends = intervals_of(truth, predictions, seed)
    scores = {
        name: {
            "value": _finite(value),
            "low": _finite(ends.get(name, (np.nan,) * 2)[0]),
            "high": _finite(ends.get(name, (np.nan,) * 2)[1]),
        }
        for name, value in all_scores(truth, predictions).items()
    }
    trained, drivers = _json(folder / "scores.json"), _json(folder / "importance.json")
    baselines = {name: trained[name] for name in ("dummy", "linear")}
    measured = {name: one["value"] for name, one in scores.items()}
    low, high = ends.get(METRIC, (np.nan,) * 2)
    thresholds = verdicts(measured, trained, float(np.nan_to_num(high - low)) / 2)
    return {
        "schema_version": SCHEMA_VERSION,
        "version": version,
        "passed": all(one["passed"] for one in thresholds),
        "metric": METRIC,
        "higher_is_better": HIGHER_IS_BETTER,
        "rows": len(truth),
        "score": scores[METRIC]["value"],
        "low": scores[METRIC]["low"],
        "high": scores[METRIC]["high"],
        "scores": scores,
        "baselines": baselines,
        "gain_over_baseline": _finite(gain(trained)),
        "thresholds": thresholds,
        "slices": slices(frame, truth, predictions),
        "calibration": {
            "bins": bins(truth, predictions),
            **{name: _finite(value) for name, value in honesty(truth, predictions).items()},
        },
        "importance": drivers["groups"],
        "importance_measured": {name: value for name, value in drivers.items() if name != "groups"},
        "members": _json(folder / "model.json")["members"],
    }


def _write(report: dict[str, Any]) -> Path:
    settings().reports_dir.mkdir(parents=True, exist_ok=True)
    target = settings().reports_dir / REPORT
    target.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return target


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def drawn(report: dict[str, Any], truth: np.ndarray, predictions: np.ndarray, folder: Path) -> list[Path]:
    """All pictures of an evaluation's report and of the predictions that it judged."""
    return [
        importance_plot(report["importance"], folder / "importance.png"),
        reliability_plot(report["calibration"]["bins"], folder / "calibration.png"),
    ]


def importance_plot(importance: Sequence[dict[str, Any]], file: Path) -> Path:
    """Bars of the groups of columns whose shuffling costs most."""
    figure, axes = _figure()
    shown = list(reversed(importance[:BARS]))
    # positions instead of names: two long names that are cut alike must stay two bars
    axes.barh(range(len(shown)), [one["loss_increase"] for one in shown])
    for place, one in enumerate(shown):
        if one["low"] is not None:
            axes.plot([one["low"], one["high"]], [place, place], color="black", linewidth=1)
    axes.set_yticks(range(len(shown)), [_named(one["columns"]) for one in shown])
    axes.set_xlabel("rise of the loss when the columns are shuffled, 95 % interval")
    return _save(figure, file)


def reliability_plot(tenths: Sequence[dict[str, Any]], file: Path) -> Path:
    """Predicted against observed, tenth by tenth; on the diagonal all is well."""
    figure, axes = _figure()
    predicted, observed = [one["predicted"] for one in tenths], [one["observed"] for one in tenths]
    ends = [min(predicted + observed), max(predicted + observed)]
    axes.plot(ends, ends, linestyle="--", color="grey")
    axes.plot(predicted, observed, marker="o")
    axes.set_xlabel("predicted")
    axes.set_ylabel("observed")
    return _save(figure, file)


def _figure() -> tuple[Figure, Any]:
    figure = Figure(figsize=(6.4, 4.8), layout="tight")
    return figure, figure.add_subplot()


def _named(columns: Sequence[str]) -> str:
    """The leading column of a group and how many more it has; dollar signs would start a formula."""
    more = f" +{len(columns) - 1}" if len(columns) > 1 else ""
    return columns[0][:40].replace("$", r"\$") + more


def _save(figure: Figure, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure)
    figure.savefig(file, metadata={"Software": ""})  # no version inside: the same numbers give the same bytes
    return file
