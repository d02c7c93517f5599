"""Judges what the probe of the service brought back; every number is computed here, on the host."""

from __future__ import annotations

import contextlib
import json
import math
import re
import statistics
from typing import Any

from agent_graph.artifacts import DeploymentDesign
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import log_lines
from agent_graph.measuring.replies import TOLERANCE, Prediction, answered, apart, difference, quietest_median
from agent_graph.measuring.serving import serving
from agent_graph.measuring.syntax import json_value
from agent_graph.options.serving.conformance import counters
from agent_graph.options.serving.conformance.requests import SINGLE, Material

INSIDES = re.compile(
    r"Traceback \(most recent call last\)|File \"|site-packages|(?:^|[\s\"'(=])/(?:work|app|opt|usr|home|tmp)/\w"
)
ROLLBACK_S = 300.0
GRACE_S = 20.0
OF_A_RUNNING_SERVICE = (
    "service_equals_batch", "rejects_bad_input", "latency_single_row", "throughput", "memory_resident",
    "metrics_exported", "service_logs_clean", "rollback_drill", "canary_drill", "degrades_gracefully", "graceful_stop",
)  # fmt: skip


def judge(
    bench: Bench,
    design: DeploymentDesign,
    material: Material,
    report: dict[str, Any],
    predicted: list[Prediction] | None,
    findings: Findings,
) -> None:
    """All verdicts on the service."""
    ready = report["ready_s"]
    if ready is None:
        findings.add("service_starts", False, f"not ready within 40 s: {last_lines(report['log'], 4)}")
        for name in OF_A_RUNNING_SERVICE:
            findings.add(name, False, "the service did not start")
        return
    findings.add("service_starts", True, f"ready {ready:.1f} s after a cold start", 0.0, startup__s=ready)
    _same_answers(bench, report, predicted, findings)
    _refusals(material, report, findings)
    counters.judge(bench, material, report, findings)
    _log(bench, material, report, findings)
    if "speed" in material.drills:
        _speed(design, report, findings)
    if "rollback" in material.drills:
        _rollback(report["rollback"], bench.problem.target.classes, findings)
    if "canary" in material.drills:
        _canary(report.get("canary"), findings)
    _degrades(bench, material, report, findings)
    _stops(report["stop"], findings)


def _same_answers(bench: Bench, report: dict[str, Any], predicted: list[Prediction] | None, findings: Findings) -> None:
    classes = bench.problem.target.classes
    replies = [answered(reply, classes) for reply in report["predictions"]]
    if predicted is None or any(reply is None for reply in replies):
        said = next((r[2][:300] for r, a in zip(report["predictions"], replies, strict=True) if a is None), "")
        findings.add("service_equals_batch", False, f"no answers to compare: {said or 'predict wrote no file'}")
        return
    rows = [row for reply in replies for row in reply or []]
    singles = [row for reply in report["single"] for row in answered(reply, classes) or []]
    gap = difference(rows, predicted)
    alone = difference(singles, predicted[:SINGLE])
    text = (
        f"{len(rows)} rows in requests of many: largest difference to the predict command {gap:.2g}; "
        f"{len(singles)} rows in requests of one: {alone:.2g}"
    )
    worst = max(gap, alone)
    findings.add("service_equals_batch", worst <= TOLERANCE, text, 0.0, rows=len(rows), difference=min(worst, 1e9))


def _refusals(material: Material, report: dict[str, Any], findings: Findings) -> None:
    faults = []
    for bad, (status, _, text) in zip(material.bad, report["bad"], strict=True):
        if status not in bad.statuses:
            faults.append(f"{bad.name}: {status} instead of {'/'.join(map(str, bad.statuses))} ({text[:120]})")
        elif bad.field is not None and status not in bad.unnamed and not _names(text, bad.field):
            faults.append(f"{bad.name}: the answer doesn't name the field {bad.field!r}")
        if INSIDES.search(text):
            faults.append(f"{bad.name}: the answer shows a stack trace or a path")
    if report["after_bad"] != 200:
        faults.append(f"after them a good request got {report['after_bad']}")
    caught = len(material.bad) - len({fault.partition(":")[0] for fault in faults})
    text = (
        f"{caught} of {len(material.bad)} kinds of bad request refused as they must be; a good one after them answered"
    )
    rate = caught / len(material.bad)
    findings.add("rejects_bad_input", not faults, "; ".join(faults) or text, 0.0, kinds=len(material.bad), refused=rate)


