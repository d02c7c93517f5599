"""How long an empty run takes in the sandbox: `python -m evals.bench.sandbox_start [RUNTIME] [COUNT]`."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from agent_graph.sandbox import Sandbox, Step
from evals.bench.clock import median, timed


def measure(runtime: Path, count: int = 30) -> float:
    """Median seconds of an empty Python run in the cell of this runtime."""
    sandbox = Sandbox(runtime)
    return median(lambda: sandbox.run(["python", "-c", "pass"]), count)


def main() -> None:
    """A line for each way to start something, plain Python first."""
    runtime = Path(sys.argv[1] if len(sys.argv) > 1 else sys.prefix)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    sandbox = Sandbox(runtime)
    python = str(runtime / "bin/python")
    ways: dict[str, Callable[[], object]] = {
        "plain python": lambda: subprocess.run([python, "-c", "pass"], check=True),
        "sandbox.run": lambda: sandbox.run(["python", "-c", "pass"]),
        "sandbox.session, 1 step": lambda: sandbox.session([Step("a", ("true",), kind="exec")]),
        "sandbox.session, 20 steps": lambda: sandbox.session([Step(f"{n}", ("true",), kind="exec") for n in range(20)]),
    }
    for name, way in ways.items():
        seconds = [timed(way) for _ in range(count)]
        print(f"{name:26} min {min(seconds) * 1e3:6.1f} ms   median {statistics.median(seconds) * 1e3:6.1f} ms")


if __name__ == "__main__":
    main()
