"""How a role comes to its design: asked of its model, held to its rule, and its playbook when that doesn't help."""

from __future__ import annotations

import json
from typing import Any

from agent_graph import prompting
from agent_graph.artifacts import PLAYBOOK_AUTHOR, Artifact, Authorship, Changes, changes_of
from agent_graph.context import Colleague
from agent_graph.llm import Answer, NoAnswer, Request
from agent_graph.prompting import Prompt
from agent_graph.role import Inputs, Role

DESIGNS = 2  # that a model may make of one role: one, and one more that answers what failed at the gate
MOST_WANTED = 4_000  # characters of an answer that wasn't taken, for the report


def design(
    role: Role,
    inputs: Inputs,
    colleague: Colleague | None = None,
    former: Authorship | None = None,
    samples: str = "",
) -> tuple[Artifact, Authorship]:
    """The role's design for these inputs, and who made it.

    `samples` are rows as text that a prompt may show. A model is asked, while it may make another design, what it
    would change of the playbook's; no answer, or none left to make, and the playbook's stands. DesignRejected when the
    playbook breaks its own rule: our defect.
    """
    former = former or Authorship()
    may_ask = colleague is not None and colleague.door.is_open(role.name)
    if colleague is None or not may_ask or former.closed or former.designs >= DESIGNS:
        return playbook(role, inputs, former), _by_playbook(former, inputs, may_ask=may_ask)
    label = f"design {former.designs + 1}"
    base = _unhindered(role, inputs)
    text = _prompt(role, inputs, base, former, samples)
    colleague.on_prompt(role.name, label, text.system, text.task)
    request = Request(role.name, label, text.system, text.task, changes_of(role.returns))
    try:
        answer = colleague.door.ask(request, accept=lambda changes: role.rule(changes.applied_to(base), inputs))
    except NoAnswer as error:
        return playbook(role, inputs, former), _unanswered(former, error)
    return answer.value.applied_to(base), _answered(former, answer)


def playbook(role: Role, inputs: Inputs, former: Authorship | None = None) -> Artifact:
    """The playbook's own design; what failed of a model's design is no setback of the playbook's."""
    if former is not None and former.by_model:
        inputs = inputs.model_copy(update={"setback": None})
    answer = role.playbook(inputs)
    role.rule(answer, inputs)
    return answer


def prompt(role: Role, inputs: Inputs, former: Authorship | None = None, *, samples: str = "") -> Prompt:
    """What a model is asked, with the playbook's design to change and, where there is one, its own last answer."""
    return _prompt(role, inputs, _unhindered(role, inputs), former or Authorship(), samples)


def _prompt(role: Role, inputs: Inputs, base: Artifact, former: Authorship, samples: str) -> Prompt:
    last = former.wanted if inputs.setback is not None else ""
    return prompting.prompt(role, inputs, base, samples=samples, last=last)


def _unhindered(role: Role, inputs: Inputs) -> Artifact:
    """The playbook's design as if nothing had failed yet: what failed was the model's."""
    return role.playbook(inputs.model_copy(update={"setback": None}))


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
            "wanted": _changed(json.loads(error.wanted))[:MOST_WANTED] if error.wanted else former.wanted,
            "usage": former.usage + error.usage,
        }
    )


def _answered(former: Authorship, answer: Answer[Changes]) -> Authorship:
    return former.model_copy(
        update={
            "author": answer.model,
            "designs": former.designs + 1,
            "rejected": (*former.rejected, *_words(answer.incidents)),
            "wanted": _changed(answer.value.model_dump(mode="json"))[:MOST_WANTED],
            "usage": former.usage + answer.usage,
        }
    )


def _changed(answer: dict[str, Any]) -> str:
    """The fields that an answer changes, as JSON."""
    return json.dumps({name: value for name, value in answer.items() if value is not None}, ensure_ascii=False)


def _words(incidents: Any) -> tuple[str, ...]:
    return tuple(incident.words for incident in incidents)