def _names(text: str, field: str) -> bool:
    """Whether an answer has the field's name in it, however its JSON is written."""
    with contextlib.suppress(ValueError):
        text = json.dumps(json_value(text))
    return json.dumps(field)[1:-1] in text


def _speed(design: DeploymentDesign, report: dict[str, Any], findings: Findings) -> None:
    times = sorted(report["latency_ms"])
    failures = sum(status != 200 for status in report["latency_statuses"])
    p50, p99 = statistics.median(times), times[math.ceil(0.99 * len(times)) - 1]
    quiet, cpu = quietest_median(report["latency_ms"]), report["cpu_ms"]
    # With more to do than cores, a request waits its turn; what it needs of a core is held to the bar itself.
    bar = design.latency_p50_ms * max(1.0, report["load_per_core"])
    good = failures == 0 and quiet <= bar and cpu <= design.latency_p50_ms and p99 <= design.latency_p99_ms
    text = (
        f"{len(times)} different rows one by one, HTTP included: median {p50:.1f} ms, in the quietest quarter "
        f"{quiet:.1f} ms (bar {bar:.3g} at load {report['load_per_core']:.1f} a core), {cpu:.1f} ms of CPU a request "
        f"(bar {design.latency_p50_ms:g}), p99 {p99:.1f} ms (bar {design.latency_p99_ms:g}), {failures} failed"
    )
    numbers = {"latency_p50__ms": p50, "latency_p99__ms": p99, "cpu__ms": cpu}
    findings.add("latency_single_row", good, text, sum(times) / 1000, **numbers)
    _capacity(design, report, findings)


def _capacity(design: DeploymentDesign, report: dict[str, Any], findings: Findings) -> None:
    lost = report["request_failures"] + report["batch_failures"]
    text = (
        f"{report['requests_per_s']:.0f} requests/s from 4 callers, {report['rows_per_s']:.0f} rows/s in larger "
        f"requests, {lost} failed"
    )
    numbers = {"requests_per_second": report["requests_per_s"], "rows_per_second": report["rows_per_s"]}
    findings.add("throughput", lost == 0, text, 0.0, **numbers)
    limit = _bytes(design.resources.memory_limit)
    used = report["memory_bytes"]
    text = f"{used / 2**20:.0f} MiB at most, a replica may take {limit / 2**20:.0f} MiB"
    findings.add("memory_resident", used <= 0.9 * limit, text, 0.0, memory__MiB=used / 2**20)


def _bytes(quantity: str) -> float:
    units = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}
    return float(quantity[:-2]) * units[quantity[-2:]] if quantity[-2:] in units else float(quantity)


def _log(bench: Bench, material: Material, report: dict[str, Any], findings: Findings) -> None:
    """Whoever reads the log learns what was asked and how it went, not whose row it was."""
    lines = [line for line in report["log"].splitlines() if line.strip()]
    loose = [line for line in lines if not log_lines.structured(line)]
    shown = log_lines.showing_rows(lines, material.rows)
    faults = [f"no structured line: {line[:120]}" for line in loose[:2]]
    faults += [f"{len(shown)} lines show rows, the first: {shown[0][:120]}"] if shown else []
    faults += [] if lines else ["the service logged nothing"]
    good = f"{len(lines)} lines are JSON with time, level and message; none shows one of {len(material.rows)} rows"
    findings.add("service_logs_clean", not faults, "; ".join(faults) or good, 0.0, lines=len(lines))


