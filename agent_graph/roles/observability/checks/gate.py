"""The observability gate: drift injected by the host, labels without meaning, retraining, and every metric's name."""

from __future__ import annotations

import shutil
from typing import Any

from agent_graph import register
from agent_graph.artifacts import Check, FeatureDesign
from agent_graph.bench import PRELOAD, Bench, Findings
from agent_graph.measuring import tracking
from agent_graph.measuring.pool import beside
from agent_graph.measuring.rows import RawRows
from agent_graph.measuring.serving import serving
from agent_graph.measuring.syntax import json_file
from agent_graph.roles.observability.checks import cycles
from agent_graph.roles.observability.checks.judge import (
    judge_decay,
    judge_logs,
    judge_metrics,
    judge_rest,
    judge_retraining,
    judge_windows,
)
from agent_graph.roles.observability.checks.windows import Counts, Window, landing_file, prepare
from agent_graph.sandbox import Step

MODEL = ("lightgbm", "catboost", "scipy.sparse", "prometheus_client", "pydantic_settings")
RUNNING = (
    "drift_detected", "clean_raises_no_alarm", "score_decay_detected", "retraining_rests", "retraining_fires",
    "metrics_exist", "logs_structured", "retraining_logs_structured", "cycle_holds",
)  # fmt: skip
TEXTFILE, REPORT = "monitor.prom", "artifacts/reports/retrain.json"
USUAL_WINDOW = 1_000
NEW_SHARE = 0.15
MOST_BYTES = 4_000_000
ALL = Counts()


def run(bench: Bench) -> tuple[Check, ...]:
    """Every check of the role; what watches, what goes round and what trains anew run in three cells side by side."""
    if bench.monitoring is None or bench.features is None:
        return _unchecked("there is no monitoring design yet")
    if not (bench.store / "artifacts" / "serving").is_dir():
        return _unchecked("no champion was promoted by an earlier gate, so there is nothing to monitor")
    watched, trained = beside(lambda: watches(bench), lambda: trains(bench))
    return (*watched, *trained)


def _unchecked(reason: str) -> tuple[Check, ...]:
    findings = Findings("observability")
    for name in RUNNING:
        findings.not_checked(name, reason)
    return tuple(findings.checks)


def watches(bench: Bench, counts: Counts = ALL) -> tuple[Check, ...]:
    """The monitor on clean, drifted and labelled windows, its metrics and its logs; ValueError without the designs."""
    if bench.monitoring is None or bench.features is None:
        raise ValueError("the monitor is judged by the feature and monitoring designs")
    findings, rows, least = Findings("observability"), RawRows(bench), bench.monitoring.minimum_window_rows
    columns = columns_that_matter(bench, bench.features, rows)
    wanted = max(least, min(USUAL_WINDOW, (bench.sealed.holdout_rows or len(rows.frame)) // 2))
    folder = bench.scratch / "observability" / "windows"
    windows = prepare(bench, rows, columns, wanted, folder, counts)
    loaded = (*PRELOAD, *MODEL, *serving(bench.stack).loads)
    (session, out), (cycled, left) = beside(
        lambda: bench.session(
            _watching(bench, windows), mounts={"windows": folder}, collect=(TEXTFILE,), preload=loaded
        ),
        lambda: bench.session(
            cycles.steps(bench),
            mounts={**cycles.folders(bench, rows, wanted), **tracking.mounts(bench)},
            collect=cycles.COLLECTED,
            preload=loaded,
        ),
    )
    judge_windows(findings, windows, session)
    judge_decay(findings, windows, session)
    judge_metrics(findings, bench, session, (out / TEXTFILE, left / cycles.NUMBERS[cycles.GOOD] / cycles.GAUGES))
    judge_logs(findings, windows, session)
    cycles.judge(findings, bench, cycled, left)
    return tuple(findings.checks)


def trains(bench: Bench) -> tuple[Check, ...]:
    """Retraining at rest, and with drifted rows that landed; ValueError without the designs."""
    if bench.monitoring is None or bench.features is None:
        raise ValueError("retraining is judged by the feature and monitoring designs")
    findings, rows, landing = Findings("observability"), RawRows(bench), bench.scratch / "observability" / "landing"
    shutil.copytree(rows.folder, landing)
    size = max(round(NEW_SHARE * len(rows.frame)), bench.monitoring.minimum_window_rows)
    landed = landing_file(bench, rows, columns_that_matter(bench, bench.features, rows), size, landing)
    session, out = bench.session(
        _training(bench),
        mounts={"landing": landing, **tracking.mounts(bench)},
        collect=(REPORT,),
        preload=(*PRELOAD, *MODEL),
    )
    judge_rest(findings, session)
    higher = register.kind_of(bench.problem).metric(bench.problem.metric).higher_is_better
    judge_retraining(findings, session, landed, bench.manifest, json_file(out / REPORT, MOST_BYTES), higher)
    return tuple(findings.checks)


def _watching(bench: Bench, windows: list[Window]) -> list[Step]:
    m = bench.manifest
    scrape = ("/probes/observability_metrics.py", m.package, str(m.service_port), serving(bench.stack).metrics)
    steps = [Step("metrics", scrape, kind="script", timeout_s=60), bench.command("reference")]
    for window in windows:
        textfile = ("--textfile", TEXTFILE) if window.labelled and not window.alarm else ()
        steps.append(bench.command("monitor", "--input", f"/windows/{window.path.name}", *textfile, step=window.name))
    return steps


def _training(bench: Bench) -> list[Step]:
    m = bench.manifest
    return [
        bench.command("reference"),
        tracking.versions(bench, "registry before"),
        bench.command("retrain", step="retrain at rest"),
        tracking.versions(bench, "registry at rest"),
        Step("retrain", (m.package, "retrain"), env=((f"{m.env_prefix}RAW_DIR", "/landing"),), timeout_s=300),
        tracking.versions(bench, "registry after"),
    ]


def columns_that_matter(bench: Bench, features: FeatureDesign, rows: RawRows) -> list[str]:
    """Columns of the main table that features use, the most important first (as the evaluation measured it)."""
    used = features.columns_used & set(rows.frame.columns)
    ordered = [role.name for role in bench.problem.columns if role.name in used]
    report = json_file(bench.store / "artifacts" / "reports" / "evaluation.json", MOST_BYTES)
    listed = report.get("importance", []) if isinstance(report, dict) else []
    return by_importance(ordered, listed if isinstance(listed, list) else [])


def by_importance(columns: list[str], listed: list[Any]) -> list[str]:
    """The leading columns of groups by what these bring, then what belongs to them, group by group, then the rest."""
    groups = [
        entry for entry in listed
        if isinstance(entry, dict) and isinstance(entry.get("loss_increase"), (int, float))
    ]  # fmt: skip
    groups.sort(key=lambda entry: -entry["loss_increase"])
    leading = [str(entry.get("column")) for entry in groups]
    of_groups = (entry["columns"] for entry in groups if isinstance(entry.get("columns"), list))
    others = [str(name) for names in of_groups for name in names]
    places = {name: place for place, name in enumerate(dict.fromkeys([*leading, *others]))}
    return sorted(columns, key=lambda name: places.get(name, len(places)))
