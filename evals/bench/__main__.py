"""Print every speed with its bar. Quick ones first; `--whole` also makes a whole project (about two minutes)."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evals.bench import desk, profile

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """A line a speed: name, measured, bar, verdict."""
    _line("`--help`", _median(lambda: _run("--help"), 5), 0.5, "s")
    from agent_graph.sandbox import Sandbox

    cell = Sandbox(Path(sys.prefix))
    _line("sandbox start, median", 1e3 * _median(lambda: cell.run(["python", "-c", "pass"]), 20), 150, "ms")
    rows = profile.measure(30_000, 20)
    _line("profile 30,000 × 20 ÷ Polars read + describe", rows.ratio, 3, "×")
    wide = profile.measure(300_000, 43)
    _line("profile 300,000 × 43", wide.profile_s, 10, "s")
    _line("profile 300,000 × 43 ÷ Polars read + describe", wide.ratio, 3, "×")
    _line("everything but training and the cell, 30,000 rows", desk.measure(30_000), 5, "s")
    if "--whole" in sys.argv:
        _whole()


def _whole() -> None:
    """The demo with a warm environment, and what its gates measured."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        done = _run("new", _statement(), "--data", str(ROOT / "evals/data/telco_churn.csv"), "--name", "bench",
                    "--out", folder, "--budget", "20s", "--yes", "--json")  # fmt: skip
        seconds = time.monotonic() - started
        report = json.loads((Path(folder) / "bench/reports/execution_report.json").read_text("utf-8"))
    print(f"whole run: exit {done.returncode}")
    _line("whole run, warm environment, --budget 20s", seconds, 90, "s")
    checks = [c for role in report["roles"] for c in (role["gate"] or {"checks": []})["checks"]]
    for check in checks:
        for measure in check["measures"]:
            if check["name"] in ("latency_single_row", "batch_throughput", "throughput"):
                print(f"  {check['name']}: {measure['name']} {measure['value']:.4g} {measure['unit']}")


def _statement() -> str:
    from agent_graph.cli.commands import DEMO_STATEMENT

    return DEMO_STATEMENT


def _run(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(Path(sys.prefix) / "bin" / "agent-graph"), *words], capture_output=True, cwd=ROOT, check=False
    )


def _median(way: Callable[[], object], count: int) -> float:
    seconds = []
    for _ in range(count):
        started = time.perf_counter()
        way()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _line(name: str, measured: float, bar: float, unit: str) -> None:
    print(
        f"{name:<55} {measured:8.3g} {unit:<3} bar {bar:g} {unit:<3} {'held' if measured <= bar else 'MISSED'}",
        flush=True,
    )


if __name__ == "__main__":
    main()
