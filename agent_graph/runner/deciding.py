"""Which revision is in force: take over an alternative, go back to an earlier state. Nothing is lost by either."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from agent_graph import revisions
from agent_graph.artifacts import Usage
from agent_graph.context import Context, Event, silent
from agent_graph.errors import BadInput
from agent_graph.revisions import Revision, Work
from agent_graph.runner import records
from agent_graph.runner.executing import THREAD, context_for, graph, keep_stores, now, request_of, values_at
from agent_graph.runner.recording import PREDICTIONS, kept_in
from agent_graph.runner.records import RUN, Request, Run
from agent_graph.workspace import Workspace


def accept(name: str, number: int, *, emit: Callable[[Event], None] = silent) -> Revision:
    """Take over an alternative: its designs and files are the project's from now on. BadInput when it is none."""
    request = request_of(name)
    folder = records.runs_folder() / request.specification.name
    if revisions.one(folder, number).alternative_to is None:
        raise BadInput(f"revision {number} is no alternative; go back to it with agent-graph revert {name} {number}")
    name = revisions.one(folder, number).thread
    made = _bring_back(request, number, "take over", emit)
    Workspace(Path(request.path), folder).put_away(name)  # its commits stay, by their tags
    return made


def revert(name: str, number: int | None = None, *, emit: Callable[[Event], None] = silent) -> Revision:
    """Go back to a revision, by default the one before the present; the way back is on record as a revision of its own.

    The user's own edits stay; together with them the project isn't proven until a rerun does it. BadInput when there is
    no such revision or none before the present one.
    """
    request = request_of(name)
    folder = records.runs_folder() / request.specification.name
    if number is None:
        number = _before(folder, request.specification.name)
    return _bring_back(request, number, "return to", emit)


def _before(folder: Path, name: str) -> int:
    """The revision before the present one; a return counts as what it returned to, so that reverting twice goes on."""
    chain = [each for each in revisions.all_of(folder) if each.alternative_to is None and each.reverted_to is None]
    standing = revisions.standing(folder)
    present = (standing.reverted_to or standing.number) if standing else 0
    earlier = [each.number for each in chain if each.number < present]
    if not earlier:
        raise BadInput(f"{name} has no revision before the present one")
    return earlier[-1]


def _bring_back(request: Request, number: int, what: str, emit: Callable[[Event], None]) -> Revision:
    started = time.monotonic()
    with records.alone(request.specification.name):
        context = context_for(request, emit)
        wanted, standing = revisions.one(context.folder, number), revisions.standing(context.folder)
        if standing is not None and (standing.number == number or standing.reverted_to == number):
            raise BadInput(f"revision {number} is in force already")
        context.workspace.adopt_edits()
        revisions.restore(context.workspace, number, f"agent-graph: {what} revision {number}")
        checkpoint = _state_of(context, wanted)
        keep_stores(kept_in(context.folder, number), context.folder)
        work = _work(context, wanted, checkpoint, time.monotonic() - started)
        texts = (revisions.DESIGNS, revisions.REPORT)
        files = {name: revisions.text_of(context.folder, number, name) for name in texts}
        made = revisions.record(context.workspace, work, files)
        _keep_again(context, number, made.number)
        run = records.load(context.folder, Run, RUN)
        if run is not None:
            records.save(context.folder, RUN, run.model_copy(update={"status": made.verdict}))
    emit(Event("report", "", f"revision {made.number}: {what} revision {number}"))
    return made


def _state_of(context: Context, wanted: Revision) -> str:
    """Make the state of that revision the run's present one; its checkpoint."""
    source = context.folder / "alternatives" / f"{wanted.thread}.run" if wanted.thread else context.folder
    with graph(source) as built:
        values = values_at(built, wanted.checkpoint_id)
    if not values:
        raise BadInput(f"the state of revision {wanted.number} is gone from {source}")
    number = max(each.number for each in revisions.all_of(context.folder)) + 1
    with graph(context.folder) as built:
        changed = built.update_state(THREAD, {**values, "revision": number}, as_node="report")
    return str(changed["configurable"]["checkpoint_id"])


def _work(context: Context, wanted: Revision, checkpoint: str, seconds: float) -> Work:
    facts = {name: value for name, value in dict(wanted).items() if name in Work.model_fields}
    as_proven = context.workspace.tree() == wanted.tree  # the user's edits since then were proven with nothing
    return Work(
        **{
            **facts,
            "verdict": wanted.verdict if as_proven else "not proven",
            "seconds": round(seconds, 1),
            "usage": Usage(),
            "created": now(),
            "commit": context.workspace.head(),
            "agents_commit": context.workspace.agents_head(),
            "tree": context.workspace.tree(),
            "checkpoint_id": checkpoint,
            "thread": "",
            "alternative_to": None,
            "reverted_to": wanted.number,
        }
    )


def _keep_again(context: Context, former: int, latter: int) -> None:
    source, target = kept_in(context.folder, former), kept_in(context.folder, latter)
    target.mkdir(parents=True, exist_ok=True)
    keep_stores(source, target)
    if (source / PREDICTIONS).is_file():
        (target / PREDICTIONS).write_bytes((source / PREDICTIONS).read_bytes())
