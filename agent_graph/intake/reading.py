"""The verb of intake: what a statement asks of its data, as a reading with its doubts.

Evidence is weighed (`scorer`), what the person gave themselves overrules it, and what comes out is put in words: parts
with their reasons, columns left out, open questions, other readings, and what became of each piece of the statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from agent_graph import register
from agent_graph.artifacts import (
    Candidate,
    Part,
    Profile,
    Question,
    Reading,
    Setting,
    Specification,
    Suspect,
)
from agent_graph.errors import AgentGraphError, NotBuiltYet
from agent_graph.intake import framing
from agent_graph.intake.bars import barred_and_warned
from agent_graph.intake.building import built_label
from agent_graph.intake.framing.statement import read_statement
from agent_graph.intake.framing.target import named_column
from agent_graph.intake.framing.task import spelled
from agent_graph.intake.framing.unbuilt import built, refuse_unbuilt
from agent_graph.intake.keys import keys_of
from agent_graph.intake.ledger import ledger, with_unbuilt
from agent_graph.intake.scorer.opinion import Opinion, Scene
from agent_graph.intake.scorer.suspecting import suspected
from agent_graph.intake.scorer.weights import fitted
from agent_graph.intake.wishes import Wished, read_wishes

SURE_PART = 0.8  # of a task: below, it is worth a question
RIVAL = 0.2  # another task that the values fit is worth a question from here on
SURE_EVENT = 0.65  # of an event; the statements that it was fitted on ask for the contrary more often than people do
MOST_QUESTIONS = 3
MOST_READINGS = 5
FEWEST, LEAST = 3, 0.003  # readings that are shown; what is less likely is not, behind those


@dataclass(frozen=True)
class Found:
    """The likeliest reading of an opinion, with what the person gave put before what was weighed."""

    opinion: Opinion
    specification: Specification

    @cached_property
    def column(self) -> int:
        """Place of the target's column."""
        names = self.opinion.scene.columns.names
        if self.specification.target is not None:
            return names.index(named_column(self.opinion.scene.profile, self.specification.target, "target").name)
        return int(np.argmax(self.opinion.targets))

    @cached_property
    def tasks(self) -> np.ndarray[Any, Any]:
        """Probability of each task for that column; one where it is given."""
        if self.specification.task is not None:
            return np.array([float(task == self.specification.task) for task in self.opinion.kinds])
        return self.opinion.tasks(self.column)

    @property
    def task(self) -> str:
        """The likeliest task."""
        return self.opinion.kinds[int(self.tasks.argmax())]

    @cached_property
    def events(self) -> tuple[tuple[str, float], ...]:
        """The values of a two-valued target, likeliest event first; () where there is no event to choose."""
        return self.events_of(self.column, self.task)

    def events_of(self, column: int, task: str) -> tuple[tuple[str, float], ...]:
        """The same for any column and task; the value that the person gave is sure where the column has it."""
        found = self.opinion.events(column) if register.kind(task).event else ()
        values = [value for value, _ in found]
        given = spelled(self.specification.option("positive_class", ""), values)
        if not given or (column != self.column and given not in values):
            return found
        return tuple(sorted(((v, float(v == given)) for v in values), key=lambda pair: -pair[1]))

    @cached_property
    def suspects(self) -> tuple[Suspect, ...]:
        """What arithmetic and order hold against columns."""
        return suspected(self.opinion.scene.profile, self.opinion.scene.columns.facts[self.column])

    @cached_property
    def bars(self) -> np.ndarray[Any, Any]:
        """Probability of each column to be no input; 0 for the target."""
        found = self.opinion.bars(self.column, self.suspects)
        return np.where(np.arange(len(found)) == self.column, 0.0, found)

    @cached_property
    def wished(self) -> Wished:
        """What the words want beside the question."""
        return read_wishes(self.opinion.scene.statement)

    @cached_property
    def keys(self) -> dict[str, Part]:
        """What the question hangs on beside its answer, by topic."""
        scene = self.opinion.scene
        given = framing.given_entity(self.specification, scene.profile, scene.columns.names[self.column])
        found = keys_of(self.opinion, self.column, self.task, self.wished, given=given or "")
        return {part.topic: part for part in found}

    def key(self, topic: str) -> str | None:
        """The choice of one of them; None where it isn't told."""
        return self.keys[topic].choice if topic in self.keys else None

    def sure_enough(self, taken_from: float) -> bool:
        """Whether it goes on without a question; where the person named the target, each other part alone has to be."""
        if self.specification.target is None:
            return self.confidence >= taken_from
        return self.task_is_plain and (not self.events or self.events[0][1] >= SURE_EVENT)

    @property
    def task_is_plain(self) -> bool:
        """Whether a column that the person named leaves one task: it is likely, or the only one that its values fit
        among those that are built, and the words tell of no other kind."""
        if float(self.tasks.max()) >= SURE_PART or self.specification.task is not None:
            return True
        named = zip(self.opinion.kinds, self.tasks, strict=True)
        others = [p for task, p in named if built(task) and task != self.task]
        if not built(self.task) or max(others) >= RIVAL:
            return False
        if register.kind(self.task).event:
            return True  # a ready yes or no, whatever it is about
        try:
            refuse_unbuilt(self.specification, self.opinion.scene.profile, read_statement(self.specification.statement))
        except NotBuiltYet:
            return False
        return True

    @cached_property
    def confidence(self) -> float:
        """That target, task and event are right."""
        event = self.events[0][1] if self.events else 1.0
        task = float(self.tasks.max())
        if self.specification.target is None:
            return self.opinion.sure(task, event, np.delete(self.bars, self.column))
        return min(0.99, task * event)