def _rollback(drill: dict[str, Any], classes: tuple[str, ...], findings: Findings) -> None:
    if drill.get("second") is None:
        findings.add("rollback_drill", False, "a second version could not be registered through registry.register")
        return
    before, after = (answered(drill[moment], classes) for moment in ("before", "after"))
    gap = difference(before, after) if before is not None and after is not None else math.inf
    between = answered(drill["between"], classes)
    faults = [f"{name} ended with {drill[name][0]}" for name in ("promote", "rollback") if drill[name][0] != 0]
    faults += [] if drill["seen_s"] is not None else ["the running service never served the promoted version"]
    faults += [] if drill["back_s"] is not None else ["the running service never went back"]
    faults += [] if gap <= TOLERANCE else [f"answers after the rollback differ by {gap:.2g}"]
    faults += [] if between is not None else ["no answers from the promoted version"]
    total = (drill["rollback"][1] or 0.0) + (drill["back_s"] or 0.0)
    if total > ROLLBACK_S:
        faults.append(f"{total:.0f} s")
    moved = sum(apart(one, other) > TOLERANCE for one, other in zip(before or (), between or (), strict=False))
    text = (
        f"version {drill['second']} promoted under a running service ({moved} of {len(before or ())} answers moved), "
        f"rolled back: version {drill['first']} and its very answers are served {total:.1f} s after the command"
    )
    findings.add("rollback_drill", not faults, "; ".join(faults) or text, total, rollback__s=total)


def _canary(drill: dict[str, Any] | None, findings: Findings) -> None:
    if drill is None:
        findings.add("canary_drill", False, "there was no second version to give traffic to")
        return
    good, broken = drill["good"], drill["broken"]
    faults = []
    if good["exit_code"] != 0:
        faults.append(f"a good canary was sent home ({good['exit_code']}): {good['said']}")
    if broken["exit_code"] != 3:
        faults.append(f"a canary whose model is broken got {broken['exit_code']} instead of 3: {broken['said']}")
    text = "side by side with the stable service: a good canary may go on, one with a broken model is sent home"
    findings.add("canary_drill", not faults, "; ".join(faults) or text, 0.0)


def _degrades(bench: Bench, material: Material, report: dict[str, Any], findings: Findings) -> None:
    alone = report["without_model"]
    faults = []
    for name in ("ready", "predict"):
        status, headers, _ = alone[name]
        if status != 503 or not any(header.lower() == "retry-after" for header in headers):
            faults.append(f"without a model {name} gave {status}, not 503 with Retry-After")
    if alone["alive"][0] != 200:
        path, status = serving(bench.stack).alive, alone["alive"][0]
        faults.append(f"without a model {path} gave {status}: the process would be restarted for nothing")
    if "canary" in material.drills:
        faults += _stand_in(report)
    text = "no model: 503 with Retry-After, alive; broken model: an answer from what is known, flagged as degraded"
    findings.add("degrades_gracefully", not faults, "; ".join(faults) or text, 0.0)


def _stand_in(report: dict[str, Any]) -> list[str]:
    sample = (report.get("canary") or {}).get("broken", {}).get("sample")
    if sample is None:
        return ["a service with a broken model was not asked"]
    if sample[0] != 200 or not _flagged(sample[2]):
        return [f"with a broken model the answer is {sample[0]} {sample[2][:120]}, not one that is flagged"]
    return []


def _flagged(text: str) -> bool:
    """Whether an answer says that it is a stand-in's."""
    try:
        answer = json_value(text)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("degraded") is True


def _stops(stop: dict[str, Any], findings: Findings) -> None:
    good = stop["status"] == 200 and stop["exit_code"] == 0 and stop["seconds"] <= GRACE_S
    text = (
        f"SIGTERM in the middle of a request: it was answered with {stop['status']}, the process ended with "
        f"{stop['exit_code']} after {stop['seconds']:.1f} s"
    )
    findings.add("graceful_stop", good, text, stop["seconds"], stop__s=stop["seconds"])
