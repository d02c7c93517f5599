"""Tries faults in processes forked from this one, two at a time: `python -m evals.trust.faults.nest <folder>`.

Reads the names of cases, one a line, and writes a JSON line for each. No thread is started before a fork.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from functools import partial
from pathlib import Path

import agent_graph.feedback
import agent_graph.graph
import agent_graph.measuring.baseline
import agent_graph.reporting.plots
import agent_graph.runner.recording  # noqa: F401 - all loaded once
from agent_graph.cli import main as _  # noqa: F401
from evals.trust.faults import disks, files, signals
from evals.trust.faults.end import NotHere
from evals.trust.faults.place import Place, Ways
from evals.trust.ground import customers, warm
from evals.trust.ground.apart import apart
from evals.trust.ground.nest import LANES, asked, lanes, tell

CASES = {**disks.CASES, **files.CASES, **signals.CASES}


def main(folder: Path) -> None:
    """Make the tables, then deal the cases."""
    folder.chmod(0o755)  # some faults are tried as another user
    names = asked()
    tables = ((folder / "customers.csv", 400, 0), (folder / "others.csv", 300, 1))
    if failed := apart(lambda: [customers.table(*table) for table in tables]):
        sys.exit(failed)
    warm.load()
    lanes(lambda number: _lane(folder, number, names[number::LANES]))


def _begin(place: Place) -> None:
    """The two grounds of a lane that hold a run."""
    for what, ways in (("halfway", Ways(node="mlops_gate")), ("done", Ways())):
        if not (place.kept / what).is_dir():
            place.lay("fresh")
            said = place.new(ways=ways)
            if said.code != (-9 if ways.node else 0):
                raise RuntimeError(f"the ground {what} can't be made: {said.err[-500:]}")
            place.seconds = said.seconds  # at last of the whole run
            os.rename(place.home, place.kept / what)


def _lane(folder: Path, number: int, names: list[str]) -> None:
    place = Place(folder / f"lane{number}", folder / f"kept{number}")
    place.root.mkdir()
    place.kept.mkdir()
    for name in ("customers.csv", "others.csv"):
        os.link(folder / name, place.kept / name)
    (place.kept / "fresh").mkdir()
    _begin(place)
    for name in names:  # a case that uses polars itself must not leave threads to those after it
        apart(partial(_tell, place, name))


def _tell(place: Place, name: str) -> None:
    began, reason, fault = time.monotonic(), "", None
    try:
        fault = CASES[name](place)
    except NotHere as error:
        reason = str(error)
    except Exception as error:
        traceback.print_exc()
        fault = f"the case itself failed: {type(error).__name__}: {error}"
    finally:
        place.clear()
    tell({"name": name, "fault": fault, "reason": reason, "seconds": round(time.monotonic() - began, 1)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
