"""The checkpoints of a run: the graph with its own database, and the state at a moment of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_graph.errors import BadInput

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

REMEDIES = {  # what SQLite says -> what helps
    "locked": "another program holds it; end that, then go on with agent-graph resume",
    "full": "make room, then go on with agent-graph resume",
    **dict.fromkeys(("malformed", "not a database"), "restore it, or move it and the project away and make that anew"),
}
THREAD: RunnableConfig = {"configurable": {"thread_id": "run"}, "recursion_limit": 300}  # each run has its own database


@contextmanager
def graph(folder: Path) -> Iterator[Any]:
    """The graph with this run's checkpoints."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    from agent_graph.graph import build_graph

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "checkpoints.db"
    try:
        with closing(sqlite3.connect(path, check_same_thread=False)) as connection:
            yield build_graph(SqliteSaver(connection))
    except sqlite3.Error as error:
        remedy = next((words for sign, words in REMEDIES.items() if sign in str(error)), "see that it can be written")
        raise BadInput(f"the state of the run, {path}, can't be used ({error}): {remedy}") from error


def values_at(built: Any, checkpoint: str) -> dict[str, Any]:
    """The state at one moment of a run; {} when it is gone. What was written to it later doesn't count."""
    from agent_graph.state import RunState

    place = {**THREAD["configurable"], "checkpoint_id": checkpoint, "checkpoint_ns": ""}
    found = built.checkpointer.get_tuple({"configurable": place})
    channels = found.checkpoint["channel_values"] if found else {}
    return {key: value for key, value in channels.items() if key in RunState.__annotations__}
