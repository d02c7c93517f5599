"""How a role comes to its design: asked of its model, held to its rule, and its playbook when that doesn't help."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent_graph import feedback, prompting
from agent_graph.artifacts import PERSON_AUTHOR, PLAYBOOK_AUTHOR, Artifact, Authorship, Changes, ModelCall, changes_of
from agent_graph.context import Colleague
from agent_graph.errors import DesignRejected
from agent_graph.llm import Answer, NoAnswer, Parameters, Request
from agent_graph.llm.request import Sending, first_call
from agent_graph.profiling import reading
from agent_graph.prompting import Prompt
from agent_graph.role import Inputs, Role
from agent_graph.roles import BY_NAME
from agent_graph.state import RunState

DESIGNS = 2  # that a model may make of one role: one, and one more that answers what failed at the gate
MOST_WANTED = 4_000  # characters of an answer that wasn't taken, for the report


@dataclass(frozen=True)
class Task:
    """What a role has to go on: what it knows, and what became of its designs so far."""

    inputs: Inputs
    revision: int = 1  # the work that is being done
    former: Authorship = field(default_factory=Authorship)  # of the role's last design
    samples: str = ""  # rows as text that a prompt may show
    edited: str = ""  # a design that a person wrote in review, JSON

    @property
    def tried(self) -> Authorship:
        """The former authorship, its tries forgotten when they were those of another revision."""
        if self.former.revision == self.revision:
            return self.former
        return Authorship(wanted=self.former.wanted, revision=self.revision, calls=self.former.calls)


def stands(role: Role, task: Task, colleague: Colleague | None) -> bool:
    """Whether the role's last design answers this task: it knows nothing new, and nothing failed."""
    reopened = task.former.capped and _may_ask(role, colleague)
    return task.inputs.setback is None and not reopened and task.former.key == _key(role, task, colleague)


def design(role: Role, task: Task, colleague: Colleague | None = None) -> tuple[Artifact, Authorship]:
    """The role's design for this task, and who made it.

    A model is asked, while it may make another design, what it would change of the playbook's; no answer, or none left
    to make, and the playbook's stands. A person's own design goes before both until it fails. DesignRejected when the
    playbook breaks its own rule: our defect.
    """
    made, authorship = _by_person(role, task) or _by_colleague(role, task, colleague)
    return made, authorship.model_copy(update={"revision": task.revision, "key": _key(role, task, colleague)})


def _by_person(role: Role, task: Task) -> tuple[Artifact, Authorship] | None:
    """What a person wrote in review, while it keeps the role's rule and nothing of it failed."""
    if not task.edited or task.inputs.setback is not None:
        return None
    try:
        made = role.returns.model_validate_json(task.edited)
        role.rule(made, task.inputs)
    except (ValidationError, DesignRejected):
        return None
    return made, Authorship(author=PERSON_AUTHOR, usage=task.tried.usage, calls=task.tried.calls)


def _by_colleague(role: Role, task: Task, colleague: Colleague | None) -> tuple[Artifact, Authorship]:
    inputs, former = task.inputs, task.tried
    may_ask = _may_ask(role, colleague)
    if colleague is None or not may_ask or former.closed or former.designs >= DESIGNS:
        made, unmet = _by_playbook(role, inputs, former)
        return made, _excused(former, inputs, may_ask=may_ask).model_copy(update={"unmet": unmet})
    label = f"design {former.designs + 1}" if task.revision == 1 else f"revision {task.revision}, {former.designs + 1}"
    base = _unhindered(role, inputs)
    text = _prompt(role, inputs, base, former, task.samples)
    parameters = Parameters(max_output=colleague.max_output)
    shape = changes_of(role.returns)
    request = Request(role.name, label, text.system, text.task, shape, parameters, colleague.on_call)
    try:
        answer = colleague.door.ask(request, accept=lambda changes: role.rule(changes.applied_to(base), inputs))
    except NoAnswer as error:
        if not error.calls:
            _say_unsent(request, colleague, str(error))
        made, unmet = _by_playbook(role, inputs, former)
        return made, _unanswered(former, error).model_copy(update={"unmet": unmet})
    return answer.value.applied_to(base), _answered(former, answer)


