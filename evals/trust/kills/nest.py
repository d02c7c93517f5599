"""The process from which victims are forked, everything imported: `python -m evals.trust.kills.nest <folder> <url>`.

Reads jobs as JSON lines, has two lanes of victims work through them, and writes a JSON line for what became of each.
No thread is started before a fork.
"""

from __future__ import annotations

# isort: off
import evals.trust.kills.clock  # noqa: F401 - before all that reads a clock

# isort: on
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import agent_graph.feedback
import agent_graph.graph
import agent_graph.llm.openai_wire
import agent_graph.reporting.plots
import agent_graph.runner.recording  # noqa: F401
from evals.trust.ground import customers, warm
from evals.trust.ground.apart import apart
from evals.trust.ground.nest import LANES, asked, lanes, tell
from evals.trust.kills import moments
from evals.trust.kills.lane import Job, Lane


def main(folder: Path, url: str) -> None:
    """Deal the jobs of standard input to the lanes; a line each on standard output."""
    jobs = [Job(**json.loads(line)) for line in asked()]
    sweeps = [job for job in jobs if job.every]
    single = [job for job in jobs if not job.every]
    data = folder / "customers.csv"
    if apart(lambda: customers.table(data)):
        sys.exit(f"{data} can't be made")
    warm.load()
    lanes(lambda number: _lane(Lane(folder, number, data, url), [*single[number::LANES], *sweeps]))


def _lane(lane: Lane, jobs: list[Job]) -> None:
    for job in jobs:
        for ended in lane.sweep(job, LANES) if job.every else [lane.work(job)]:
            tell(asdict(ended) | {"job": job.name, "who": lane.number, "received": _received(lane.home)})
    tell({"lane": lane.number, "lengths": lane.seconds})


def _received(home: Path) -> list[Any]:
    path = home / moments.RECEIVED
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
