"""Work on a project that is there: send one agent back, go on where a run stopped."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent_graph.artifacts import ROLE_NAMES, Event, Note, RoleName, UserEdit, silent
from agent_graph.context import Context
from agent_graph.errors import BadInput
from agent_graph.intake import specifying
from agent_graph.runner import records
from agent_graph.runner.alternatives import beside, stopped_at, within
from agent_graph.runner.deciding import finish_return
from agent_graph.runner.executing import Ask, Decide, Outcome, People, context_for, request_of, waits, with_models, work
from agent_graph.runner.making import checked_reviews
from agent_graph.runner.records import RETURN, Request, Return, Underway, now
from agent_graph.runner.standing import adopted_edits, at_its_end, going_to, next_number, what_is_left
from agent_graph.runner.tracing import Trace

if TYPE_CHECKING:
    from agent_graph.design.asking import Asking


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
    trace: bool = False,
    emit: Callable[[Event], None] = silent,
) -> Outcome:
    """Send one agent back with a note; only it works, then what depends on what it changed.

    The note stays with its role until `forget` withdraws what was said before. The user's edits are kept and shown to
    the roles whose files they are in. `alternative` makes the answer beside the present one (`accept` takes it over).
    `asking` replaces the models of the project; `trace` writes the spans of this work to MLflow. BadInput when there is
    nothing to do, MergeConflict when the agents' work and the user's edits meet in the same lines: both are kept then.
    """
    specifying.said("feedback", feedback)
    role, said, request = records.role_named(agent), " ".join(feedback.split()), request_of(name)
    name = request.specification.name
    request = _revised(request, asking, review, resumed=False)
    traced = Trace(emit) if trace else None
    with records.alone(name):
        context = context_for(request, traced or emit)
        values = at_its_end(context, name)
        update = _update(role, said, values, context, forget=forget)
        edits = tuple(values.get("user_edits", ()))  # a checkpoint gives lists back
        if not (said or forget or asking or update["user_edits"] != edits):
            raise BadInput("nothing would change: give --feedback, --forget or --model, or edit the project first")
        start = _start({role, *_concerned(update, values)}, edits, update["user_edits"])
        underway = Underway(revision=update["revision"], role=role, note=said, began=now())
        if alternative:
            context, underway = beside(context, underway)
        with with_models(request, context):
            outcome = work(request, context, underway, going_to(start, update), People(None, decide))
    if traced:
        traced.finish(outcome.report)
    return outcome


def resume(
    name: str,
    *,
    asking: Asking | None = None,
    guess: bool = False,
    answer: Mapping[str, Any] | None = None,
    ask: Ask | None = None,
    decide: Decide | None = None,
    trace: bool = False,
    emit: Callable[[Event], None] = silent,
) -> Outcome:
    """Go on where a run stopped: after a crash, Ctrl-C, a conflict, an unanswered question, a review, or a cap.

    A return or a take-over that was killed is gone on with first, then the project's own work, then an alternative.

    `guess` answers open questions with the likeliest. `answer` is a review's answer (see `approval`). What was done
    before is not done again. After a cap, `asking` with a higher one lets the model work on the roles that it couldn't.
    `trace` as for `rerun`. BadInput when there is nothing to go on with.
    """
    request = request_of(name)
    name = request.specification.name
    traced = Trace(emit) if trace else None
    with records.alone(name):
        context = context_for(request, traced or emit)
        if (back := records.load(context.folder, Return, RETURN)) is not None:
            if answer is not None:
                raise BadInput(f"{name} doesn't wait for an approval; resume it without one")
            outcome = finish_return(request, context, back)
        else:
            request, context = _where_it_stopped(request, context, asking, guess=guess)
            underway, given = what_is_left(request, context, answer)
            people = _people(answer, ask, decide)
            with with_models(request, context):
                outcome = work(request, context, underway, given, people)
    if traced:
        traced.finish(outcome.report)
    return outcome


def _where_it_stopped(
    request: Request, context: Context, asking: Asking | None, *, guess: bool
) -> tuple[Request, Context]:
    """What was asked for, with what is wished now, and its surroundings: the project's own or an alternative's."""
    request, beside_it = stopped_at(request, context.folder)
    request = _revised(request, asking, request.review, resumed=True)
    if guess:
        request = request.model_copy(update={"guess": True})
    context = replace(context, guess=request.guess, review=frozenset(request.review))
    return request, within(context, beside_it) if beside_it else context


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


def _revised(request: Request, asking: Asking | None, review: Collection[str], *, resumed: bool) -> Request:
    """The request with what is wished now. BadInput as `Asking.anew` says."""
    known = ""
    if asking is not None or request.asking:
        from agent_graph.design.asking import Asking  # loads a model's client, which playbooks don't need

        former = Asking.model_validate_json(request.asking) if request.asking else None
        name = request.specification.name
        wishes = Asking.further(asking, former) if resumed else Asking.anew(asking, former, name)
        known = wishes.model_dump_json() if wishes is not None else ""
    return request.model_copy(update={"asking": known, "review": checked_reviews(review)})


def _update(role: RoleName, said: str, values: Mapping[str, Any], context: Context, *, forget: bool) -> dict[str, Any]:
    """What the rerun changes of the state: the notes, the user's edits, the revision's number."""
    from agent_graph import feedback
    from agent_graph.artifacts import Review, SignOff, Stack
    from agent_graph.feedback import options
    from agent_graph.intake import stack
    from agent_graph.roles import BY_NAME
    from agent_graph.state import inputs_of, notes_of, review_of

    number = next_number(values, context)
    known = [note for each in ROLE_NAMES for note in notes_of(each, values)]  # type: ignore[arg-type]
    notes = [note for note in known if not (forget and note.role == role)]
    update: dict[str, Any] = {"revision": number, "sign_off": SignOff(), "user_edits": adopted_edits(context)}
    for each in ROLE_NAMES:  # their notes are the project's now
        review = values.get(review_of(each), Review())
        update[review_of(each)] = review.model_copy(update={"notes": ()})
    if said:
        note = Note(role=role, text=said, revision=number)
        notes.append(note)
        inputs = inputs_of(BY_NAME[role], values)  # type: ignore[arg-type]
        for wanted in feedback.understand(note, inputs, BY_NAME)[0]:
            if wanted.kind == "metric" and wanted.value:
                update |= _judged_by(wanted.value, values)
            if wanted.kind == options.NAME and wanted.value:
                built_with = update.get("stack", values.get("stack", Stack()))
                update["stack"] = stack.anew(built_with, wanted.subjects[0], wanted.value, wanted.words)
    return {**update, "notes": tuple(notes)}


def _concerned(update: Mapping[str, Any], values: Mapping[str, Any]) -> set[RoleName]:
    """Whose work depends on what was settled anew: who judges by the metric, who sees a choice that is another now."""
    from agent_graph import register

    found: set[RoleName] = {"data_scientist"} if "problem" in update else set()
    if (now := update.get("stack")) is not None:
        changed = {each.choice for each in now.chosen if values["stack"].option(each.choice) != each.option}
        found |= {name for name in ROLE_NAMES if changed & register.seen_by(name)}
    return found


def _judged_by(metric: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The question with another metric; the rows that are sealed stay the same."""
    from agent_graph.intake import framing

    problem = framing.with_metric(values["problem"], metric)
    return {"problem": problem} if problem is not None else {}


def _start(roles: Collection[str], before: tuple[UserEdit, ...], after: tuple[UserEdit, ...]) -> RoleName:
    """Where the graph is entered: at the first of the roles, or before it at one whose files the user changed since."""
    changed = {edit.owner for edit in {*before, *after} if (edit in before) != (edit in after)}
    return next(name for name in ROLE_NAMES if name in roles or name in changed)
