"""Revisions: every time agents worked, with what it scored, what it cost, and the commits that bring it back."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from agent_graph.artifacts import Artifact, ProjectVerdict, Usage
from agent_graph.errors import AgentGraphError, BadInput
from agent_graph.workspace import Workspace, remove, write_atomic
from agent_graph.workspace.files import read_json, write_json
from agent_graph.workspace.git import alone

DESIGNS, REPORT = "designs.json", "execution_report.json"
_FOLDER = re.compile(r"[0-9]{4,}")


class Work(Artifact):
    """What agents did in one go, before it has a number."""

    role: str  # who worked; "" when all did
    note: str  # the feedback that it answers, "" when there was none
    author: str  # as reported: "playbook", "openai:NAME"
    verdict: ProjectVerdict
    metric: str
    score: float | None  # of the sealed rows, in the metric's unit
    score_noise: float | None  # its standard error
    checks_passed: int
    checks_failed: int
    usage: Usage
    seconds: float
    created: str  # ISO 8601, UTC
    commit: str  # of the whole project
    agents_commit: str
    tree: str
    checkpoint_id: str  # LangGraph's
    thread: str
    alternative_to: int | None  # the revision beside which this is a second answer
    looked: int  # how often the sealed rows have been scored so far, this time included
    reverted_to: int | None  # the revision whose work this one brings back


class Revision(Work):
    """Work that is on record, by its number: 1, 2, …"""

    number: int


class FileChange(Artifact):
    """One file that differs between two revisions. Lines are None for a file that isn't text."""

    path: str
    owner: str  # "" for a file that no agent owns
    kind: Literal["added", "removed", "changed"]
    added: int | None
    removed: int | None
    text: str  # unified diff


class FileChanges(Artifact):
    """What differs between two revisions, by path."""

    before: int
    after: int
    files: tuple[FileChange, ...]


def record(workspace: Workspace, work: Work, files: Mapping[str, str], *, made_in: Workspace | None = None) -> Revision:
    """Put work on record with its texts (`designs.json`, `execution_report.json`): all of it or nothing.

    `made_in` is the workspace of an alternative; its ledger is copied then. Tags `agent-graph/rN` and `rN-agents` keep
    the commits in the repository. BadInput when it doesn't have them.
    """
    for name in files:
        if name not in (DESIGNS, REPORT):
            raise AgentGraphError(f"{name!r} is no file of a revision; it has {DESIGNS} and {REPORT}")
    home, source = workspace.record / "revisions", made_in or workspace
    with alone(home):
        number = max((each.number for each in all_of(workspace.record)), default=0) + 1
        revision = Revision(number=number, **dict(work))
        workspace.keep(f"agent-graph/r{number}", revision.commit)
        workspace.keep(f"agent-graph/r{number}-agents", revision.agents_commit)
        for left in home.glob(".draft-*"):  # by a killed call
            remove(left)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=home))
        for name, text in files.items():
            write_atomic(draft / name, text)
        write_json(draft / "owned.json", source.owned())
        write_json(draft / "lent.json", source.lent())
        write_atomic(draft / "revision.json", revision.model_dump_json(indent=1))
        os.rename(draft, home / f"{number:04}")
    return revision


def all_of(folder: Path) -> tuple[Revision, ...]:
    """All revisions of a run's folder, oldest first. BadInput when one can't be read."""
    found = []
    for path in (folder / "revisions").glob("*/revision.json"):
        if _FOLDER.fullmatch(path.parent.name):
            try:
                found.append(Revision.model_validate_json(path.read_text("utf-8")))
            except ValidationError as error:
                raise BadInput(f"{path} is no revision of this version; move {path.parent} away") from error
    return tuple(sorted(found, key=lambda revision: revision.number))


def one(folder: Path, number: int) -> Revision:
    """The revision of that number. BadInput, with the known ones, when there is none."""
    known = all_of(folder)
    for revision in known:
        if revision.number == number:
            return revision
    numbers = ", ".join(str(revision.number) for revision in known) or "none yet"
    raise BadInput(f"there is no revision {number} (known: {numbers})")


def standing(folder: Path) -> Revision | None:
    """The revision in force: the newest that isn't an alternative; None when there is none yet.

    An alternative that is taken over, and an earlier revision that is returned to, come into force as a revision of
    their own that names them in `reverted_to`.
    """
    return next((each for each in reversed(all_of(folder)) if each.alternative_to is None), None)


def text_of(folder: Path, number: int, name: str) -> str:
    """A text kept with a revision. BadInput when it has none of that name."""
    path = _home(folder, one(folder, number).number) / name
    if name not in (DESIGNS, REPORT) or not path.is_file():
        raise BadInput(f"revision {number} has no {name}")
    return path.read_text("utf-8")


def restore(workspace: Workspace, number: int, message: str) -> str:
    """Bring back the agents' work of a revision in a new commit; returns the project's. The user's edits stay."""
    revision, home = one(workspace.record, number), _home(workspace.record, number)
    owned, lent = read_json(home / "owned.json"), read_json(home / "lent.json")
    return workspace.restore(revision.agents_commit, owned, lent, message)


def diff(workspace: Workspace, before: Revision, after: Revision, owner: str | None = None) -> FileChanges:
    """How the project differs between two revisions; with an owner, only in files that are its own on either side."""
    return FileChanges(before=before.number, after=after.number, files=tuple(_changes(workspace, before, after, owner)))


def _changes(workspace: Workspace, before: Revision, after: Revision, owner: str | None) -> Iterator[FileChange]:
    former, latter = (read_json(_home(workspace.record, each.number) / "owned.json") for each in (before, after))
    for change in workspace.changes(before.commit, after.commit):
        owners = (latter.get(change.path, ""), former.get(change.path, ""))
        if owner is None or owner in owners:
            yield FileChange(
                path=change.path,
                owner=owners[0] or owners[1],
                kind=change.kind,
                added=change.added,
                removed=change.removed,
                text=change.text,
            )


def _home(folder: Path, number: int) -> Path:
    return folder / "revisions" / f"{number:04}"
