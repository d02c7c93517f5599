"""What every way of serving is held to: the same questions to a running service, whatever runs it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Check, DeploymentDesign, RoleName
from agent_graph.bench import PRELOAD, Bench, Findings, last_lines
from agent_graph.measuring import layout, tracking
from agent_graph.measuring.replies import Prediction, read_predictions
from agent_graph.measuring.serving import serving
from agent_graph.measuring.syntax import json_value
from agent_graph.options.serving.conformance import answers
from agent_graph.options.serving.conformance.requests import DRILLS, Material, prepare
from agent_graph.sandbox import SessionResult, Step

OWNER: RoleName = "mlops"
COMMON = ("prometheus_client", "pydantic_settings")  # what all of them load
MAX_REPORT = 32 << 20
COLLECTED = ("predict.csv", "service.json")
MEASURED = ("service_starts", *answers.OF_A_RUNNING_SERVICE)


def check(bench: Bench) -> tuple[Check, ...]:
    """All checks of the service; without a champion they say that there was none."""
    findings = Findings(OWNER)
    if (bench.store / "artifacts" / "serving").is_dir():
        measure(bench, findings)
    else:
        for name in MEASURED:
            findings.not_checked(name, "no champion was promoted by an earlier gate, so there is nothing to serve")
    return tuple(findings.checks)


def measure(bench: Bench, findings: Findings, drills: frozenset[str] = DRILLS) -> None:
    """The service in one cell, with these drills; ValueError without the designs."""
    if bench.deployment is None or bench.data is None or bench.training is None:
        raise ValueError("a service is judged by the data, training and deployment designs")
    material = prepare(bench, bench.data, bench.deployment, drills)
    loads = (*PRELOAD, *bench.libraries, *COMMON, *serving(bench.stack).loads, *tracking.modules(bench))
    session, out = bench.session(
        steps(bench, material), mounts={"serving": material.folder}, preload=loads, collect=COLLECTED
    )
    _judge(bench, bench.deployment, material, session, out, findings)


def _judge(
    bench: Bench, design: DeploymentDesign, material: Material, session: SessionResult, out: Path, findings: Findings
) -> None:
    predicted: list[Prediction] | None = read_predictions(out / "predict.csv")
    report = sealed_report(out / "service.json", session.step("service").out.strip())
    if report is not None:
        answers.judge(bench, design, material, report, predicted, findings)
        return
    said = last_lines(session.step("service").err, 4)
    for name in MEASURED:
        findings.add(name, False, f"the probe of the service ended without a report: {said}")


def steps(bench: Bench, material: Material) -> list[Step]:
    """One session: what predict says, then the service."""
    package, prefix = bench.manifest.package, bench.manifest.env_prefix
    modules = layout.named(package, layout.CLI, layout.REGISTRY, layout.CANARY)
    probe = ("/probes/service.py", package, modules, prefix, "/serving/plan.json", "service.json")
    return [
        bench.command("predict", "--input", f"/serving/{material.compared}", "--output", "predict.csv"),
        Step("service", probe, "script", timeout_s=200),
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
