"""What a role's model is told: prompt files filled with the role's inputs, inside a budget, untrusted text fenced.

The system message is the same for all roles of a run, byte for byte, so that providers' prefix caches can keep it; the
task message begins with what never changes for a role and ends with what changes most.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jinja2

from agent_graph import register
from agent_graph.artifacts import Artifact
from agent_graph.prompting import columns
from agent_graph.prompting.compact import brief, compact
from agent_graph.prompting.files import choice
from agent_graph.prompting.names import runs
from agent_graph.prompting.tokens import tokens
from agent_graph.prompting.untrusted import fenced, last_lines, prose, quoted, sealed
from agent_graph.resources import resource
from agent_graph.role import Inputs, Role

__all__ = ["BUDGET", "Prompt", "environment", "prompt", "tokens"]

BUDGET = 7_900  # tokens of both messages by our estimate, which lies above what tokenizers count
SYSTEM_ROOM = 2_800  # of them for what all roles share
STATEMENT_ROOM = 600
SAMPLES_ROOM = 500
NOTES_ROOM = 400  # for all of a person's notes
EDITS_ROOM = 500  # for all of their changes by hand
EVIDENCE_ROOM = 600  # for all failed checks
LAST_ROOM = 800  # for the model's own last answer
BEFORE_SHARE = 0.3  # of what is left, for the designs before; more where the playbook's leaves some
LEAST_BEFORE, LEAST = 150, 400  # tokens for one design before, for the playbook's, for the columns
MOST_NOTES = 4  # the last ones
MOST_EVIDENCE = 4  # failed checks that are told with their evidence; the others by name


@dataclass(frozen=True)
class Prompt:
    """Both messages to a model. `system` is the same for all roles of a run; fences hold what others wrote."""

    system: str
    task: str

    @property
    def tokens(self) -> int:
        """Estimated size of both."""
        return tokens(self.system) + tokens(self.task)


def prompt(
    role: Role, inputs: Inputs, playbook: Artifact, *, notes: Sequence[str] = (), samples: str = "", last: str = ""
) -> Prompt:
    """What the role's model is asked, with the playbook's design to change.

    `notes` are a person's words on the role's last design; `samples` are rows as text, the header first, given only
    when the user shares rows; `last` is the model's own answer that failed, as JSON.
    jinja2.UndefinedError when a prompt file names something that isn't there.
    """
    system = _system(inputs, samples)
    seen = register.seen_by(role.name)
    built_with = tuple(option for option in register.chosen(inputs.stack) if option.choice in seen)
    before = {name: value for name in _own(role) if isinstance(value := getattr(inputs, name), Artifact)}
    given: dict[str, Any] = {
        "role": role,
        "fields": tuple(role.returns.model_fields),
        "checks": _checks(role, inputs),
        "options": built_with,
        "inputs": inputs,
        "problem": inputs.problem,
        "kind": register.kind_of(inputs.problem),
        "setback": inputs.setback,
        "most_evidence": MOST_EVIDENCE,
        "evidence_room": EVIDENCE_ROOM,
        "notes": tuple(notes)[-MOST_NOTES:],
        "notes_room": NOTES_ROOM,
        "edits_room": EDITS_ROOM,
        "last": last,
        "last_room": LAST_ROOM,
        "files": {},
        "file_room": BUDGET,  # they were chosen to fit
    }
    empty = _render(f"{role.name}/task.md.jinja", **given, before=dict.fromkeys(before, ""), playbook="")
    room = BUDGET - tokens(system) - tokens(empty)
    plain = playbook.model_dump(mode="json")
    told = _before(before, max(int(room * BEFORE_SHARE), room - tokens(quoted(plain))))
    design = compact(plain, max(LEAST, room - sum(map(tokens, told.values()))))
    room -= sum(map(tokens, (*told.values(), design)))
    files = choice(role.editable(playbook, inputs), room)
    task = _render(f"{role.name}/task.md.jinja", **{**given, "files": files}, before=told, playbook=design)
    return Prompt(system=system, task=task)


def _checks(role: Role, inputs: Inputs) -> dict[str, str]:
    """What the role is held to, one line a check: by its own gate, and by the choices and options checked there."""
    held_by = [role.checks, *(each.checks for each in register.held_to(role.name, inputs.stack))]
    return {name: check.line for checks in held_by for name, check in checks.items()}


def _own(role: Role) -> tuple[str, ...]:
    """Names of the inputs that only some roles read: the designs before them."""
    return tuple(name for name in role.reads.model_fields if name not in Inputs.model_fields)


def _before(designs: dict[str, Artifact], room: int) -> dict[str, str]:
    """The designs before, in brief, each in its share of the room; what a short one leaves is the next one's."""
    briefs = {name: brief(design, **_data("brief.toml")[name]) for name, design in designs.items()}
    left, told = room, dict[str, str]()
    for place, (name, said) in enumerate(sorted(briefs.items(), key=lambda item: tokens(quoted(item[1])))):
        told[name] = compact(said, max(LEAST_BEFORE, left // (len(briefs) - place)))
        left -= tokens(told[name])
    return {name: told[name] for name in designs}


def _system(inputs: Inputs, samples: str) -> str:
    """What all roles share: the rules of the house, the problem, the data."""
    shown = prose(samples, SAMPLES_ROOM)
    given = {
        "specification": inputs.specification,
        "profile": inputs.profile,
        "problem": inputs.problem,
        "kind": register.kind_of(inputs.problem),
        "manifest": inputs.manifest,
        "samples": shown,
        "statement_room": STATEMENT_ROOM,
    }
    empty = _render("_shared/system.md.jinja", **given, lines=[], groups=[])
    room = max(LEAST, SYSTEM_ROOM - tokens(empty))
    lines, groups = columns.told(inputs.profile, inputs.problem, room)
    return _render("_shared/system.md.jinja", **given, lines=lines, groups=groups)


@lru_cache(maxsize=4)
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((resource("prompts") / "_shared" / name).read_text("utf-8"))


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The prompt files, strict about undefined names. `q`, `prose` and `last_lines` are what others' text enters by."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("prompts")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  # no HTML: q, prose and the fence guard what others wrote
    )
    env.filters.update(q=quoted, prose=prose, last_lines=last_lines, runs=runs, share=columns.share)
    env.globals.update(fenced=fenced)
    return env


def _render(name: str, **given: Any) -> str:
    return sealed(environment().get_template(name).render(given).strip() + "\n")
