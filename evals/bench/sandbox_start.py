"""How long an empty run takes in the sandbox: `python evals/bench/sandbox_start.py [RUNTIME] [COUNT]`."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from agent_graph.sandbox import Sandbox, Step


def main() -> None:
    runtime = Path(sys.argv[1] if len(sys.argv) > 1 else sys.prefix)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    sandbox = Sandbox(runtime)
    python = str(runtime / "bin/python")
    ways = {
        "plain python": lambda: subprocess.run([python, "-c", "pass"], check=True),
        "sandbox.run": lambda: sandbox.run(["python", "-c", "pass"]),
        "sandbox.session, 1 step": lambda: sandbox.session([Step("a", ("true",), kind="exec")]),
        "sandbox.session, 20 steps": lambda: sandbox.session([Step(f"{n}", ("true",), kind="exec") for n in range(20)]),
    }
    for name, way in ways.items():
        seconds = []
        for _ in range(count):
            started = time.perf_counter()
            way()
            seconds.append(time.perf_counter() - started)
        print(f"{name:26} min {min(seconds) * 1e3:6.1f} ms   median {statistics.median(seconds) * 1e3:6.1f} ms")


if __name__ == "__main__":
    main()
