"""Nothing is lost to a fault of the machine: one clear line, a documented exit code, and all of it still there.

Each fault is tried on `agent-graph` as a process of its own; when it is gone, the run has to go on to its end.
"""

from __future__ import annotations

from collections.abc import Sequence

from evals.trust.ground.nest import heard, in_memory
from evals.trust.lines import Line, Say, timed

SAMPLE = (
    "the state database is locked",
    "the disk is full after intake",
    "the record of the work is cut off",
    "the project's folder links to another repository",
    "two runs of one name at once",
    "Ctrl-C at 50 %",
)
TRIED = "ended in one clear line with a documented exit code, nothing lost, and went on"


def run(sample: bool, say: Say) -> list[Line]:
    """One line of all faults, and one for each that can't be caused on this machine."""
    return tried(SAMPLE if sample else names(), say)


def names() -> list[str]:
    """All faults."""
    from evals.trust.faults import disks, files, signals

    return [*files.CASES, *disks.CASES, *signals.CASES]


def tried(wanted: Sequence[str], say: Say) -> list[Line]:
    """Try these faults."""
    line, others, left = Line("faults", TRIED), list[Line](), set(wanted)
    with in_memory("agent-graph-faults-") as folder, timed(line):
        for told in heard("evals.trust.faults.nest", wanted, str(folder)):
            left.discard(told["name"])
            if told["reason"]:
                others.append(Line("faults", told["name"], reason=told["reason"]))
            else:
                line.saw(told["name"], told["fault"])
            say(f"{told['name']}: {told['fault'] or told['reason'] or 'ended as it has to'} ({told['seconds']} s)")
    for name in sorted(left):
        line.saw(name, "nothing came back of it")
    return [line, *others]
