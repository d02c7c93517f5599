"""Which revision is in force: take over an alternative, go back to an earlier state. Nothing is lost by either."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent_graph.artifacts import Event, ExecutionReport, Usage, silent
from agent_graph.context import Context
from agent_graph.errors import AgentGraphError, BadInput
from agent_graph.runner import records
from agent_graph.runner.alternatives import run_of
from agent_graph.runner.checkpoints import THREAD, graph, values_at
from agent_graph.runner.executing import Outcome, context_for, request_of
from agent_graph.runner.recording import PREDICTIONS, keep_stores, kept_in
from agent_graph.runner.records import RETURN, RUN, WORK, Request, Return, Status, now
from agent_graph.workspace import copy_linked, revisions
from agent_graph.workspace.revisions import Revision, Work


def accept(name: str, number: int, *, emit: Callable[[Event], None] = silent) -> Revision:
    """Take over an alternative: its designs and files are the project's from now on. BadInput when it is none.

    Killed, it is finished by the same call again, or by `resume`.
    """
    request = request_of(name)
    folder = records.runs_folder() / request.specification.name
    if revisions.one(folder, number).alternative_to is None:
        raise BadInput(f"revision {number} is no alternative; go back to it with agent-graph revert {name} {number}")
    return _bring_back(request, number, emit, taking_over=True)


def revert(name: str, number: int | None = None, *, emit: Callable[[Event], None] = silent) -> Revision:
    """Go back to a revision, by default the one before the present; the way back is on record as a revision of its own.

    The user's own edits stay; together with them the project isn't proven until a rerun does it. Killed, it is finished
    by the same call again, or by `resume`. BadInput when there is no such revision or none before the present one, and
    while other work is to be gone on with.
    """
    return _bring_back(request_of(name), number, emit, taking_over=False)


def finish_return(request: Request, context: Context, back: Return) -> Outcome:
    """Go on with a return that was stopped, to what it comes to."""
    made = _go_back(request, context, back)
    report = ExecutionReport.model_validate_json(revisions.text_of(context.folder, made.number, revisions.REPORT))
    if made.verdict != report.verdict:
        reason = f"revision {back.to} came back beside your own edits; a rerun proves them together"
        report = report.model_copy(update={"verdict": made.verdict, "reason": reason})
    return Outcome(records.project(request.specification.name), report, made.number)


def _bring_back(request: Request, number: int | None, emit: Callable[[Event], None], *, taking_over: bool) -> Revision:
    with records.alone(request.specification.name):
        context = context_for(request, emit)
        back = records.load(context.folder, Return, RETURN)
        if back is None and not (context.folder / WORK).is_file():
            back = _begun(request, context, number, taking_over=taking_over)
        elif back is None or back.taking_over != taking_over or number not in (None, back.to):
            name = request.specification.name
            raise BadInput(f"{name} isn't at its end; go on with agent-graph resume {name} first")
        return _go_back(request, context, back)


def _begun(request: Request, context: Context, number: int | None, *, taking_over: bool) -> Return:
    """The return as it is about to begin: everything that it needs is there, and nothing is changed yet."""
    number = _before(context.folder, request.specification.name) if number is None else number
    wanted, standing = revisions.one(context.folder, number), revisions.standing(context.folder)
    if standing is not None and number in (standing.number, standing.reverted_to):
        raise BadInput(f"revision {number} is in force already")
    if not (kept := kept_in(context.folder, number)).is_dir():
        raise BadInput(f"{kept} is gone, so revision {number} can't come back; restore it from a backup")
    _values(context, wanted)
    context.workspace.adopt_edits()
    latest = max(each.number for each in revisions.all_of(context.folder))
    return Return(revision=latest + 1, to=number, taking_over=taking_over)


def _before(folder: Path, name: str) -> int:
    """The revision before the present one; a return counts as what it returned to, so that reverting twice goes on."""
    chain = [each for each in revisions.all_of(folder) if each.alternative_to is None and each.reverted_to is None]
    standing = revisions.standing(folder)
    present = (standing.reverted_to or standing.number) if standing else 0
    earlier = [each.number for each in chain if each.number < present]
    if not earlier:
        raise BadInput(f"{name} has no revision before the present one")
    return earlier[-1]


def _go_back(request: Request, context: Context, back: Return) -> Revision:
    """Every step can be taken again: whoever is killed in between goes on by taking all of them."""

    def remember(status: Status) -> None:
        run = records.project(request.specification.name)
        records.save(context.folder, RUN, run.model_copy(update={"status": status}))

    try:
        records.sweep(context.folder)
        records.save(context.folder, RETURN, back)
        remember("running")
        known = (each for each in revisions.all_of(context.folder) if each.number == back.revision)
        made = next(known, None) or _on_record(context, back)
        if back.taking_over:
            context.workspace.put_away(revisions.one(context.folder, back.to).thread)  # its commits stay, by their tags
        remember(made.verdict)
        records.finished(context.folder)
    except (AgentGraphError, OSError, KeyboardInterrupt):
        with suppress(OSError):  # a full disk: the status stays as it was
            remember("stopped")
        raise
    context.emit(Event("report", "", f"revision {made.number}: {_what(back)}"))
    return made


def _what(back: Return) -> str:
    return f"{'take over' if back.taking_over else 'return to'} revision {back.to}"


def _on_record(context: Context, back: Return) -> Revision:
    """Bring back files, state and stores of a revision, keep them for later returns, and then put that on record."""
    started, wanted = time.monotonic(), revisions.one(context.folder, back.to)
    context.workspace.adopt_edits()
    revisions.restore(context.workspace, back.to, f"agent-graph: {_what(back)}")
    values, kept = _values(context, wanted), kept_in(context.folder, back.to)
    with graph(context.folder) as built:
        changed = built.update_state(THREAD, {**values, "revision": back.revision}, as_node="report")
    keep_stores(kept, context.folder)
    _proof_back(kept, context.folder)
    copy_linked(kept, kept_in(context.folder, back.revision))
    checkpoint = str(changed["configurable"]["checkpoint_id"])
    texts = (revisions.DESIGNS, revisions.REPORT)
    files = {name: revisions.text_of(context.folder, back.to, name) for name in texts}
    return revisions.record(context.workspace, _work(context, wanted, checkpoint, time.monotonic() - started), files)


def _values(context: Context, wanted: Revision) -> Mapping[str, Any]:
    """The state that a revision ended in. BadInput when it is gone."""
    source = run_of(context.folder, wanted.thread) if wanted.thread else context.folder
    with graph(source) as built:
        values = values_at(built, wanted.checkpoint_id)
    if not values:
        raise BadInput(f"the state of revision {wanted.number} is gone from {source}; restore it from a backup")
    return values


def _proof_back(kept: Path, folder: Path) -> None:
    """The predictions in the proof's folder are the returned revision's: a proof that still holds is kept with them."""
    draft, proof = folder / f".{PREDICTIONS}", folder / "proof" / PREDICTIONS
    proof.parent.mkdir(exist_ok=True)
    if (kept / PREDICTIONS).is_file():
        shutil.copyfile(kept / PREDICTIONS, draft)
        os.replace(draft, proof)
    else:
        proof.unlink(missing_ok=True)


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
