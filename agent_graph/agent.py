"""How a role comes to its design: asked of its model, held to its rule, and its playbook when that doesn't help."""

from __future__ import annotations

from typing import Any

from agent_graph import prompting
from agent_graph.artifacts import PLAYBOOK_AUTHOR, Artifact, Authorship
from agent_graph.context import Colleague
from agent_graph.llm import Answer, NoAnswer, Parameters, Request
from agent_graph.prompting import Prompt
from agent_graph.role import Inputs, Role

DESIGNS = 2  # that a model may make of one role: one, and one more that answers what failed at the gate
MOST_WANTED = 4_000  # characters of an answer that wasn't taken, for the report
TOKENS_PER_COLUMN = 160  # of an answer that says something of each column
LEAST_OUTPUT = 8_192
MOST_OUTPUT = 32_768


def design(
    role: Role,
    inputs: Inputs,
    colleague: Colleague | None = None,
    former: Authorship | None = None,
    samples: str = "",
) -> tuple[Artifact, Authorship]:
    """The role's design for these inputs, and who made it.

    `samples` are rows as text that a prompt may show. A model is asked while it may make another design; no answer, or
    none left to make, and the playbook answers. DesignRejected when the playbook breaks its own rule: our defect.
    """
    former = former or Authorship()
    may_ask = colleague is not None and colleague.door.is_open(role.name)
    if colleague is None or not may_ask or former.closed or former.designs >= DESIGNS:
        return playbook(role, inputs, former), _by_playbook(former, inputs, may_ask=may_ask)
    label = f"design {former.designs + 1}"
    text = prompt(role, inputs, samples=samples)
    colleague.on_prompt(role.name, label, text.system, text.task)
    request = Request(role.name, label, text.system, text.task, role.returns, _parameters(inputs))
    try:
        answer = colleague.door.ask(request, accept=lambda answer: role.rule(answer, inputs))
    except NoAnswer as error:
        return playbook(role, inputs, former), _unanswered(former, error)
    return answer.value, _answered(former, answer)


def playbook(role: Role, inputs: Inputs, former: Authorship | None = None) -> Artifact:
    """The playbook's own design; what failed of a model's design is no setback of the playbook's."""
    if former is not None and former.by_model:
        inputs = inputs.model_copy(update={"setback": None})
    answer = role.playbook(inputs)
    role.rule(answer, inputs)
    return answer


def prompt(role: Role, inputs: Inputs, *, samples: str = "") -> Prompt:
    """What a model is asked, with the playbook's design to beat."""
    unhindered = inputs.model_copy(update={"setback": None})
    return prompting.prompt(role, inputs, role.playbook(unhindered), samples=samples)


def _parameters(inputs: Inputs) -> Parameters:
    """Room for an answer that goes through every column."""
    columns = sum(len(table.columns) for table in inputs.profile.tables)
    return Parameters(max_output=min(MOST_OUTPUT, max(LEAST_OUTPUT, TOKENS_PER_COLUMN * columns)))


def _by_playbook(former: Authorship, inputs: Inputs, *, may_ask: bool) -> Authorship:
    why = former.why
    if may_ask and former.by_model and inputs.setback is not None:
        failed = ", ".join(check.name for check in inputs.setback.checks)
        why = f"the gate refused the last of {former.designs} designs of {former.author}: {failed}"
    return former.model_copy(update={"author": PLAYBOOK_AUTHOR, "why": why})


def _unanswered(former: Authorship, error: NoAnswer) -> Authorship:
    return former.model_copy(
        update={
            "author": PLAYBOOK_AUTHOR,
            "closed": True,
            "why": str(error),
            "rejected": (*former.rejected, *_words(error.incidents)),
            "wanted": error.wanted[:MOST_WANTED] or former.wanted,
            "usage": former.usage + error.usage,
        }
    )


def _answered(former: Authorship, answer: Answer[Any]) -> Authorship:
    return former.model_copy(
        update={
            "author": answer.model,
            "designs": former.designs + 1,
            "rejected": (*former.rejected, *_words(answer.incidents)),
            "wanted": answer.value.model_dump_json()[:MOST_WANTED],
            "usage": former.usage + answer.usage,
        }
    )


def _words(incidents: Any) -> tuple[str, ...]:
    return tuple(incident.words for incident in incidents)
