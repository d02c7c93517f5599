"""One whole run as a process of its own, so that a crash is a row of a table and not its end."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_graph.artifacts import ExecutionReport

HERE = Path(__file__).resolve().parent
ASKS = 6  # exit code of a run whose question is open


@dataclass(frozen=True)
class Ended:
    """A run that came to its end; no report where it made none."""

    exit_code: int
    seconds: float
    said: str  # on standard error: each check as it was found
    report: ExecutionReport | None

    @property
    def last_line(self) -> str:
        """What the terminal said last."""
        return next((line for line in reversed(self.said.splitlines()) if line.strip()), "")


def made(problem: dict[str, Any], folder: Path, budget: str, keep: Path | None, words: tuple[str, ...] = ()) -> Ended:
    """One `agent-graph new` with the statement as given; caches are shared, the project is thrown away.

    `words` are further options of `new`; `keep` is a folder for project and log.
    """
    out = Path(tempfile.mkdtemp(prefix=f"{problem['name']}-"))
    name = f"eval-{problem['name'].replace('_', '-')}"
    state = HERE.parent / "generated" / ".agent-graph"
    shutil.rmtree(state / "runs" / name, ignore_errors=True)
    data = [part for path in problem["files"] for part in ("--data", str(folder / path))]
    new = [sys.executable, "-c", "from agent_graph.cli import main; main()", "new", problem["statement"], *data]
    wishes = ["--name", name, "--out", str(out), "--budget", budget, "--yes", *words]
    started = time.monotonic()
    done = subprocess.run([*new, *wishes], capture_output=True, text=True, check=False, cwd=HERE.parent)
    seconds = time.monotonic() - started
    path = out / name / "reports" / "execution_report.json"
    report = ExecutionReport.model_validate_json(path.read_text("utf-8")) if path.is_file() else None
    if keep and (out / name).is_dir():
        keep.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(keep / name, ignore_errors=True)
        shutil.copytree(out / name, keep / name)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{name}.log").write_text(done.stdout + "\n--- stderr\n" + done.stderr, "utf-8")
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(state / "runs" / name, ignore_errors=True)
    return Ended(done.returncode, seconds, done.stderr, report)
