"""The nodes: read the state, call one verb below, return the update."""

from __future__ import annotations

import time
from typing import Any, Protocol

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agent_graph import agent, framing, gates, reporting
from agent_graph import intake as intake_room
from agent_graph import proof as proof_room
from agent_graph.artifacts import Setback
from agent_graph.context import Context, Event
from agent_graph.role import Role
from agent_graph.state import RunState, gate_of

Update = dict[str, Any]


class Node(Protocol):
    """What LangGraph calls: the state and the run's surroundings in, the update out."""

    def __call__(self, state: RunState, *, runtime: Runtime[Context]) -> Update: ...


def intake(state: RunState, runtime: Runtime[Context]) -> Update:
    """Profile the data, settle the question (asking a person where unsure), seal the hold-out, lay the skeleton."""
    context = runtime.context
    specification = state["specification"]
    profile, problem = intake_room.understand(specification, context)
    if not context.assume_yes and (open_questions := framing.questions(problem)):
        answers: dict[str, str] = interrupt([question.model_dump() for question in open_questions])
        specification, profile, problem = intake_room.settle(specification, profile, answers)
    return {
        "specification": specification,
        "problem": problem,
        **intake_room.found(specification, profile, problem, context),
    }


def designing(role: Role) -> Node:
    """The node of a role: its inputs in, its design out."""

    def node(state: RunState, *, runtime: Runtime[Context]) -> Update:
        context = runtime.context
        known: dict[str, Any] = {key: state.get(key) for key in role.reads.model_fields}
        inputs = role.reads(**{**known, "setback": setback(role, state)})
        started = time.monotonic()
        design = agent.design(role, inputs)
        context.emit(Event("design", role.name, gates.headline(design), seconds=time.monotonic() - started))
        return {role.writes: design}

    return node


def gating(role: Role) -> Node:
    """The node of a gate: render, commit, measure."""

    def node(state: RunState, *, runtime: Runtime[Context]) -> Update:
        return {gate_of(role.name): gates.run_gate(role, state, runtime.context)}

    return node


def prove(state: RunState, runtime: Runtime[Context]) -> Update:
    """Run the whole project from a clean checkout and score it on the sealed rows."""
    return {"proof": proof_room.prove(state, runtime.context)}


def report(state: RunState, runtime: Runtime[Context]) -> Update:
    """Write the report, the README and the model card, with the measured numbers."""
    return {"report": reporting.publish(state, runtime.context)}


def setback(role: Role, state: RunState) -> Setback | None:
    """What failed of the role's last design, at its gate or in the proof; None for the first design."""
    gate = state.get(gate_of(role.name))
    if gate is None:
        return None
    proof = state.get("proof")
    blamed = tuple(check for check in proof.failed if check.owner == role.name) if proof else ()
    failed = (*gate.failed, *blamed)  # type: ignore[attr-defined]
    return Setback(attempt=gate.attempt, checks=failed) if failed else None  # type: ignore[attr-defined]
