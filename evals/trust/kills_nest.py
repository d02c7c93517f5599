"""The process from which victims are forked, everything imported: `python -m evals.trust.kills_nest <folder> <url>`.

Reads jobs as JSON lines, has two lanes of victims work through them, and writes a JSON line for what became of each.
No thread is started before a fork.
"""

from __future__ import annotations

# isort: off
import evals.trust.kills_clock  # noqa: F401 - before all that reads a clock

# isort: on
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import agent_graph.feedback
import agent_graph.graph
import agent_graph.llm.openai_wire
import agent_graph.reporting.plots
import agent_graph.runner.recording  # noqa: F401
from evals.trust import kills_ground as ground
from evals.trust import kills_moments as moments
from evals.trust import warm
from evals.trust.apart import apart, live
from evals.trust.kills_lane import Job, Lane

LANES = 2


def main(folder: Path, url: str) -> None:
    """Deal the jobs of standard input to the lanes; a line each on standard output."""
    jobs = [Job(**json.loads(line)) for line in sys.stdin]
    sweeps = [job for job in jobs if job.every]
    single = [job for job in jobs if not job.every]
    data = folder / "customers.csv"
    if apart(lambda: ground.table(data)):
        sys.exit(f"{data} can't be made")
    warm.load()
    children = []
    for number in range(LANES):
        pid = os.fork()
        if not pid:
            live(partial(_lane, Lane(folder, number, data, url), [*single[number::LANES], *sweeps]))
        children.append(pid)
    failed = [pid for pid in children if os.waitpid(pid, 0)[1]]
    sys.exit(1 if failed else 0)


def _lane(lane: Lane, jobs: list[Job]) -> None:
    for job in jobs:
        for ended in lane.sweep(job, LANES) if job.every else [lane.work(job)]:
            _tell(asdict(ended) | {"job": job.name, "who": lane.number, "received": _received(lane.home)})
    _tell({"lane": lane.number, "lengths": lane.seconds})


def _received(home: Path) -> list[Any]:
    path = home / moments.RECEIVED
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def _tell(facts: Mapping[str, Any]) -> None:
    os.write(1, (json.dumps(facts) + "\n").encode())  # one write: lanes share the pipe


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
