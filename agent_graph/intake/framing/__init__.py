"""From the user's words and the data's profile to one settled question, each step with its reason."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from agent_graph import register
from agent_graph.artifacts import (
    Assumption,
    ColumnProfile,
    Problem,
    Profile,
    Reading,
    Setting,
    Specification,
    Suspect,
    Target,
    Task,
)
from agent_graph.errors import BadInput
from agent_graph.intake.framing.absent import left_out_as_asked, said_absent
from agent_graph.intake.framing.classes import without_rare
from agent_graph.intake.framing.given import (
    NO_INPUTS,
    given_entity,
    refuse_data,
    refuse_few_answers,
    refuse_given,
    refuse_no_inputs,
)
from agent_graph.intake.framing.metric import settle_metric, top_k, totals_hold, wants_interval, with_metric
from agent_graph.intake.framing.moment import one_moment
from agent_graph.intake.framing.split import settle_split
from agent_graph.intake.framing.statement import items, read_statement
from agent_graph.intake.framing.target import settle_target
from agent_graph.intake.framing.task import Question, settle_task
from agent_graph.intake.framing.unbuilt import built, refuse_unbuilt
from agent_graph.intake.framing.uses import INPUTS, assign_uses
from agent_graph.intake.framing.wording import moment_of, title_of, unit_of
from agent_graph.profiling import Words
from agent_graph.profiling import suspects as suspects_of
from agent_graph.profiling.pairs import absent

__all__ = [
    "OPTIONS", "answer", "find_suspects", "frame", "given_entity", "refuse_data", "refuse_given", "refuse_no_inputs",
    "with_metric",
]  # fmt: skip
BY_MODEL = "the model read so"
OPTIONS = (
    "split",
    "entity",
    "positive_class",
    "unsettled",
    "keep",
    "drop",
)  # what `--set` may say about the question itself


def frame(specification: Specification, profile: Profile, reading: Reading | None = None) -> Problem:
    """Settle target, task, metric, split and every column's use. BadInput or NotBuiltYet when that can't be done.

    With a reading, its target, task, event and columns left out hold; without one the rules of English phrases alone
    decide, which is enough where the question itself is not what matters.
    """
    statement = read_statement(specification.statement)
    refuse_given(specification, profile)
    refuse_data(profile)
    if reading is not None and reading.label is not None:
        column, question, about_target = _as_read(reading, reading.label, profile)
    else:
        if specification.target is None or not built(specification.task):
            refuse_unbuilt(specification, profile, statement)
        column, about_target = settle_target(specification, profile, statement)
        question = settle_task(specification, column, statement)
    if not register.kind(question.task).event:  # of numbers there are no classes to leave out
        question = replace(question, target=without_rare(question.target, column, profile.main.rows))
    _refuse_answered(profile, question.target)
    refuse_few_answers(column, profile.main.rows)
    wished = _as_wished(specification, reading)
    metric, secondary, about_metric = settle_metric(wished, question.task, column, statement)
    suspects = left_out(specification, profile, question.target, question.task, reading)
    leaks = frozenset(suspect.column for suspect in suspects)
    entity = _entity(specification, profile, question.target, reading)
    split, about_split = settle_split(wished, profile, question.task, question.target, leaks, entity)
    if entity is None and split.kind == "group":
        entity = split.columns[0]
    if wished.metric != specification.metric:
        about_metric = about_metric.model_copy(update={"reason": BY_MODEL})
    if wished.options != specification.options:
        about_split = about_split.model_copy(update={"reason": _why_split(reading)})
    named = {each.column for each in reading.never if each.ground == "identifier"} if reading is not None else set()
    identifiers = frozenset(named | {entity} if entity is not None else named)
    roles = tuple(assign_uses(profile, statement, question.target, split, suspects, identifiers))
    if not any(role.use in INPUTS for role in roles):
        raise BadInput(NO_INPUTS)
    most = top_k(statement, profile.main.rows) if register.kind(question.task).event else None
    about_moment = one_moment(profile, column.name, split, ahead=most is not None)
    return Problem(
        title=title_of(specification.name), unit=unit_of(statement), moment=moment_of(statement),
        rows=profile.main.rows, task=question.task,
        metric=metric, secondary_metrics=secondary, target=question.target, split=split, entity=entity,
        columns=roles,
        wants_interval=register.kind(question.task).numeric and wants_interval(statement),
        top_k=most,
        calibrated_totals=totals_hold(statement, question.task, metric),
        assumptions=(about_target, *question.assumptions, about_metric, about_split, *about_moment),
    )  # fmt: skip


def _as_wished(specification: Specification, reading: Reading | None) -> Specification:
    """With the metric and the split that a model read, or the split that the words ask for, where the person gave
    none."""
    if reading is None:
        return specification
    given = specification.time_column or specification.group_column or specification.option("split", "")
    by_model = reading.by == "model"
    told = any(part.topic == "split" for part in reading.parts)
    keys = reading.split if reading.split and (told or (by_model and reading.split != "random")) else ""
    kept = specification.options if given or not keys else (*specification.options, Setting(key="split", value=keys))
    changed = {"metric": specification.metric or (reading.metric if by_model else None), "options": kept}
    return Specification.model_validate({**dict(specification), **changed})


def _why_split(reading: Reading | None) -> str:
    """Why the rows are held out so, where a reading says it."""
    told = next((part for part in reading.parts if part.topic == "split"), None) if reading is not None else None
    return f"{told.reason}: {told.words!r}" if told is not None else BY_MODEL


def _entity(specification: Specification, profile: Profile, target: Target, reading: Reading | None) -> str | None:
    """The column that names what a row is about: as given, else as read."""
    if given := given_entity(specification, profile, target.column):
        return given
    read = reading.entity if reading is not None else None
    return read if read in {column.name for column in profile.main.columns} - {target.column} else None


def left_out(
    specification: Specification, profile: Profile, target: Target, task: Task, reading: Reading | None
) -> tuple[Suspect, ...]:
    """The columns that a reading leaves out, but for those that only name the row; without one, the rules' suspects."""
    if reading is None:
        return find_suspects(specification, profile, target, task)
    side = {suspect.column: suspect for suspect in find_suspects(specification, profile, target, task)}
    barred = tuple(
        Suspect(column=each.column, ground="known_afterwards", strength=each.confidence, why=each.why)
        for each in reading.never if each.ground not in ("identifier", "weight") and each.column != target.column
    )  # fmt: skip
    main = {column.name for column in profile.main.columns}
    return (*barred, *(suspect for name, suspect in side.items() if name not in main))


