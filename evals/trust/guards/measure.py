"""Negative controls: each guard of the cell is taken away in turn, and at least one attack has to get out."""

from __future__ import annotations

import dataclasses
import os
import queue
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from agent_graph.sandbox import Sandbox
from evals.trust.cell.measure import UID_BASES, SetUp, WorkerBroke, answers
from evals.trust.cell.places import User, copy_package, disk, folder_for, nobody, present_user
from evals.trust.cell.soak import kill_one
from evals.trust.guards.catalogue import GUARDS, KILLED, QUIET, SAMPLE, UNTRIED, Edit, Guard
from evals.trust.lines import Line, Say, timed

_LANES = 3
_BUSY = 3  # processes that want to run, for each processor


def run(sample: bool, say: Say) -> list[Line]:
    """One line for each user whom guards protect."""
    untried = dict(UNTRIED)
    if (load := os.getloadavg()[0]) > _BUSY * (os.cpu_count() or 1):
        untried |= dict.fromkeys(QUIET, f"the machine is too busy to tell (load {load:.0f})")
    chosen = [guard for guard in GUARDS if guard.name in SAMPLE or not sample]
    chosen = [guard for guard in chosen if guard.name not in untried]
    place = disk()
    if place is None:
        return [Line("guards", "guards taken away", reason="no folder for temporary files lies on disk here")]
    present = present_user()
    mine = [guard for guard in chosen if guard.user in ("", present.name)]
    others = [guard for guard in chosen if guard not in mine]
    lines = [_line(mine, present, place, say)]
    lines += [Line("guards", name, reason=why) for name, why in untried.items() if not sample]
    with nobody() as other:
        if isinstance(other, User):
            lines.append(_line(others, other, place, say))
        else:
            lines.append(Line("guards", f"{len(others)} guards of another user", reason=other))
    return lines


def _line(guards: list[Guard], user: User, place: Path, say: Say) -> Line:
    line = Line("guards", f"{len(guards)} guards taken away in turn, {user.name}: noticed")
    lanes: queue.SimpleQueue[int] = queue.SimpleQueue()
    for base in UID_BASES[:_LANES]:
        lanes.put(base)

    def one(guard: Guard) -> str | None:
        base = lanes.get()
        try:
            return unnoticed(guard, SetUp(user, place, base))
        finally:
            lanes.put(base)

    with timed(line), ThreadPoolExecutor(_LANES) as pool:
        for guard, fault in zip(guards, pool.map(one, guards), strict=True):
            line.saw(guard.name, fault)
            if line.of % 10 == 0:
                say(f"{line.held} of {line.of} guards noticed")
    return line


def unnoticed(guard: Guard, where: SetUp) -> str | None:
    """None when an attack got out without this guard; else what happened instead."""
    try:
        with _without(guard, where.user) as weak:
            weakened = dataclasses.replace(where, user=weak)
            return _killed(weakened) if guard.attacks == (KILLED,) else _attacked(guard, weakened)
    except (WorkerBroke, _GuardMoved) as problem:
        return str(problem)


def _attacked(guard: Guard, where: SetUp) -> str | None:
    seen = [fault for fact in answers(where, guard.attacks) for fault in fact.get("faults", [])]
    if any(guard.sign in fault for fault in seen):
        return None
    return f"not noticed by {', '.join(guard.attacks)}" + (f", which saw only {seen}"[:500] if seen else "")


def _killed(where: SetUp) -> str | None:
    with folder_for(where.user, where.place) as base:
        sandbox = Sandbox(where.user.runtime, run_dir=base / "run")
        fault = kill_one(sandbox, where.user, base / "run", "run", None).fault
    return None if fault and "outlived" in fault else f"not noticed when the supervisor was killed: {fault}"


class _GuardMoved(Exception):
    """The text to edit isn't where the catalogue says."""


@contextmanager
def _without(guard: Guard, user: User) -> Iterator[User]:
    """The user, with a copy of the package in which the guard is missing."""
    lib = Path(tempfile.mkdtemp(prefix="agent-graph-weak-"))
    try:
        lib.chmod(0o755)
        copy_package(lib)
        for edit in guard.edits:
            _apply(edit, lib / "agent_graph/sandbox" / edit.file)
        yield dataclasses.replace(user, env={**user.env, "PYTHONPATH": str(lib)})
    finally:
        shutil.rmtree(lib)


def _apply(edit: Edit, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise _GuardMoved(f"{edit.file} holds {edit.old!r} {text.count(edit.old)} times: mend the catalogue")
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
