"""The nodes: read the state, call one verb below, return the update."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Protocol

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agent_graph import agent, framing, gates, reporting
from agent_graph import intake as intake_room
from agent_graph import proof as proof_room
from agent_graph.artifacts import Authorship, Setback
from agent_graph.context import Context, Event
from agent_graph.profiling import reading
from agent_graph.role import Inputs, Role
from agent_graph.state import RunState, authorship_of, gate_of

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
        former: Authorship = state.get(authorship_of(role.name), Authorship())  # type: ignore[assignment]
        inputs = inputs_of(role, state, former)
        started = time.monotonic()
        design, authorship = agent.design(role, inputs, context.colleague, former, samples(state, context))
        line = gates.headline(design)
        said = f"{authorship.author}: {line}" if authorship.by_model else line
        context.emit(Event("design", role.name, said, seconds=time.monotonic() - started))
        return {role.writes: design, authorship_of(role.name): authorship}

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


def inputs_of(role: Role, state: RunState, former: Authorship) -> Inputs:
    """What the role knows now, with what failed of its last design."""
    known: dict[str, Any] = {key: state.get(key) for key in role.reads.model_fields}
    return role.reads(**{**known, "setback": setback(role, state, former)})


def samples(state: RunState, context: Context) -> str:
    """The first open rows as text, as many as may be shown; none unless the user asked for it."""
    rows = context.colleague.sample_rows if context.colleague else 0
    if not rows:
        return ""
    main, folder = state["profile"].main, Path(state["sealed"].open_dir)
    return reading.part(main, folder, [column.name for column in main.columns]).head(rows).collect().write_csv()


def setback(role: Role, state: RunState, former: Authorship) -> Setback | None:
    """What failed of the role's last design, at its gate or in the proof; None for the first design.

    Its number is that of the playbook's designs, or of the model's, as the last one was.
    """
    gate = state.get(gate_of(role.name))
    if gate is None:
        return None
    proof = state.get("proof")
    blamed = tuple(check for check in proof.failed if check.owner == role.name) if proof else ()
    failed = (*gate.failed, *blamed)  # type: ignore[attr-defined]
    attempt = former.designs if former.by_model else gate.attempt - former.designs  # type: ignore[attr-defined]
    return Setback(attempt=attempt, checks=failed) if failed else None
