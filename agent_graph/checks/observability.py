"""The observability gate: drift injected by the host, labels without meaning, retraining, and every name."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Check, FeatureDesign, MonitoringDesign
from agent_graph.checks.bench import PRELOAD, Bench, Findings
from agent_graph.checks.observability_files import check_files
from agent_graph.checks.observability_judge import (
    judge_decay,
    judge_logs,
    judge_metrics,
    judge_rest,
    judge_retraining,
    judge_windows,
)
from agent_graph.checks.observability_reading import read_files
from agent_graph.checks.observability_rows import RawRows
from agent_graph.checks.observability_windows import Window, landing_file, prepare
from agent_graph.sandbox import SessionResult, Step

MODEL = ("lightgbm", "catboost", "scipy.sparse", "fastapi", "uvicorn", "prometheus_client", "pydantic_settings")
RUNNING = (
    "drift_detected", "clean_raises_no_alarm", "score_decay_detected", "retraining_rests", "retraining_fires",
    "metrics_exist", "logs_structured",
)  # fmt: skip
TEXTFILE, REPORT = "monitor.prom", "artifacts/reports/retrain.json"
USUAL_WINDOW = 1_000
NEW_SHARE = 0.15
MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class Drill:
    """What was prepared and what came back."""

    windows: tuple[Window, ...]
    new_rows: int
    watched: SessionResult  # the service's metrics, the reference, a step a window
    textfile: Path
    retrained: SessionResult  # the registry before, at rest and after
    report: Path


def run(bench: Bench) -> tuple[Check, ...]:
    """Every check of the role; what watches and what trains anew run in two cells side by side."""
    findings = Findings("observability")
    files = read_files(bench.tree)
    check_files(findings, files, bench.manifest)
    if bench.monitoring is None or bench.features is None:
        return _unchecked(findings, "there is no monitoring design yet")
    if not (bench.store / "artifacts" / "serving").is_dir():
        return _unchecked(findings, "no champion was promoted by an earlier gate, so there is nothing to monitor")
    drill = _drill(bench, bench.features, bench.monitoring)
    judge_windows(findings, drill.windows, drill.watched)
    judge_decay(findings, drill.windows, drill.watched)
    judge_rest(findings, drill.retrained)
    judge_retraining(findings, drill.retrained, drill.new_rows, bench.manifest, read_json(drill.report))
    judge_metrics(findings, files, drill.watched, drill.textfile)
    judge_logs(findings, drill.windows, drill.watched, [drill.retrained.step("retrain at rest")])
    return tuple(findings.checks)


def _unchecked(findings: Findings, reason: str) -> tuple[Check, ...]:
    for name in RUNNING:
        findings.not_checked(name, reason)
    return tuple(findings.checks)


def _drill(bench: Bench, features: FeatureDesign, monitoring: MonitoringDesign) -> Drill:
    """Prepare the windows, run everything in one session."""
    rows = RawRows(bench)
    columns = columns_that_matter(bench, features, rows)
    wanted = max(monitoring.minimum_window_rows, min(USUAL_WINDOW, (bench.sealed.holdout_rows or len(rows.frame)) // 2))
    place = bench.scratch / "observability"
    windows = prepare(bench, rows, columns, wanted, place / "windows")
    landing = place / "landing"
    shutil.copytree(rows.folder, landing)
    size = max(round(NEW_SHARE * len(rows.frame)), monitoring.minimum_window_rows)
    new_rows = landing_file(bench, rows, columns, size, landing)
    preload = (*PRELOAD, *MODEL)
    with ThreadPoolExecutor(1) as beside:
        training = beside.submit(
            bench.session, _training(bench), mounts={"landing": landing}, collect=(REPORT,), preload=preload
        )
        mounts = {"windows": place / "windows"}
        watched, out = bench.session(_watching(bench, windows), mounts=mounts, collect=(TEXTFILE,), preload=preload)
        retrained, beside_out = training.result()
    return Drill(tuple(windows), new_rows, watched, out / TEXTFILE, retrained, beside_out / REPORT)


def _watching(bench: Bench, windows: list[Window]) -> list[Step]:
    m = bench.manifest
    scrape = ("/probes/observability_metrics.py", m.package, str(m.service_port))
    steps = [Step("metrics", scrape, kind="script", timeout_s=60), bench.command("reference")]
    for window in windows:
        textfile = ("--textfile", TEXTFILE) if window.labelled and not window.alarm else ()
        steps.append(bench.command("monitor", "--input", f"/windows/{window.path.name}", *textfile, step=window.name))
    return steps


def _training(bench: Bench) -> list[Step]:
    m = bench.manifest
    registry = ("/probes/observability_registry.py", "/work/artifacts/mlflow.db", m.registered_model)
    return [
        bench.command("reference"),
        Step("registry before", registry, kind="script"),
        bench.command("retrain", step="retrain at rest"),
        Step("registry at rest", registry, kind="script"),
        Step("retrain", (m.package, "retrain"), env=((f"{m.env_prefix}RAW_DIR", "/landing"),), timeout_s=300),
        Step("registry after", registry, kind="script"),
    ]


def columns_that_matter(bench: Bench, features: FeatureDesign, rows: RawRows) -> list[str]:
    """Columns of the main table that features use, the most important first (as the evaluation measured it)."""
    used = features.columns_used & set(rows.frame.columns)
    ordered = [role.name for role in bench.problem.columns if role.name in used]
    report = read_json(bench.store / "artifacts" / "reports" / "evaluation.json")
    listed = report.get("importance", []) if isinstance(report, dict) else []
    weights = {str(entry.get("column")): entry.get("loss_increase", 0) for entry in listed if isinstance(entry, dict)}
    return sorted(ordered, key=lambda name: -float(weights.get(name, 0)))


def read_json(path: Path) -> Any:
    """A JSON file that generated code wrote; None when it is missing, too large or no JSON."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
