"""The model's reading is asked for like a role's design: through the door, held to a rule, and done without."""

from __future__ import annotations

import json
from collections.abc import Sequence

from agent_graph.artifacts import Authorship, ModelReading, Profile, Reading, Specification
from agent_graph.context import Colleague
from agent_graph.errors import BadInput, DesignRejected, NotBuiltYet
from agent_graph.intake import framing
from agent_graph.intake.by_model.merging import merged
from agent_graph.intake.by_model.naming import schema
from agent_graph.intake.by_model.verifying import Verified
from agent_graph.llm import Answer, NoAnswer, Parameters, Request
from agent_graph.llm.request import Sending, first_call
from agent_graph.llm.spec import INTAKE
from agent_graph.prompting.statement import statement_prompt

LABEL = "reading"
MOST_WANTED = 4_000  # characters of an answer that wasn't taken, for the report


def request_for(
    specification: Specification, profile: Profile, pieces: Sequence[str], colleague: Colleague | None = None
) -> Request[ModelReading]:
    """What a model is asked, or would be."""
    text = statement_prompt(specification, profile, pieces)
    if colleague is None:
        return Request(INTAKE, LABEL, text.system, text.task, schema(), Parameters())
    parameters = Parameters(max_output=colleague.max_output)
    return Request(INTAKE, LABEL, text.system, text.task, schema(), parameters, colleague.on_call)


def asked(
    specification: Specification, profile: Profile, pieces: Sequence[str], colleague: Colleague, *, words: Reading
) -> tuple[ModelReading | None, Authorship]:
    """The model's reading, or None, and what asking came to. What it says is true of the data, as far as code can tell.

    `words` is the reading without it, which it isn't shown. ReplayMiss when a recording doesn't hold the question.
    """
    request = request_for(specification, profile, pieces, colleague)
    verified = Verified(specification, profile, tuple(pieces))

    def accept(answer: ModelReading) -> None:
        verified(answer)
        _framed(answer, words, specification, profile)

    try:
        answer = colleague.door.ask(request, accept=accept)
    except NoAnswer as error:
        if not error.calls:
            call = first_call(colleague.door.models.of(INTAKE), request)
            request.on_call(Sending(INTAKE, LABEL, call, "not sent", why=str(error)))
        return None, _unanswered(error)
    return answer.value, _answered(answer)


def _framed(answer: ModelReading, words: Reading, specification: Specification, profile: Profile) -> None:
    """DesignRejected where what is read can't be built as it stands, in the words that a person would be told."""
    if answer.question or answer.refusal:
        return
    reading = merged(answer, words, specification, profile)
    if reading.label is None:
        return
    try:
        framing.refuse_given(specification, profile)
        framing.refuse_data(profile)
    except BadInput:
        return  # no other answer would mend that
    try:
        framing.frame(specification, profile, reading)
    except NotBuiltYet:
        return  # it is read all the same
    except BadInput as error:
        raise DesignRejected(str(error)) from error


def _unanswered(error: NoAnswer) -> Authorship:
    return Authorship(
        closed=True,
        why=str(error),
        rejected=tuple(incident.words for incident in error.incidents),
        wanted=error.wanted[:MOST_WANTED],
        said=next((each.said for each in reversed(error.incidents) if each.said), ""),
        usage=error.usage,
        calls=error.calls,
        capped=error.reason == "cap_reached",
    )


def _answered(answer: Answer[ModelReading]) -> Authorship:
    return Authorship(
        author=answer.model,
        designs=1,
        rejected=tuple(incident.words for incident in answer.incidents),
        wanted=json.dumps(answer.value.model_dump(mode="json"), ensure_ascii=False)[:MOST_WANTED],
        usage=answer.usage,
        calls=answer.calls,
    )
