"""A second answer beside the present one: its own working tree, checkpoints and stores, so that nothing is touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from agent_graph.context import Context
from agent_graph.errors import BadInput
from agent_graph.runner import records
from agent_graph.runner.recording import keep_stores
from agent_graph.runner.records import REQUEST, WORK, Request, Underway
from agent_graph.workspace import remove, revisions


def beside(context: Context, underway: Underway) -> tuple[Context, Underway]:
    """The surroundings of an alternative: its own working tree, checkpoints and stores, begun at what stands now.

    BadInput while agents are still to go on with another one.
    """
    if unfinished(context.folder):
        name = context.folder.name
        raise BadInput(f"an alternative of {name} isn't at its end; go on with agent-graph resume {name} first")
    _put_away_leftovers(context)
    standing = revisions.standing(context.folder)
    name = f"r{underway.revision}"
    folder = run_of(context.folder, name)
    folder.mkdir(parents=True, exist_ok=True)
    _copy_checkpoints(context.folder, folder)
    keep_stores(context.folder, folder)
    mark = {"alternative": name, "alternative_to": standing.number if standing else None}
    return within(context, name), underway.model_copy(update=mark)


def within(context: Context, name: str) -> Context:
    """The surroundings of an alternative that is there."""
    workspace = context.workspace.beside(name)
    return replace(context, folder=run_of(context.folder, name), home=context.folder, workspace=workspace)


def run_of(folder: Path, name: str) -> Path:
    """Where the checkpoints and stores of an alternative lie, in a run's folder."""
    return folder / "alternatives" / f"{name}.run"


def stopped_at(request: Request, folder: Path) -> tuple[Request, str]:
    """What a stopped alternative was asked for, and its name; as given, and "", when the project's own work is next."""
    name = "" if (folder / WORK).is_file() else unfinished(folder)
    asked = records.load(run_of(folder, name), Request, REQUEST) if name else None
    return asked or request, name


def unfinished(folder: Path) -> str:
    """Name of the alternative that agents were at work on when they were stopped; "" when there is none."""
    names = [path.parent.stem for path in (folder / "alternatives").glob(f"*.run/{WORK}")]
    return names[0] if names else ""


def _put_away_leftovers(context: Context) -> None:
    """What a kill left of alternatives before anybody worked on them; those on record stay."""
    known = {each.thread for each in revisions.all_of(context.folder)}
    for path in (context.folder / "alternatives").glob("*.run"):
        if path.stem not in known:
            context.workspace.put_away(path.stem)
            remove(path)  # last: by it a leftover is known


def _copy_checkpoints(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source / "checkpoints.db")) as one,
        closing(sqlite3.connect(target / "checkpoints.db")) as other,
    ):
        one.backup(other)