def _say_unsent(request: Request[Any], colleague: Colleague, why: str) -> None:
    """Nothing left the house; what would have is shown with the reason."""
    call = first_call(colleague.door.models.of(request.role), request)
    request.on_call(Sending(request.role, request.label, call, "not sent", why=why))


def playbook(role: Role, inputs: Inputs) -> Artifact:
    """The playbook's design, with what people wished as far as rules understand and allow it."""
    return _by_playbook(role, inputs, Authorship())[0]


def _by_playbook(role: Role, inputs: Inputs, former: Authorship) -> tuple[Artifact, tuple[str, ...]]:
    """What failed of a model's design is no setback of the playbook's."""
    if former.by_model:
        inputs = inputs.model_copy(update={"setback": None})
    return feedback.answered(role, inputs, BY_NAME)


def samples(state: RunState, rows: int) -> str:
    """The first open rows as text, as many as may be shown."""
    if not rows:
        return ""
    main, folder = state["profile"].main, Path(state["sealed"].open_dir)
    return reading.part(main, folder, [column.name for column in main.columns]).head(rows).collect().write_csv()


def prompt(role: Role, inputs: Inputs, former: Authorship | None = None, *, samples: str = "") -> Prompt:
    """What a model is asked, with the playbook's design to change and, where there is one, its own last answer."""
    return _prompt(role, inputs, _unhindered(role, inputs), former or Authorship(), samples)


def _prompt(role: Role, inputs: Inputs, base: Artifact, former: Authorship, samples: str) -> Prompt:
    again = inputs.setback is not None or inputs.notes
    notes = [note.text for note in inputs.notes]
    return prompting.prompt(role, inputs, base, notes=notes, samples=samples, last=former.wanted if again else "")


def _unhindered(role: Role, inputs: Inputs) -> Artifact:
    """The playbook's design as if nothing had failed yet: what failed was the model's."""
    return playbook(role, inputs.model_copy(update={"setback": None}))


def _may_ask(role: Role, colleague: Colleague | None) -> bool:
    return colleague is not None and colleague.door.is_open(role.name)


def _key(role: Role, task: Task, colleague: Colleague | None) -> str:
    """SHA-256 of what the role knows and who answers; why others decided as they did is no matter of it."""
    known = task.inputs.model_dump(mode="json", exclude={"setback"})
    known["stack"] = {each.choice: each.option for each in task.inputs.stack.chosen}  # whoever asked for it
    designs = {name: value for name, value in known.items() if name not in Inputs.model_fields}
    for value in designs.values():
        value.pop("decisions", None)
    model = str(colleague.door.models.of(role.name)) if colleague is not None else PLAYBOOK_AUTHOR
    text = json.dumps([known, model, task.edited], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _excused(former: Authorship, inputs: Inputs, *, may_ask: bool) -> Authorship:
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
            "capped": error.reason == "cap_reached",
            "why": str(error),
            "rejected": (*former.rejected, *_words(error.incidents)),
            "wanted": _changed(json.loads(error.wanted))[:MOST_WANTED] if error.wanted else former.wanted,
            "said": next((each.said for each in reversed(error.incidents) if each.said), ""),
            "usage": former.usage + error.usage,
            "calls": _calls(former, error.calls),
        }
    )


def _answered(former: Authorship, answer: Answer[Changes]) -> Authorship:
    return former.model_copy(
        update={
            "author": answer.model,
            "designs": former.designs + 1,
            "rejected": (*former.rejected, *_words(answer.incidents)),
            "wanted": _changed(answer.value.model_dump(mode="json"))[:MOST_WANTED],
            "said": "",
            "usage": former.usage + answer.usage,
            "calls": _calls(former, answer.calls),
        }
    )


def _calls(former: Authorship, calls: tuple[ModelCall, ...]) -> tuple[ModelCall, ...]:
    """All calls up to now, the latest with the design that they were made for."""
    place = {"revision": former.revision, "design": former.designs + 1}
    return (*former.calls, *(call.model_copy(update=place) for call in calls))


def _changed(answer: dict[str, Any]) -> str:
    """The fields that an answer changes, as JSON."""
    return json.dumps({name: value for name, value in answer.items() if value is not None}, ensure_ascii=False)


def _words(incidents: Any) -> tuple[str, ...]:
    return tuple(incident.words for incident in incidents)
