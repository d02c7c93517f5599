"""A whole run of the main job, as a user would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from agent_graph.artifacts import ExecutionReport

ROOT = Path(__file__).resolve().parents[2]
TELCO = ROOT / "evals" / "data" / "telco_churn.csv"
HOSTILE = ('"); import os; os.system("x', "{{ 7 * 7 }}", "line\nbreak", "naïve ☃ $x$ `id`", "'; drop table rows; --")


@dataclass(frozen=True)
class Made:
    """A finished run: the project, what the terminal said, the report."""

    project: Path
    state: Path
    done: subprocess.CompletedProcess[str]
    report: ExecutionReport


def environment() -> dict[str, str]:
    """This checkout's package, whichever is installed; runtimes and baselines are shared with its cache."""
    cache = str(ROOT / "generated" / ".agent-graph" / "cache")
    return {**os.environ, "PYTHONPATH": str(ROOT), "AGENT_GRAPH_CACHE": cache}


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`agent-graph` with these words, started in that folder."""
    line = [sys.executable, "-c", "from agent_graph.cli import main; main()", *words]
    return subprocess.run(line, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def run(folder: Path, statement: str, data: Path, *words: str) -> Made:
    """`agent-graph new` in a folder of its own."""
    done = command(folder, "new", statement, "--data", str(data), *words, "--yes")
    return finished(folder, words[words.index("--name") + 1], done)


def finished(folder: Path, name: str, done: subprocess.CompletedProcess[str]) -> Made:
    """The project that a run has left, with its report."""
    path = folder / "generated" / name / "reports" / "execution_report.json"
    assert path.is_file(), done.stdout[-2000:] + done.stderr[-2000:]
    report = ExecutionReport.model_validate_json(path.read_text("utf-8"))
    return Made(folder / "generated" / name, folder / "generated" / ".agent-graph", done, report)
