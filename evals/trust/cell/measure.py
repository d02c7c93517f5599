"""The cell holds: every hostile program, as root and as nobody, on disk and in memory, thrice; and in daily use."""

from __future__ import annotations

import json
import platform
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from evals.trust.cell.catalogue import ATTACKS, BY_NAME, SAMPLE
from evals.trust.cell.places import MEMORY, User, disk, file_system, folder_for, nobody, present_user
from evals.trust.cell.soak import soak
from evals.trust.lines import Line, Say, timed

UID_BASES = (262_144, 262_208, 262_272, 262_336)  # past those of real slots, whose processes count for their uid
_LONGEST_S = 600.0  # a worker ends its own attempts in time: this is for one that broke


@dataclass(frozen=True)
class SetUp:
    """Who, where, and which kernel uids: workers side by side must not count each other's processes."""

    user: User
    place: Path
    uid_base: int = UID_BASES[0]


def run(sample: bool, say: Say) -> list[Line]:
    """One line for each set-up, then those of everyday use."""
    machine = platform.machine()
    if machine != "x86_64":
        return [Line("cell", "attacks", reason=f"the programs know the system calls of x86_64, this is {machine}")]
    names = SAMPLE if sample else tuple(attack.program for attack in ATTACKS)
    lines: list[Line] = []
    with ExitStack() as stack:
        jobs = []
        for user, place in _set_ups(stack, sample, lines):
            line = Line("cell", f"{len(names)} attacks, {user.name}, {place}", needed=1.0)
            lines.append(line)
            jobs.append((line, SetUp(user, place, UID_BASES[len(jobs)])))
        with ThreadPoolExecutor(2 if sample else 4) as pool:
            list(pool.map(lambda job: _try_all(*job, names, 1 if sample else 3, say), jobs))
        lines += soak(present_user(), sample, say)
    return lines


def _set_ups(stack: ExitStack, sample: bool, lines: list[Line]) -> Iterator[tuple[User, Path]]:
    """Those that can be; a line of its own for each one that can't."""
    users: list[User] = [present_user()]
    if not sample:
        other = stack.enter_context(nobody())
        if isinstance(other, User):
            users.append(other)
        else:
            missing = "unprivileged" if users[0].uid == 0 else "root"
            lines.append(Line("cell", f"attacks, {missing}", reason=other))
    places = {"disk": disk()} if sample else {"disk": disk(), "memory": MEMORY if MEMORY.is_dir() else None}
    for name, place in places.items():
        if place is None:
            lines.append(Line("cell", f"attacks, {name}", reason=f"no folder for temporary files lies in {name} here"))
        for user in users if place else ():
            yield user, place


def _try_all(line: Line, where: SetUp, names: Sequence[str], repeats: int, say: Say) -> None:
    line.what = f"{len(names)} attacks x {repeats}, {where.user.name}, {file_system(where.place)} ({where.place})"
    facts: list[dict[str, Any]] = []
    with timed(line):
        try:
            for fact in answers(where, names, repeats):
                if "holds" in fact:
                    line.figures = "memory {memory}, pids {pids}".format(**fact["holds"])
                    continue
                facts.append(fact)
                line.saw(fact["attack"], "; ".join(fact["faults"]) or None)
        except WorkerBroke as problem:
            line.saw("the worker", str(problem))
        missed = len(names) * repeats - len(facts)
        line.of += missed
        line.faults += [f"{missed} attempts were not made"] if missed else []
    if facts:
        over, collected, memory = (max(fact[key] for fact in facts) for key in ("over", "collected", "memory"))
        line.figures += f"; at most {max(0.0, over):.2f} s past the time limit, {collected:.2f} s to collect"
        line.figures += f", {memory:.2f} of the memory limit"
    say(f"{line.what}: {line.held} of {line.of}")


class WorkerBroke(Exception):
    """The process that runs the attacks ended or fell silent."""


def answers(where: SetUp, names: Sequence[str], repeats: int = 1) -> Iterator[dict[str, Any]]:
    """What a worker says of each attempt, as it goes; WorkerBroke when it ends in any other way than by being done."""
    unknown = set(names) - BY_NAME.keys()
    assert not unknown, unknown  # noqa: S101
    with folder_for(where.user, where.place) as base, _worker(where.user) as (process, orders):
        asked = {"base": str(base), "runtime": str(where.user.runtime), "attacks": list(names), "repeats": repeats}
        orders.write(json.dumps(asked | {"uid_base": where.uid_base}))
        orders.close()
        for text in process.stdout or ():
            yield json.loads(text)
        if process.wait():
            said = process.stderr.read() if process.stderr else ""
            raise WorkerBroke(f"the worker ended with {process.returncode}: {said[-600:]}")


@contextmanager
def _worker(user: User) -> Iterator[tuple[subprocess.Popen[str], TextIO]]:
    """A process, and where it takes its orders; it ends with the block, or when it takes far too long."""
    with subprocess.Popen(
        user.command("evals.trust.cell.worker"), cwd="/", env=user.env, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        late = threading.Timer(_LONGEST_S, process.kill)
        late.start()
        try:
            assert process.stdin is not None  # noqa: S101
            yield process, process.stdin
        finally:
            late.cancel()
            process.kill()
