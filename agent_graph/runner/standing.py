"""Where a project stands: at its end, or with work under way that can be gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_graph.artifacts import ROLE_NAMES, RoleName, UserEdit
from agent_graph.context import Context
from agent_graph.errors import BadInput
from agent_graph.runner import records
from agent_graph.runner.checkpoints import THREAD, graph
from agent_graph.runner.executing import first_input
from agent_graph.runner.records import RETURN, WORK, Request, Underway, now
from agent_graph.workspace import revisions


def at_its_end(context: Context, name: str) -> dict[str, Any]:
    """The state of a run that came to its end."""
    if not (context.workspace.path / ".git").exists():
        raise BadInput(f"{context.workspace.path} is gone, so {name} can't be worked on; make it anew")
    with graph(context.folder) as built:
        snapshot = built.get_state(THREAD)
    left = records.load(context.folder, Underway, WORK)
    unrecorded = left is not None and left.revision <= snapshot.values.get("revision", 0)
    unrecorded = unrecorded or (context.folder / RETURN).is_file()
    if snapshot.next or "report" not in snapshot.values or unrecorded:
        raise BadInput(f"{name} isn't at its end; go on with agent-graph resume {name} first")
    _same_graph(snapshot.values, name)
    return dict(snapshot.values)


def what_is_left(request: Request, context: Context, answer: Mapping[str, Any] | None) -> tuple[Underway, Any]:
    """The work that was under way, and what the graph goes on with."""
    name = request.specification.name
    underway = records.load(context.folder, Underway, WORK) or Underway(revision=1, role="", note="", began=now())
    with graph(context.folder) as built:
        snapshot = built.get_state(THREAD)
    if not snapshot.values or (not snapshot.next and "report" not in snapshot.values):
        return underway, first_input(request)
    _same_graph(snapshot.values, name)
    if snapshot.next:
        stopped = [each for task in snapshot.tasks for each in task.interrupts]
        if answer is not None and (not stopped or "review" not in stopped[0].value):
            raise BadInput(f"{name} doesn't wait for an approval; resume it without one")
        return underway, None
    if (context.folder / WORK).is_file():
        if snapshot.values["revision"] < underway.revision:  # killed before the graph took the note
            (context.folder / WORK).unlink()
            raise BadInput(f"the rerun of {name} was stopped before it began; give it again")
        return underway, None  # killed after the report, before it was on record
    return _after_cap(name, snapshot.values, context)


def _after_cap(name: str, values: Mapping[str, Any], context: Context) -> tuple[Underway, Any]:
    from agent_graph.state import authorship_of

    capped = [each for each in ROLE_NAMES if (made := values.get(authorship_of(each))) and made.capped]
    if not capped:
        raise BadInput(f"{name} is at its end; send an agent back with agent-graph rerun {name} --agent … --feedback …")
    number = next_number(values, context)
    underway = Underway(revision=number, role="", note="after a cap", began=now())
    return underway, going_to(capped[0], {"revision": number, "user_edits": adopted_edits(context)})


def _same_graph(values: Mapping[str, Any], name: str) -> None:
    from agent_graph.state import GRAPH_VERSION

    if values.get("graph_version") != GRAPH_VERSION:
        raise BadInput(f"{name} was made by another version of agent-graph, so it can't go on; make it anew")


def next_number(values: Mapping[str, Any], context: Context) -> int:
    """Number of the work that is about to begin."""
    present: int = values["revision"]
    return max([present, *(each.number for each in revisions.all_of(context.folder))]) + 1


def adopted_edits(context: Context) -> tuple[UserEdit, ...]:
    """What the user changed of the agents' files; what they haven't committed is committed under their name."""
    owned = context.workspace.owned()
    paths = [path for path in context.workspace.adopt_edits() if owned.get(path) in ROLE_NAMES]
    texts = context.workspace.edits(paths)
    return tuple(UserEdit(path=path, owner=owned[path], text=text) for path, text in sorted(texts.items()))


def going_to(start: RoleName, update: Mapping[str, Any]) -> Any:
    from langgraph.types import Command

    return Command(goto=start, update=dict(update))
