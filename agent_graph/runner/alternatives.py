"""A second answer beside the present one: its own working tree, checkpoints and stores, so that nothing is touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from agent_graph import revisions
from agent_graph.context import Context
from agent_graph.runner.executing import keep_stores
from agent_graph.runner.records import Underway


def beside(context: Context, underway: Underway) -> tuple[Context, Underway]:
    """The surroundings of an alternative: its own working tree, checkpoints and stores, begun at what stands now."""
    standing = revisions.standing(context.folder)
    name = f"r{underway.revision}"
    folder = context.folder / "alternatives" / f"{name}.run"
    folder.mkdir(parents=True, exist_ok=True)
    _copy_checkpoints(context.folder, folder)
    keep_stores(context.folder, folder)
    workspace = context.workspace.beside(name)
    mark = {"alternative": name, "alternative_to": standing.number if standing else None}
    return replace(context, folder=folder, home=context.folder, workspace=workspace), underway.model_copy(update=mark)


def _copy_checkpoints(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source / "checkpoints.db")) as one,
        closing(sqlite3.connect(target / "checkpoints.db")) as other,
    ):
        one.backup(other)
