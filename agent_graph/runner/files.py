"""The files of a project: whose they are, how large, and what is in them."""

from __future__ import annotations

import os
from pathlib import Path

from agent_graph.artifacts import Artifact
from agent_graph.errors import BadInput
from agent_graph.runner import records
from agent_graph.workspace import Workspace

MOST_BYTES = 2_000_000  # of a file that is shown


class ProjectFile(Artifact):
    """A file that is committed; `owner` is the role whose it is, "" for one that no agent owns."""

    path: str
    owner: str
    size: int  # bytes


def tree(name: str) -> tuple[ProjectFile, ...]:
    """The files of a project as committed, by path. BadInput when its repository is gone."""
    workspace = _workspace(name)
    owned = workspace.owned()
    return tuple(
        ProjectFile(path=path, owner=owned.get(path, ""), size=size)
        for path, size in sorted(workspace.sizes().items(), key=lambda each: os.fsencode(each[0]))
    )


def text(name: str, path: str) -> str:
    """A file of a project as committed. BadInput when there is none, or when it is no text that could be shown."""
    workspace = _workspace(name)
    size = workspace.sizes().get(path)
    if size is None:
        raise BadInput(f"{name} has no committed file {path!r}; agent-graph show {name} files lists them")
    if size > MOST_BYTES:
        raise BadInput(f"{path} has {size:,} bytes, too many to show; it lies in {workspace.path}")
    try:
        return workspace.text(path)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is no text; it lies in {workspace.path}") from error


def _workspace(name: str) -> Workspace:
    run = records.project(name)
    workspace = Workspace(Path(run.path), records.runs_folder() / run.name)
    if not (workspace.path / ".git").exists():
        raise BadInput(f"{workspace.path} is gone, or has no history yet")
    return workspace
