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


def run(folder: Path, statement: str, data: Path, *words: str) -> Made:
    """`agent-graph new` in a folder of its own; runtimes and baselines are shared with the checkout's cache."""
    name = words[words.index("--name") + 1]
    command = [sys.executable, "-c", "from agent_graph.cli import main; main()", "new", statement, "--data", str(data)]
    environment = {**os.environ, "AGENT_GRAPH_CACHE": str(ROOT / "generated" / ".agent-graph" / "cache")}
    done = subprocess.run(
        [*command, *words, "--yes"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    path = folder / "generated" / name / "reports" / "execution_report.json"
    assert path.is_file(), done.stdout[-2000:] + done.stderr[-2000:]
    report = ExecutionReport.model_validate_json(path.read_text("utf-8"))
    return Made(folder / "generated" / name, folder / "generated" / ".agent-graph", done, report)
