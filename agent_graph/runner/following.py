"""What a run tells, on record: heard again later, followed from another process, ended from there."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from agent_graph.artifacts import Event
from agent_graph.errors import Cancelled
from agent_graph.runner import records

EVENTS = "events.jsonl"  # of a run: one event a line, those of later revisions behind the first's
PAUSE_S = 0.2


def told(folder: Path, emit: Callable[[Event], None]) -> Callable[[Event], None]:
    """`emit`, which also puts each event on record, and ends a run that somebody wants to end with Cancelled."""

    def tell(event: Event) -> None:
        event = replace(event, at=round(time.time(), 3))
        with suppress(OSError):  # what is told is not the work: a full disk is met where the work is written
            line = json.dumps(asdict(event), ensure_ascii=False)
            file = os.open(folder / EVENTS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, f"{line}\n".encode())
            finally:
                os.close(file)
        emit(event)
        if asked_to_stop(folder):
            raise Cancelled("it was asked to stop")

    return tell


def asked_to_stop(folder: Path) -> bool:
    """Whether somebody wants the work in a run's folder to end."""
    return (folder / records.CANCEL).exists()


def events(name: str, *, follow: bool = False) -> Iterator[Event]:
    """What a project's runs have told, oldest first; `follow` goes on while a process works on it.

    BadInput without such a project. Lines that a kill has cut, or that another version wrote, are left out.
    """
    run = records.project(name).name
    path, place = records.runs_folder() / run / EVENTS, 0
    while True:
        going = follow and records.busy(run)  # asked first: what is written before the end is read after it
        lines, place = _lines(path, place)
        yield from filter(None, map(_event, lines))
        if not going:
            return
        time.sleep(PAUSE_S)


def cancel(name: str) -> bool:
    """Ask the process that works on a project to stop, which it does within moments; False when none does.

    The cell is closed, what is done stays, and `resume` goes on. BadInput without such a project.
    """
    run = records.project(name).name
    if not records.busy(run):
        return False
    (records.runs_folder() / run / records.CANCEL).touch()
    return True


def running(name: str) -> bool:
    """Whether a process works on a project. BadInput without such a project."""
    return records.busy(records.project(name).name)


def _lines(path: Path, place: int) -> tuple[list[bytes], int]:
    """Whole lines of a file from a place on, and where the next begins; from the start again where it was made anew."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < place:
                place = 0
            file.seek(place)
            text = file.read()
    except FileNotFoundError:
        return [], 0
    whole = text.rfind(b"\n") + 1
    return text[:whole].splitlines(), place + whole


def _event(line: bytes) -> Event | None:
    try:
        return Event(**json.loads(line))
    except (ValueError, TypeError):
        return None
