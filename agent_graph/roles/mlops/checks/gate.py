"""The mlops engineer's gate: the service, the batch command and the manifests, measured."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Check
from agent_graph.bench import PRELOAD, Bench, Findings, last_lines
from agent_graph.measuring import commands, layout, tracking
from agent_graph.measuring.syntax import json_value
from agent_graph.roles.mlops.checks import agreement as mlops_agreement
from agent_graph.roles.mlops.checks import answers as mlops_answers
from agent_graph.roles.mlops.checks import batch as mlops_batch
from agent_graph.roles.mlops.checks import hardening as mlops_hardening
from agent_graph.roles.mlops.checks import manifests as mlops_manifests
from agent_graph.roles.mlops.checks import requests as mlops_requests
from agent_graph.roles.mlops.checks.predictions import Prediction, read_predictions
from agent_graph.sandbox import SessionResult, Step

LIBRARIES = {
    "linear": ("sklearn.linear_model", "sklearn.feature_extraction.text"),
    "lightgbm": ("lightgbm",),
    "catboost": ("catboost",),
}
SERVICE = ("fastapi", "uvicorn", "prometheus_client", "pydantic_settings")
MAX_REPORT = 32 << 20
COLLECTED = ("predict.csv", "batch.csv", "service.json")
MEASURED = (
    "service_starts", "service_equals_batch", "batch_equals_predict", "rejects_bad_input", "latency_single_row",
    "throughput", "memory_resident", "metrics_exported", "service_logs_clean", "rollback_drill", "canary_drill",
    "degrades_gracefully", "graceful_stop", "batch_throughput", "batch_resumes",
)  # fmt: skip


def run(bench: Bench) -> tuple[Check, ...]:
    """All checks of the contribution; those that need a champion say so when the store holds none."""
    findings = Findings("mlops")
    with ThreadPoolExecutor(1) as beside:  # validators of text need nothing of the cell
        beside_cell = beside.submit(texts, bench)
        if (bench.store / "artifacts" / "serving").is_dir():
            measure(bench, findings)
        else:
            for name in MEASURED:
                findings.not_checked(name, "no champion was promoted by an earlier gate, so there is nothing to serve")
        return (*beside_cell.result(), *findings.checks)


def texts(bench: Bench) -> tuple[Check, ...]:
    """Every check of image, scripts and names that reads files only."""
    findings = Findings("mlops")
    mlops_manifests.check(bench.tree, findings)
    return (*findings.checks, *own_texts(bench))


def own_texts(bench: Bench) -> tuple[Check, ...]:
    """Those of them that no validator makes: names that agree, secrets, commands."""
    findings = Findings("mlops")
    mlops_agreement.check(bench.tree, bench.manifest, findings)
    mlops_hardening.check(bench.tree, findings)
    commands.check(bench.tree, bench.manifest.package, findings)
    return tuple(findings.checks)


def measure(
    bench: Bench,
    findings: Findings,
    parts: Collection[str] = ("batch", "service"),
    drills: frozenset[str] = mlops_requests.DRILLS,
) -> None:
    """The running parts in one cell, with these drills of the service; ValueError without the designs."""
    if bench.deployment is None or bench.data is None or bench.training is None:
        raise ValueError("the mlops gate needs the data, training and deployment designs")
    material = mlops_requests.prepare(bench, bench.data, bench.deployment, drills)
    kinds = sorted({member.kind for member in bench.training.members})
    preload = (
        *PRELOAD,
        *SERVICE,
        *tracking.modules(bench),
        *(library for kind in kinds for library in LIBRARIES[kind]),
    )
    session, out = bench.session(
        steps(bench, material, parts), mounts={"mlops": material.folder}, preload=preload, collect=COLLECTED
    )
    tables = {name: read_predictions(out / f"{name}.csv") for name in ("predict", "batch")}
    if "batch" in parts:
        findings.add(**mlops_batch.same_files(tables["predict"], tables["batch"], session))
        mlops_batch.judge(answer(session, "batch_speed"), last_lines(session.step("batch_speed").err, 4), findings)
    if "service" in parts:
        _service(bench, material, session, out, tables["predict"], findings)


def _service(
    bench: Bench,
    material: mlops_requests.Material,
    session: SessionResult,
    out: Path,
    predicted: list[Prediction] | None,
    findings: Findings,
) -> None:
    report = sealed_report(out / "service.json", session.step("service").out.strip())
    if report is not None and bench.deployment is not None:
        mlops_answers.judge(bench, bench.deployment, material, report, predicted, findings)
        return
    said = last_lines(session.step("service").err, 4)
    for name in MEASURED:
        if name not in ("batch_equals_predict", "batch_throughput", "batch_resumes"):
            findings.add(name, False, f"the probe of the service ended without a report: {said}")


def steps(bench: Bench, material: mlops_requests.Material, parts: Collection[str] = ("batch", "service")) -> list[Step]:
    """One session: predict, then for `batch` the other way to a predictions file and its speed, then the service."""
    package, prefix = bench.manifest.package, bench.manifest.env_prefix
    compared = f"/mlops/{material.compared}"
    sizes = (f"/mlops/{material.small}", f"/mlops/{material.large}", str(material.small_rows), str(material.large_rows))
    chunk = ("--chunk-rows", "100")  # several chunks, the last one shorter
    modules = layout.named(package, layout.CLI, layout.REGISTRY, layout.CANARY)
    timed = layout.named(package, layout.CLI, layout.INGEST, layout.COLUMNS, layout.REGISTRY)
    probe = ("/probes/service.py", package, modules, prefix, "/mlops/plan.json", "service.json")
    batch = [
        bench.command("batch", "--input", compared, "--output", "batch.csv", *chunk),
        Step("batch_speed", ("/probes/batch_speed.py", timed, *sizes, "50"), "script", timeout_s=120),
    ]
    return [
        bench.command("predict", "--input", compared, "--output", "predict.csv"),
        *(batch if "batch" in parts else ()),
        *([Step("service", probe, "script", timeout_s=150)] if "service" in parts else ()),
    ]


def sealed_report(path: Path, digest: str) -> dict[str, Any] | None:
    """The service probe's report, if it is the one whose digest the probe printed; else None."""
    if not path.is_file() or path.stat().st_size > MAX_REPORT:
        return None
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        return None
    try:
        found = json_value(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def answer(session: SessionResult, step: str) -> dict[str, Any] | None:
    """The object that a probe printed as its last line; None when it didn't."""
    lines = session.step(step).out.strip().splitlines()
    try:
        found = json_value(lines[-1]) if lines else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