def _as_read(reading: Reading, label: Target, profile: Profile) -> tuple[ColumnProfile, Question, Assumption]:
    """Column, question and the assumption about the target, as they were read."""
    topics = {"task": "task", "event": "positive_class"}
    others = tuple(dict.fromkeys(c.target for c in reading.alternatives if c.target not in (None, label.column)))
    about = {part.topic: part for part in reading.parts}
    assumed = tuple(
        Assumption(
            topic=topic, choice=about[part].choice,  # type: ignore[arg-type]
            confidence=about[part].confidence, reason=about[part].reason,
            alternatives=tuple(v for v in label.classes if v != about[part].choice) if part == "event" else (),
        )
        for part, topic in topics.items() if part in about
    )  # fmt: skip
    sure = about["target"].confidence if "target" in about else reading.confidence
    why = about["target"].reason if "target" in about else ""
    target = Assumption(topic="target", choice=label.column, confidence=sure, reason=why, alternatives=others)
    return profile.main.column(label.column), Question(reading.task, label, assumed), target  # type: ignore[arg-type]


def _refuse_answered(profile: Profile, target: Target) -> None:
    """A table of the main one's columns is to be predicted: that it holds the target already says otherwise."""
    for table in profile.to_predict:
        if target.column not in absent(table, profile.main):
            lost = ", ".join(map(repr, absent(table, profile.main)[:3]))
            raise BadInput(
                f"table {table.name!r} has the columns of {profile.main.name!r} but for {lost}, and holds the target "
                f"{target.column!r} too: give tables to learn from as one (a folder or a glob), or leave it out"
            )


def _not_given(profile: Profile, target: Target) -> tuple[Suspect, ...]:
    """Columns that the rows to predict don't have: they can't be known then."""
    found: dict[str, Suspect] = {}
    for table in profile.to_predict:
        for name in absent(table, profile.main):
            if name != target.column:
                why = f"{table.name}, whose rows are to be predicted, doesn't hold it"
                found[name] = Suspect(column=name, ground="known_afterwards", strength=1.0, why=why)
    return tuple(found.values())


@lru_cache(maxsize=4)
def find_suspects(specification: Specification, profile: Profile, target: Target, task: Task) -> tuple[Suspect, ...]:
    """The profile's suspects for a target, and the columns that the statement itself says will not be there."""
    statement = read_statement(specification.statement)
    not_there = _not_given(profile, target)
    lost = {suspect.column for suspect in not_there}
    not_there += tuple(s for s in said_absent(profile, statement, target) if s.column not in lost)
    told = {suspect.column for suspect in not_there}
    found = suspects_of(profile, target, task, Words(statement.known, moment_of(statement), items(statement.sources)))
    kept = set(specification.listed("keep"))
    others = (s for s in (*left_out_as_asked(specification), *found) if s.column not in told)
    return tuple(s for s in (*not_there, *others) if s.column not in kept)


def answer(specification: Specification, profile: Profile, topic: str, choice: str) -> Specification:
    """The specification with a person's answer in it; frame it anew. BadInput when the choice isn't one."""
    changed: dict[str, object]
    if topic in ("target", "task", "metric"):
        changed = {topic: choice}
    else:
        kept = tuple(setting for setting in specification.options if setting.key != topic)
        changed = {"options": (*kept, Setting(key=topic, value=choice))}
    answered = Specification.model_validate({**specification.model_dump(), **changed})
    frame(answered, profile)
    return answered
