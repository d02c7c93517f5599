"""What a project says of its cycle is held against what it left, and no words of its own can break the judge."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_graph.bench import Findings
from agent_graph.roles.observability.checks import cycles
from agent_graph.sandbox import StepResult

BENCH: Any = SimpleNamespace(manifest=SimpleNamespace(metric_prefix="shop_"))
DONE = dict.fromkeys(cycles.ORDER, "done")
ENDS = {
    cycles.GOOD: (0, DONE),
    cycles.BROKEN: (3, DONE | {"ingest": "failed", "retrain": "not due"}),
    cycles.FAULTY: (3, DONE | {"monitor": "failed", "deliver": "failed"}),
}


def judged(out: Path, said: dict[str, str] | None = None, deliveries: int = 1, gauge: str | None = None) -> Any:
    """The check on three cycles that went as they should, but for what is given: outputs, deliveries, one gauge."""
    steps = {}
    for name, (rc, ends) in ENDS.items():
        report = json.dumps({"steps": [{"name": step, "ended": end} for step, end in ends.items()]})
        steps[name] = StepResult(name, "exit", rc, 0.1, 0.1, 1, (said or {}).get(name, report), "")
        folder = out / cycles.NUMBERS[name]
        folder.mkdir(parents=True)
        lines = [f'shop_cycle_failed{{step="{step}"}} {float(end == "failed")}' for step, end in ends.items()]
        (folder / cycles.GAUGES).write_text("\n".join(lines if gauge is None else [gauge]) + "\n")
    for number in range(deliveries):
        (out / cycles.OUTGOING / str(number)).mkdir(parents=True)
        (out / cycles.OUTGOING / str(number) / "delivery.json").write_text("{}")
    findings = Findings("observability")
    cycles.judge(findings, BENCH, SimpleNamespace(step=steps.__getitem__), out)  # type: ignore[arg-type]
    return findings.checks[0]


def test_cycles_that_went_as_they_should_pass(tmp_path: Path) -> None:
    assert judged(tmp_path).verdict == "passed"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"said": {cycles.GOOD: "no JSON"}}, "not told"),
        ({"said": {cycles.GOOD: '{"steps": 5}'}}, "not told"),
        ({"said": {cycles.BROKEN: json.dumps({"steps": [{"name": n, "ended": "done"} for n in cycles.ORDER]})}},
         "ingest is done, failed was to be"),
        ({"deliveries": 0}, "0 deliveries"),
        ({"deliveries": 2}, "2 deliveries"),
        ({"gauge": 'shop_cycle_failed{step="ingest"} 0.0.0'}, "the gauge of ingest says None"),
    ],
)  # fmt: skip
def test_what_is_missing_or_odd_fails(given: dict[str, Any], words: str, tmp_path: Path) -> None:
    check = judged(tmp_path, **given)
    assert (check.verdict, words in check.evidence) == ("failed", True), check.evidence
