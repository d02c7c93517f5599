"""Print every speed with its bar. Quick ones first; `--whole` also makes a whole project (about two minutes).

Exit code 1 when a bar is missed or couldn't be measured.
"""

from __future__ import annotations

import json
import operator
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agent_graph.artifacts import Event
from agent_graph.cli.commands import DEMO_STATEMENT, DEMO_TARGET
from agent_graph.settings import settings
from evals.bench import asking, desk, profile, sandbox_start, where, wide
from evals.bench.clock import median

ROOT = Path(__file__).resolve().parents[2]
TELCO = ROOT / "evals" / "data" / "telco_churn.csv"


@dataclass(frozen=True)
class Line:
    """One speed beside its bar, which is a most or a least; `measured` is None where nothing was measured."""

    name: str
    measured: float | None
    bar: float
    unit: str
    side: Literal["most", "least"] = "most"

    @property
    def held(self) -> bool:
        """Whether it was measured and keeps its bar."""
        keeps = operator.le if self.side == "most" else operator.ge
        return self.measured is not None and keeps(self.measured, self.bar)

    def __str__(self) -> str:
        shown = "    none" if self.measured is None else f"{self.measured:8.3g}"
        verdict = "held" if self.held else "NOT MEASURED" if self.measured is None else "MISSED"
        return f"{self.name:<52} {shown} {self.unit:<3} at {self.side} {self.bar:g} {self.unit:<3} {verdict}"


def main() -> int:
    """A line a speed: name, measured, bar, verdict. 0 when every bar is held."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    all_held = True
    for line in (*_quick(), *(_whole() if "--whole" in sys.argv else ())):
        print(line, flush=True)
        all_held &= line.held
    return 0 if all_held else 1


def _quick() -> Iterator[Line]:
    yield Line("`--help`, median of 5", median(lambda: _run("--help"), 5), 0.5, "s")
    yield Line("sandbox start, median of 30", 1e3 * sandbox_start.measure(Path(sys.prefix)), 150, "ms")
    small = profile.measure(30_000, 20)
    yield Line("profile of 30,000 × 20 ÷ Polars read + describe", small.ratio, 3, "×")
    large = profile.measure(300_000, 43)
    yield Line("profile of 300,000 × 43", large.profile_s, 10, "s")
    yield Line("profile of 300,000 × 43 ÷ Polars read + describe", large.ratio, 3, "×")
    yield Line("300 rows × 1,500 columns, profiled, read and framed", wide.measure(), 30, "s")
    yield Line("all but training and the cell, 30,000 × 19", desk.measure(30_000), 5, "s")
    asked = asking.measure(TELCO, DEMO_STATEMENT, DEMO_TARGET)
    yield Line("six questions to a model that answers at once", asked, 1.5, "s")


def _whole() -> Iterator[Line]:
    """The demo, its environment warm after one `make demo`, and what its gates measured of the service and of batch."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"AGENT_GRAPH_STATE": f"{folder}/state", "AGENT_GRAPH_CACHE": str(settings().cache_dir)}
        started = time.monotonic()
        done = _run("new", DEMO_STATEMENT, "--data", str(TELCO), "--name", "bench",
                    "--target", DEMO_TARGET, "--out", folder, "--budget", "20s", "--yes", "--json", **own)  # fmt: skip
        seconds = time.monotonic() - started
        document = Path(folder) / "bench/reports/execution_report.json"
        report = json.loads(document.read_text("utf-8")) if document.is_file() else {"roles": []}
        told = _run("logs", "bench", "--json", **own).stdout.decode("utf-8", "replace")
    print("\n".join(where.lines([Event(**json.loads(line)) for line in told.splitlines()])), flush=True)
    yield Line("whole run's exit code (0 is proven)", done.returncode, 0, "")
    yield Line("whole run, warm environment, --budget 20s", seconds, 90, "s")
    yield Line("the service, one row, p50", _measure(report, "latency_single_row", "latency_p50"), 10, "ms")
    share = _measure(report, "batch_throughput", "share_of_bare")
    yield Line("batch, rows a second ÷ the bare estimator's", share, 0.8, "×", "least")


def _measure(report: dict[str, Any], check: str, measure: str) -> float | None:
    """A number of a gate's check in the report; None when it isn't there."""
    checks = [found for role in report["roles"] for found in (role["gate"] or {"checks": []})["checks"]]
    measures = [m for found in checks if found["name"] == check for m in found["measures"]]
    return next((float(m["value"]) for m in measures if m["name"] == measure), None)


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [str(Path(sys.prefix) / "bin" / "agent-graph"), *words]
    return subprocess.run(command, capture_output=True, cwd=ROOT, env={**os.environ, **environment}, check=False)


if __name__ == "__main__":
    sys.exit(main())
