"""Work on a project that is there: send one agent back, go on where a run stopped."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from agent_graph import revisions, specifying
from agent_graph.artifacts import ROLE_NAMES, Note, RoleName, UserEdit
from agent_graph.context import Context, Event, silent
from agent_graph.errors import BadInput
from agent_graph.runner import records
from agent_graph.runner.alternatives import beside
from agent_graph.runner.executing import (
    THREAD,
    Ask,
    Decide,
    Outcome,
    People,
    context_for,
    first_input,
    graph,
    now,
    request_of,
    waits,
    with_models,
    work,
)
from agent_graph.runner.making import checked_reviews
from agent_graph.runner.records import WORK, Request, Underway

if TYPE_CHECKING:
    from agent_graph.asking import Asking


def rerun(
    name: str,
    agent: str,
    feedback: str = "",
    *,
    forget: bool = False,
    alternative: bool = False,
    asking: Asking | None = None,
    review: Collection[str] = (),
    decide: Decide | None = None,
    emit: Callable[[Event], None] = silent,
) -> Outcome:
    """Send one agent back with a note; only it works, then what depends on what it changed.

    The note stays with its role until `forget` withdraws what was said before. The user's edits are kept and shown to
    the roles whose files they are in. `alternative` makes the answer beside the present one (`accept` takes it over).
    `asking` replaces the models of the project. BadInput when there is nothing to do, MergeConflict when the agents'
    work and the user's edits meet in the same lines: both are kept then.
    """
    specifying.said("feedback", feedback)
    role, said, request = records.role_named(agent), " ".join(feedback.split()), request_of(name)
    name = request.specification.name
    request = _revised(request, asking, review)
    with records.alone(name):
        context = context_for(request, emit)
        values = _finished(context, name)
        update = _update(role, said, values, context, forget=forget)
        edits = tuple(values.get("user_edits", ()))  # a checkpoint gives lists back
        if not (said or forget or asking or update["user_edits"] != edits):
            raise BadInput("nothing would change: give --feedback, --forget or --model, or edit the project first")
        first: RoleName = "data_scientist" if "problem" in update else role  # who judges by another metric
        start = _start({role, first}, edits, update["user_edits"])
        underway = Underway(revision=update["revision"], role=role, note=said, began=now())
        if alternative:
            context, underway = beside(context, underway)
        with with_models(request, context):
            return work(request, context, underway, _going_to(start, update), People(None, decide))


def resume(
    name: str,
    *,
    asking: Asking | None = None,
    assume_yes: bool = False,
    answer: Mapping[str, Any] | None = None,
    ask: Ask | None = None,
    decide: Decide | None = None,
    emit: Callable[[Event], None] = silent,
) -> Outcome:
    """Go on where a run stopped: after a crash, Ctrl-C, a conflict, an unanswered question, a review, or a cap.

    `answer` is a review's answer (see `approval`). What was done before is not done again. After a cap, `asking` with a
    higher one lets the model work on the roles that it couldn't. BadInput when there is nothing to go on with.
    """
    request = request_of(name)
    name = request.specification.name
    request = _revised(request, asking, request.review)
    if assume_yes:
        request = request.model_copy(update={"assume_yes": True})
    with records.alone(name):
        context = context_for(request, emit)
        underway, given = _left(request, context, answer)
        people = _people(answer, ask, decide)
        with with_models(request, context):
            return work(request, context, underway, given, people)


def _people(answer: Mapping[str, Any] | None, ask: Ask | None, decide: Decide | None) -> People:
    """An answer given beforehand holds for the first stop alone."""
    given = [answer] if answer is not None else []

    def first(payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if given:
            return given.pop()
        if decide is None:
            raise waits(payload)
        return decide(payload)

    return People(ask, first if answer is not None else decide)


def _revised(request: Request, asking: Asking | None, review: Collection[str]) -> Request:
    models = asking.model_dump_json() if asking is not None and asking.models else request.asking
    return request.model_copy(update={"asking": models, "review": checked_reviews(review)})


def _finished(context: Context, name: str) -> dict[str, Any]:
    """The state of a run that came to its end."""
    if not (context.workspace.path / ".git").exists():
        raise BadInput(f"{context.workspace.path} is gone, so {name} can't be worked on; make it anew")
    with graph(context.folder) as built:
        snapshot = built.get_state(THREAD)
    left = records.load(context.folder, Underway, WORK)
    unrecorded = left is not None and left.revision <= snapshot.values.get("revision", 0)
    if snapshot.next or "report" not in snapshot.values or unrecorded:
        raise BadInput(f"{name} isn't at its end; go on with agent-graph resume {name} first")
    _same_graph(snapshot.values, name)
    return dict(snapshot.values)


def _same_graph(values: Mapping[str, Any], name: str) -> None:
    from agent_graph.state import GRAPH_VERSION

    if values.get("graph_version") != GRAPH_VERSION:
        raise BadInput(f"{name} was made by another version of agent-graph, so it can't go on; make it anew")


def _update(role: RoleName, said: str, values: Mapping[str, Any], context: Context, *, forget: bool) -> dict[str, Any]:
    """What the rerun changes of the state: the notes, the user's edits, the revision's number."""
    from agent_graph import feedback
    from agent_graph.artifacts import Review, SignOff
    from agent_graph.state import inputs_of, notes_of, review_of
    from agent_graph.team import BY_NAME

    number = _next(values, context)
    known = [note for each in ROLE_NAMES for note in notes_of(each, values)]  # type: ignore[arg-type]
    notes = [note for note in known if not (forget and note.role == role)]
    update: dict[str, Any] = {"revision": number, "sign_off": SignOff(), "user_edits": _edits(context)}
    for each in ROLE_NAMES:  # their notes are the project's now
        review = values.get(review_of(each), Review())
        update[review_of(each)] = review.model_copy(update={"notes": ()})
    if said:
        note = Note(role=role, text=said, revision=number)
        notes.append(note)
        inputs = inputs_of(BY_NAME[role], values)  # type: ignore[arg-type]
        for wanted in feedback.understand(note, inputs)[0]:
            if wanted.kind == "metric" and wanted.value:
                update |= _judged_by(wanted.value, values)
    return {**update, "notes": tuple(notes)}


def _next(values: Mapping[str, Any], context: Context) -> int:
    """Number of the work that is about to begin."""
    present: int = values["revision"]
    return max([present, *(each.number for each in revisions.all_of(context.folder))]) + 1


def _judged_by(metric: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The question with another metric; the rows that are sealed stay the same."""
    from agent_graph import framing

    problem = framing.with_metric(values["problem"], metric)
    return {"problem": problem} if problem is not None else {}


def _edits(context: Context) -> tuple[UserEdit, ...]:
    """What the user changed of the agents' files; what they haven't committed is committed under their name."""
    owned = context.workspace.owned()
    paths = [path for path in context.workspace.adopt_edits() if owned.get(path) in ROLE_NAMES]
    texts = context.workspace.edits(paths)
    return tuple(UserEdit(path=path, owner=owned[path], text=text) for path, text in sorted(texts.items()))


def _start(roles: Collection[str], before: tuple[UserEdit, ...], after: tuple[UserEdit, ...]) -> RoleName:
    """Where the graph is entered: at the first of the roles, or before it at one whose files the user changed since."""
    changed = {edit.owner for edit in {*before, *after} if (edit in before) != (edit in after)}
    return next(name for name in ROLE_NAMES if name in roles or name in changed)


def _going_to(start: RoleName, update: Mapping[str, Any]) -> Any:
    from langgraph.types import Command

    return Command(goto=start, update=dict(update))


def _left(request: Request, context: Context, answer: Mapping[str, Any] | None) -> tuple[Underway, Any]:
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
    number = _next(values, context)
    underway = Underway(revision=number, role="", note="after a cap", began=now())
    return underway, _going_to(capped[0], {"revision": number, "user_edits": _edits(context)})