def read(
    specification: Specification,
    profile: Profile,
    *,
    reader: tuple[float, ...] | None = None,
    weights: Mapping[str, Any] | None = None,
) -> Reading:
    """The reading of a statement beside its profiled data. What can't be answered is said in `refused`.

    `reader` is what a model on the machine gives each column of the main table; `weights` replaces the fitted ones.
    """
    weights = weights or fitted()
    found = Found(Opinion(Scene(specification.statement, profile), weights, reader), specification)
    names = found.opinion.scene.columns.names
    target = found.opinion.scene.columns.facts[found.column]
    label = built_label(specification, target, found.task, found.events)
    barred, warned = barred_and_warned(
        found.opinion, found.column, found.bars, found.suspects, specification, found.keys
    )
    taken_from = float(weights["taken_from"])
    asks = () if found.sure_enough(taken_from) and label.built else _questions(found, label.why)
    positive = label.positive or (found.events[0][0] if found.events else None)
    reading = Reading(
        statement=specification.statement,
        table=profile.main.name,
        target=None if label.build else names[found.column],
        build=label.build,
        label=label.target,
        task=label.task or found.task,
        positive=positive,
        never=barred,
        warned=warned,
        entity=found.key("entity"),
        split=found.key("split"),
        horizon=int(steps) if (steps := found.key("horizon")) else None,
        series=found.key("series"),
        event=found.key("event"),
        duration=found.key("duration"),
        act=found.wished.act,
        wishes=_stack(found.wished),
        confidence=round(found.confidence, 3),
        parts=_parts(found),
        asks=asks,
        alternatives=_alternatives(found),
    )
    if specification.target is not None and not label.built:
        reading = reading.model_copy(update={"refused": label.why})
    reading = reading.model_copy(update=framed(specification, profile, reading))
    return with_unbuilt(reading.model_copy(update={"ledger": ledger(found.opinion, reading, found.wished)}))


def framed(specification: Specification, profile: Profile, reading: Reading) -> dict[str, object]:
    """Metric, split, unit and moment, where the question can be framed; what stands against it is said by framing."""
    try:
        problem = framing.frame(specification, profile, reading)
    except AgentGraphError:
        return {}
    split = problem.split
    return {
        "metric": problem.metric,
        "entity": problem.entity,
        "split": f"{split.kind}:{'+'.join(split.columns)}" if split.columns else "random",
        "unit": problem.unit,
        "moment": problem.moment,
    }


def _stack(wished: Wished) -> tuple[Setting, ...]:
    """The likeliest value of each wish for tools and limits."""
    keys = dict.fromkeys(found.key for found in wished.stack)
    return tuple(Setting(key=key, value=wished.value(key) or "") for key in keys)


