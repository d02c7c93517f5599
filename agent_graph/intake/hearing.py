"""A statement heard: by the words alone, with the reader on this machine where it is, by a model where one is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent_graph.artifacts import Authorship, Event, ModelReading, Profile, Reading, Specification
from agent_graph.context import Colleague
from agent_graph.errors import DesignRejected
from agent_graph.intake import reading as reading_room
from agent_graph.intake.by_model.asking import asked
from agent_graph.intake.by_model.merging import merged
from agent_graph.intake.by_model.verifying import Verified
from agent_graph.intake.ledger import with_unbuilt
from agent_graph.intake.scorer.opinion import for_all
from agent_graph.llm import NoAnswer
from agent_graph.llm.likelihood import can_weigh, likelihoods
from agent_graph.llm.spec import INTAKE
from agent_graph.prompting.reading import MOST_COLUMNS, which_column

CONFIRMED = 0.95  # of a model's reading that a person was asked about and answered nothing against


@dataclass(frozen=True)
class Heard:
    """A profile, its reading, and what the reading came from: it is made anew of that when a person has answered."""

    profile: Profile
    reading: Reading
    near: tuple[float, ...] | None = None  # what the reader on this machine gives each column
    answer: ModelReading | None = None
    authorship: Authorship | None = None


def hear(
    specification: Specification,
    profile: Profile,
    colleague: Colleague | None,
    emit: Callable[[Event], None],
) -> Heard:
    """Read a statement beside its data, asking whoever is there to be asked; of what is refused already, nobody."""
    if colleague is None or not colleague.door.is_open(INTAKE):
        return Heard(profile, reading_room.read(specification, profile))
    if can_weigh(colleague.door):
        near = _weighed(specification, profile, colleague, emit)
        return Heard(profile, reading_room.read(specification, profile, reader=near), near)
    words = reading_room.read(specification, profile)
    if words.refused:
        return Heard(profile, words)
    pieces = tuple(entry.words for entry in words.ledger)
    answer, authorship = asked(specification, profile, pieces, colleague, words=words)
    emit(Event("intake", "", f"{authorship.author} read the statement" if answer else
               f"no model read the statement ({authorship.why}): it is read without one"))  # fmt: skip
    return with_answer(Heard(profile, words, None, answer, authorship), specification)


def heard_again(specification: Specification, heard: Heard) -> Heard:
    """The reading once a person has answered. A model isn't asked anew; what it said holds where they don't differ,
    and then it isn't open any more."""
    words = reading_room.read(specification, heard.profile, reader=heard.near)
    answer = heard.answer
    if answer is not None:
        try:
            Verified(specification, heard.profile, tuple(entry.words for entry in words.ledger))(answer)
        except DesignRejected:
            answer = None
        else:
            answer = answer.model_copy(update={"question": "", "confidence": max(answer.confidence, CONFIRMED)})
    return with_answer(replace(heard, reading=words, answer=answer), specification)


def with_answer(heard: Heard, specification: Specification) -> Heard:
    """With the model's reading laid beside the one without it, where there is one."""
    reading = heard.reading
    if heard.answer is not None:
        reading = merged(heard.answer, reading, specification, heard.profile)
        reading = with_unbuilt(reading.model_copy(update=reading_room.framed(specification, heard.profile, reading)))
    return replace(heard, reading=reading.model_copy(update={"authorship": heard.authorship}))


def _weighed(
    specification: Specification, profile: Profile, colleague: Colleague, emit: Callable[[Event], None]
) -> tuple[float, ...] | None:
    """How likely the reader finds each column of the main table; None where it gave no answer."""
    if specification.target is not None:
        return None  # it is asked about nothing else
    columns = {column.name: [level.value for level in column.levels] for column in profile.main.columns}
    try:
        found = likelihoods(colleague.door, replace(which_column(specification.statement, columns),
                                                    on_call=colleague.on_call))  # fmt: skip
    except NoAnswer as error:
        emit(Event("intake", "", f"the reader on this machine gave no answer ({error}): it is read without it"))
        return None
    return for_all(found[: min(len(columns), MOST_COLUMNS)], len(columns))
