"""What a person is shown before a design is built and before the code is proven, and what their answer means.

An answer is a mapping: `decision` is "approve", "back" (with `note`, and `role` for the code) or "edit" (with `design`,
JSON of the whole design).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agent_graph.artifacts import ROLE_NAMES, Artifact, Check, Note, Review, SignOff
from agent_graph.context import Context
from agent_graph.errors import BadInput, DesignRejected
from agent_graph.role import Role
from agent_graph.roles import BY_NAME
from agent_graph.state import RunState, gate_of, inputs_of, review_of

DECISIONS = ("approve", "back", "edit")


def let_pass(role: Role, state: RunState, *, wanted: bool) -> bool:
    """Whether nobody has to look at the role's design: not asked for, or approved as it is."""
    return not wanted or _review(role, state).approved == _design(role, state).fingerprint()


def plan(role: Role, state: RunState) -> dict[str, Any]:
    """What a person sees of a design: its decisions, and the whole of it."""
    design = _design(role, state)
    decisions = [decision.model_dump() for decision in getattr(design, "decisions", ())]
    return {
        "review": "plan",
        "role": role.name,
        "decisions": decisions,
        "design": design.model_dump(mode="json"),
    }


def reviewed(role: Role, state: RunState, answer: Mapping[str, Any] | None) -> Review:
    """The review after a person's answer; None approves. BadInput when the answer can't be used."""
    former, design = _review(role, state), _design(role, state)
    if answer is None or answer.get("decision") == "approve":
        return former.model_copy(update={"approved": design.fingerprint()})
    if answer.get("decision") == "back":
        note = Note(role=role.name, text=_said(answer), revision=state["revision"])
        return Review(notes=(*former.notes, note))
    edited = as_edited(role, state, answer)
    return former.model_copy(update={"approved": edited.fingerprint(), "edited": edited.model_dump_json()})


def as_edited(role: Role, state: RunState, answer: Mapping[str, Any]) -> Artifact:
    """The design that a person wrote. BadInput names what doesn't fit its shape or its role's rule."""
    if answer.get("decision") != "edit":
        raise BadInput(f"{answer.get('decision')!r} is no answer to a review; choose one of {', '.join(DECISIONS)}")
    try:
        edited = role.returns.model_validate_json(str(answer.get("design", "")))
        role.rule(edited, inputs_of(role, state))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the design"
        raise BadInput(f"the edited design doesn't fit: {where}: {first['msg']}") from error
    except DesignRejected as error:
        raise BadInput(f"the edited design breaks a rule: {error}") from error
    return edited


def held(payload: Mapping[str, Any], answer: Mapping[str, Any], state: RunState) -> None:
    """Raise BadInput for an answer that the stop with this payload can't use, before it is on record."""
    if payload["review"] == "plan":
        reviewed(BY_NAME[payload["role"]], state, answer)
    else:
        signed(SignOff(), "", answer, state["revision"])


def code(state: RunState, context: Context) -> dict[str, Any]:
    """What a person sees of the code: where it lies, who wrote what, which checks didn't pass."""
    gates = [state[gate_of(name)] for name in ROLE_NAMES if gate_of(name) in state]  # type: ignore[literal-required]
    checks: list[Check] = [check for gate in gates for check in gate.checks]
    return {
        "review": "code",
        "path": str(context.workspace.path),
        "commit": context.workspace.head(),
        "files": context.workspace.owned(),
        "passed": sum(check.verdict == "passed" for check in checks),
        "other": [check.model_dump() for check in checks if check.verdict != "passed"],
    }


def signed(former: SignOff, tree: str, answer: Mapping[str, Any], revision: int) -> SignOff:
    """The sign-off after a person's answer. BadInput when it can't be used."""
    if answer.get("decision") == "approve":
        return former.model_copy(update={"approved": tree, "sent_back": None})
    role = str(answer.get("role", "")).replace("-", "_")
    if answer.get("decision") != "back" or role not in ROLE_NAMES:
        raise BadInput(f"the code is approved, or a role of {', '.join(ROLE_NAMES)} is sent back with a note")
    note = Note(role=role, text=_said(answer), revision=revision)
    return SignOff(notes=(*former.notes, note), sent_back=role)


def _said(answer: Mapping[str, Any]) -> str:
    words = str(answer.get("note", "")).strip()
    if not words:
        raise BadInput("a role is sent back with a note that says what to change")
    return words


def _review(role: Role, state: RunState) -> Review:
    return state.get(review_of(role.name), Review())  # type: ignore[return-value]


def _design(role: Role, state: RunState) -> Artifact:
    return state[role.writes]  # type: ignore[literal-required, no-any-return]