def _parts(found: Found) -> tuple[Part, ...]:
    given = found.specification
    columns, near = found.opinion.scene.columns, found.opinion.targets
    piece = _piece(found)
    parts = [
        Part(
            topic="target", choice=columns.names[found.column],
            confidence=1.0 if given.target else float(near[found.column]),
            reason="given" if given.target else "the words that ask are nearest to it",
            words="" if given.target else piece,
        ),
        Part(
            topic="task", choice=found.task, confidence=float(found.tasks.max()),
            reason="given" if given.task else f"the words, and values of that shape ({columns.shapes[found.column]})",
        ),
    ]  # fmt: skip
    if found.events:
        value, sure = found.events[0]
        why = "given" if given.option("positive_class", "") else "the value that the words look for"
        parts.append(Part(topic="event", choice=value, confidence=sure, reason=why))
    return (*parts, *(part for topic, part in found.keys.items() if topic != "event"))  # of events, the value


def _piece(found: Found) -> str:
    """The piece of the statement that asks."""
    return found.opinion.scene.pieces[int(found.opinion.roles[:, 0].argmax())]


def _questions(found: Found, cause: str) -> tuple[Question, ...]:
    """At most three, most telling first."""
    given, names, near = found.specification, found.opinion.scene.columns.names, found.opinion.targets
    asked: list[tuple[float, Question]] = []
    if given.target is None:
        order = [int(k) for k in np.argsort(-near)[:4]]
        text = (
            f"Which column holds the answer for past rows? The likeliest is {names[order[0]]!r} ({near[order[0]]:.0%})."
        )
        asked.append((float(near[order[0]]), Question(
            topic="target", text=text, choices=tuple(names[k] for k in order), depends="everything",
        )))  # fmt: skip
    if given.task is None and (cause or not (found.task_is_plain if given.target else found.tasks.max() >= SURE_PART)):
        order = [int(k) for k in np.argsort(-found.tasks)[:3]]
        text = cause or f"Is it a {found.task} question ({found.tasks.max():.0%})?"
        asked.append((float(found.tasks.max()), Question(
            topic="task", text=text, choices=tuple(found.opinion.kinds[k] for k in order),
            depends="metric, model and checks",
        )))  # fmt: skip
    if found.events and found.events[0][1] < (SURE_EVENT if given.target else SURE_PART):
        (one, sure), (other, _) = found.events
        text = f"Which value of {names[found.column]!r} is looked for: {one!r} ({sure:.0%}) or {other!r}?"
        asked.append((sure, Question(
            topic="event", text=text, choices=(one, other), depends="what a high score means",
        )))  # fmt: skip
    if not asked:
        name = names[found.column]
        text = f"Is {name!r} ({found.task}) what you mean? The whole reading is {found.confidence:.0%} sure."
        question = Question(topic="target", text=text, choices=(name,), depends="everything")
        asked.append((found.confidence, question))
    return tuple(question for _, question in sorted(asked, key=lambda pair: pair[0]))[:MOST_QUESTIONS]


def _alternatives(found: Found) -> tuple[Candidate, ...]:
    """The likeliest readings; the one that would be taken stands first among equals."""
    names, near = found.opinion.scene.columns.names, found.opinion.targets
    order = [found.column, *(int(k) for k in np.argsort(-near) if k != found.column)][: 2 * MOST_READINGS]
    made = []
    for column in order:
        tasks = found.tasks if column == found.column else found.opinion.tasks(column)
        for place in np.argsort(-tasks)[:2]:
            task = found.opinion.kinds[int(place)]
            events = found.events_of(column, task)
            given = found.specification.target is not None and column == found.column
            sure = (1.0 if given else float(near[column])) * float(tasks[place]) * (events[0][1] if events else 1.0)
            made.append(Candidate(
                target=names[column], task=task, positive=events[0][0] if events else None,
                confidence=round(sure, 3),
            ))  # fmt: skip
    ranked = sorted(made, key=lambda candidate: -candidate.confidence)[:MOST_READINGS]
    said = found.specification.target is not None
    return tuple(c for place, c in enumerate(ranked) if c.confidence >= LEAST or (place < FEWEST and not said))
