"""The service's metrics: all that was promised is exported, and the counters count what was really asked."""

from __future__ import annotations

from typing import Any

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from agent_graph.bench import Bench, Findings
from agent_graph.measuring.exported import exported
from agent_graph.measuring.serving import serving
from agent_graph.options.serving.conformance.requests import Material


def judge(bench: Bench, material: Material, report: dict[str, Any], findings: Findings) -> None:
    """`metrics_exported`: names, prefix, and how far each counter went between two scrapes."""
    prefix = bench.manifest.metric_prefix
    try:
        before, after = (list(text_string_to_metric_families(text)) for text in report["metrics"])
    except ValueError as error:
        findings.add("metrics_exported", False, f"{serving(bench.stack).metrics} can't be parsed: {error}")
        return
    names = {sample.name for family in after for sample in family.samples}
    wanted = exported(bench)
    missing = [name for name in wanted if name not in names]
    stray = sorted(name for name in names if not name.startswith((prefix, "process_", "python_")))
    faults = [f"missing: {', '.join(missing)}"] if missing else []
    faults += [f"without the prefix: {', '.join(stray)}"] if stray else []
    asked = _asked(material, report)
    for (name, code), number in asked.items():
        counted = _sum(after, prefix + name, code) - _sum(before, prefix + name, code)
        label = f"{name} of code {code}" if code else name
        faults += [] if counted == number else [f"{label} counted {counted:g} of {number} between two scrapes"]
    text = (
        f"{len(wanted)} promised metrics are exported and parse, {len(names)} names; {len(asked)} counters count right"
    )
    findings.add("metrics_exported", not faults, "; ".join(faults) or text, 0.0, series=len(names))


def _asked(material: Material, report: dict[str, Any]) -> dict[tuple[str, str], int]:
    """What was asked between the two scrapes, by counter and status code."""
    good = [*report["predictions"], *report["single"]]
    answered = sum(reply[0] == 200 for reply in good) + (report["after_bad"] == 200)
    rows = len(material.rows) + len(report["single"]) + 1
    return {
        ("requests_total", ""): len(good) + len(report["bad"]) + 1,
        ("requests_total", "200"): answered,
        ("rejected_total", ""): sum(status >= 400 for status, *_ in report["bad"]),
        ("request_seconds_count", ""): len(good) + len(report["bad"]) + 1,
        ("input_rows_total", ""): rows,
        ("prediction_rows_total", ""): rows,
    }


def _sum(families: list[Metric], name: str, code: str) -> float:
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return float(sum(sample.value for sample in samples if not code or sample.labels.get("code") == code))
