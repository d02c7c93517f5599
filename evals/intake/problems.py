"""What intake decides for every problem of a folder, beside what its `problems.json` says.

    python -m evals.intake.problems FOLDER

Only statement and files are given to intake, and no model; what it would ask about is told. Exit code
1 when a decision differs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from agent_graph import profiling, register
from agent_graph.artifacts import Problem, Specification
from agent_graph.errors import AgentGraphError, NotBuiltYet
from agent_graph.intake import framing
from agent_graph.intake.reading import read
from agent_graph.telling import readings

NOT_BUILT = tuple(name for name, kind in register.kinds().items() if not kind.built)


def differences(problem: Problem, wanted: dict[str, Any]) -> list[str]:
    """Where the decisions differ from those expected, in words."""
    found = [
        f"{what}: {got} instead of {expected}"
        for what, got, expected in (
            ("target", problem.target.column, wanted["target"]),
            ("task", problem.task, wanted["task"]),
            ("metric", problem.metric, wanted["metric"]),
            ("split", problem.split.kind.replace("stratified", "random"), wanted["split"].partition(":")[0]),
        )
        if got != expected
    ]
    names = {role.name for role in problem.columns}
    leaks = set(wanted["leakage_columns"]) & names - {problem.target.column}
    if missed := sorted(leaks - set(problem.used("leak"))):
        found.append(f"leaks left in: {', '.join(missed)}")
    if extra := sorted(set(problem.used("leak")) - leaks):
        found.append(f"left out without need: {', '.join(extra)}")
    return found


def decide(wanted: dict[str, Any], folder: Path) -> tuple[str, list[str]]:
    """A line on what was decided, and the differences."""
    paths = tuple(str(folder / file) for file in wanted["files"])
    specification = Specification(name=wanted["name"].replace("_", "-"), statement=wanted["statement"], data=paths)
    started = time.perf_counter()
    try:
        profile = profiling.profile(paths)
        reading = read(specification, profile)
        if missing := readings.unbuilt(reading):
            raise NotBuiltYet(missing)
        problem = framing.frame(specification, profile, reading)
    except NotBuiltYet as refusal:
        return f"{str(refusal).partition(':')[0]}", [] if wanted["task"] in NOT_BUILT else ["refused"]
    except AgentGraphError as error:
        return str(error), ["refused"]
    target, split = problem.target, problem.split
    rule = {"as_is": "", "above": f" > {target.threshold}", "below": f" < {target.threshold}"}.get(
        target.rule, f" {target.rule} {', '.join(target.values)}"
    )
    key = f":{'+'.join(split.columns)}" if split.columns else ""
    asked = "".join(f"; asks about {each.topic}" for each in reading.asks)
    left_out = f"{len(problem.used('leak'))} leaks"
    line = " | ".join((f"{target.column}{rule}", problem.task, problem.metric, f"{split.kind}{key}", left_out))
    return f"{line} | {time.perf_counter() - started:.1f} s{asked}", differences(problem, wanted)


def main() -> int:
    """Print the table; 0 when everything is as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds problems.json and the files that it names")
    folder = parser.parse_args().folder
    wrong = 0
    for wanted in json.loads((folder / "problems.json").read_text("utf-8"))["problems"]:
        line, found = decide(wanted, folder)
        wrong += bool(found)
        print(f"{'differs' if found else 'as told':8} {wanted['name']:16} {line}")
        for difference in found:
            print(f"{'':25} {difference}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
