"""What this installation remembers of its projects: one small file each, written atomically."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ConfigDict, ValidationError

from agent_graph.artifacts import REPORT_SCHEMA, ROLE_NAMES, Artifact, ExecutionReport, RoleName, Specification
from agent_graph.errors import BadInput
from agent_graph.intake.specifying import project_name
from agent_graph.llm import JOURNAL
from agent_graph.settings import settings
from agent_graph.workspace import remove, write_atomic

T = TypeVar("T", bound=Artifact)
UNWRITABLE = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENOTDIR,
    errno.ENAMETOOLONG,
)  # fmt: skip
Status = Literal["running", "proven", "proven for a guess", "not proven", "stopped", "waiting"]
RUN, REQUEST, WORK, RETURN = "run.json", "request.json", "work.json", "return.json"
LOCK, SCRATCH, CANCEL = "lock", "scratch", "cancel"


class Run(Artifact):
    """One project as this installation remembers it."""

    name: str
    path: str
    status: Status
    started: str
    seconds: float
    report: str  # path of execution_report.json, "" until there is one
    question: str = ""  # what it answers, and how sure that is; "" until there is a report

    def _repr_html_(self) -> str:
        """Name, status and path, as a notebook shows them."""
        return f"<b>{escape(self.name)}</b>: {self.status}, {self.seconds:.0f} s, <code>{escape(self.path)}</code>"


class Request(Artifact):
    """What a run was asked for, so that it can go on in another process. No key is ever in it."""

    model_config = ConfigDict(extra="ignore")  # one of an earlier version says more

    specification: Specification
    path: str
    asking: str = ""  # JSON of `asking.Asking`; "" means playbooks
    review: tuple[str, ...] = ()
    guess: bool = False  # open questions are answered with the likeliest, and every verdict says so


class Underway(Artifact):
    """The work that is being done now; gone when it is on record as a revision."""

    revision: int
    role: str  # who was sent back; "" for all
    note: str
    began: str  # ISO 8601, UTC
    alternative: str = ""  # name of the workspace beside the user's folder
    alternative_to: int | None = None


class Return(Artifact):
    """The way back to a revision that is being gone now; gone itself when that is on record as a revision."""

    revision: int  # the number that it will have
    to: int
    taking_over: bool  # an alternative, which is put away then


def runs_folder() -> Path:
    """Where all runs are remembered."""
    return settings().state_dir / "runs"


def projects() -> tuple[Run, ...]:
    """All projects of this installation, newest first."""
    found = []
    for path in runs_folder().glob(f"*/{RUN}"):
        with suppress(BadInput):  # the others are there all the same
            found.append(_as_it_is(load(path.parent, Run, RUN)))
    return tuple(sorted((run for run in found if run), key=lambda run: run.started, reverse=True))


def project(name: str) -> Run:
    """One project by its name; BadInput when there is none."""
    run = _as_it_is(load(runs_folder() / project_name(name), Run, RUN))
    if run is None:
        known = ", ".join(run.name for run in projects()[:5]) or "none yet"
        raise BadInput(f"there is no project {name!r} here (known: {known})")
    return run


def _as_it_is(run: Run | None) -> Run | None:
    """A run that was killed could not say so: nobody works on it any more."""
    if run is None or run.status != "running" or busy(run.name):
        return run
    return run.model_copy(update={"status": "stopped"})


def report(name: str) -> ExecutionReport:
    """The execution report of a project; BadInput when it has none yet."""
    run = project(name)
    if not run.report or not Path(run.report).is_file():
        raise BadInput(f"{run.name} has no report yet (status: {run.status})")
    try:
        return ExecutionReport.model_validate_json(Path(run.report).read_text("utf-8"))
    except ValidationError as error:
        raise BadInput(f"{run.report} is no report of schema {REPORT_SCHEMA}; make the project anew") from error


def role_named(agent: str) -> RoleName:
    """The role that a person means, `ml-engineer` or `ml_engineer`. BadInput when there is none of that name."""
    name = agent.replace("-", "_")
    for role in ROLE_NAMES:
        if role == name:
            return role
    known = ", ".join(role.replace("_", "-") for role in ROLE_NAMES)
    raise BadInput(f"there is no agent {agent!r}; choose one of {known}")


def load(folder: Path, kind: type[T], name: str) -> T | None:
    """A file of a run's folder; None when it isn't there. BadInput when it is damaged or can't be read."""
    try:
        return kind.model_validate_json((folder / name).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BadInput(
            f"{folder / name} can't be read: {error.strerror}; give yourself the right to read it"
        ) from error
    except ValidationError as error:
        raise BadInput(f"{folder / name} is damaged; restore it from a backup, or remove {folder}") from error


def save(folder: Path, name: str, value: Artifact) -> None:
    """Write a file of a run's folder."""
    write_atomic(folder / name, value.model_dump_json(indent=1))


def _locked(path: Path) -> int | None:
    """The lock's file, ours now; None when it couldn't be had within a second.

    A killed process's child holds it until it has become git. Whoever leaves may remove it: then what was waited for
    keeps nobody out any more, and the file in its place is asked for.
    """
    until = time.monotonic() + 1.0
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # the folder went in between
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if _ours(handle, path):
                return handle
            time.sleep(0.05)
            os.close(handle)
        if time.monotonic() > until:
            return None


def _ours(handle: int, path: Path) -> bool:
    """Whether an open file could be locked at once and is still the one that others find there."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except (BlockingIOError, FileNotFoundError):
        return False


@contextmanager
def alone(name: str) -> Iterator[None]:
    """No other process works on this project meanwhile. BadInput when one does; of a run turned away nothing stays."""
    folder = runs_folder() / name
    with unwritable(name, folder):
        handle = _locked(folder / LOCK)
        if handle is None:
            raise BadInput(f"another process works on {name}; wait for it, or stop it first")
        try:
            (folder / CANCEL).unlink(missing_ok=True)  # of a run that ended before it was seen
            yield
        finally:
            try:
                (folder / CANCEL).unlink(missing_ok=True)
                _leave(folder)
            finally:
                os.close(handle)


def busy(name: str) -> bool:
    """Whether a process works on this project now."""
    try:
        handle = os.open(runs_folder() / name / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(handle)


@contextmanager
def unwritable(name: str, folder: Path) -> Iterator[None]:
    """A disk that is full, a folder that is read-only and their like are the user's to mend: BadInput says which."""
    try:
        yield
    except OSError as error:
        said = re.search(r"\(os error (\d+)\)", str(error))  # Polars gives the number in words only
        number = error.errno or (int(said[1]) if said else 0)
        if number not in UNWRITABLE:
            raise
        remedy = f"mend that, then go on with agent-graph resume {name}, or give the command again if nothing is there"
        raise BadInput(f"{error.filename or folder} can't be written: {os.strerror(number)}; {remedy}") from error


def _leave(folder: Path) -> None:
    """Remove a folder that holds nothing but its lock, which is held meanwhile."""
    if folder.is_dir() and [path.name for path in folder.iterdir()] == [LOCK]:
        remove(folder)


def sweep(folder: Path) -> None:
    """Remove what killed work left half made in a run's folder: checkouts, and drafts, whose names begin with a dot."""
    for path in [folder / SCRATCH, *folder.glob(".*")]:
        if path.is_dir() and not path.is_symlink():
            remove(path)
        else:
            path.unlink(missing_ok=True)


def finished(folder: Path) -> None:
    """The work is on record in all places: what is only needed to go on with it goes."""
    for name in (JOURNAL, WORK, RETURN):
        (folder / name).unlink(missing_ok=True)


def clear(folder: Path, wanted: Request | None = None) -> None:
    """Empty a run's folder, left by a project that the user removed, without letting go of its lock.

    Where the same was `wanted` before, and ended before there was a project, the answers that it had paid for stay.
    """
    same = wanted is not None and load(folder, Request, REQUEST) == wanted
    kept = {LOCK, *(each.name for each in folder.glob(f"{JOURNAL}*") if same)}
    for path in folder.iterdir():
        if path.name in kept:
            continue
        if path.is_dir() and not path.is_symlink():
            remove(path)
        else:
            path.unlink()


def now() -> str:
    """The moment, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
