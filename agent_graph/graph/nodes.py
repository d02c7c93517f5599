"""The nodes: read the state, call one verb below, return the update."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agent_graph.artifacts import Authorship, Event, Review, Setback, SignOff, Specification
from agent_graph.context import Context
from agent_graph.design import agent, approval
from agent_graph.intake import understanding as intake_room
from agent_graph.proof import gates
from agent_graph.proof import proving as proof_room
from agent_graph.reporting import publishing as reporting
from agent_graph.role import Role
from agent_graph.settings import settings
from agent_graph.state import GRAPH_VERSION, RunState, authorship_of, gate_of, inputs_of, review_of
from agent_graph.telling import readings

Update = dict[str, Any]


class Node(Protocol):
    """What LangGraph calls: the state and the run's surroundings in, the update out."""

    def __call__(self, state: RunState, *, runtime: Runtime[Context]) -> Update: ...


Surroundings = Callable[[RunState], Context]


def surrounded(node: Node, surroundings: Surroundings) -> Node:
    """The node with a context made of its state."""

    def within(state: RunState, *, runtime: Runtime[Context]) -> Update:
        return node(state, runtime=runtime.override(context=surroundings(state)))

    return within


def intake(state: RunState, *, runtime: Runtime[Context]) -> Update:
    """Profile the data, settle the question (asking a person where unsure), seal the hold-out, lay the skeleton."""
    context = runtime.context
    specification = Specification.model_validate(state["specification"])  # a server's input is plain JSON
    heard = intake_room.understand(specification, context)
    left = readings.MOST_ASKED
    while not context.guess and left and (wanted := readings.wanted(heard.reading)[:left]):
        said: dict[str, str] = interrupt(readings.inquiry(specification.name, heard.reading, wanted))
        answers = {topic: choice for topic, choice in said.items() if topic}
        if not answers and not heard.reading.asks:
            break  # nobody was there, and nothing had to be answered
        specification, heard = intake_room.settle(specification, heard, answers)
        left -= len(wanted)
    profile, problem = intake_room.frame(specification, heard.profile, heard.reading, context.emit)
    return {
        "graph_version": GRAPH_VERSION,
        "tries": settings().tries,
        "revision": 1,
        "notes": (),
        "user_edits": (),
        "specification": specification,
        "reading": heard.reading,
        "problem": problem,
        **intake_room.found(specification, profile, problem, context, heard.reading),
    }


def designing(role: Role) -> Node:
    """The node of a role: its inputs in, its design out; knowing the same as before, its design stands."""

    def node(state: RunState, *, runtime: Runtime[Context]) -> Update:
        context, started = runtime.context, time.monotonic()
        task = agent.Task(
            inputs=inputs_of(role, state).model_copy(update={"setback": setback(role, state)}),
            revision=state["revision"],
            former=state.get(authorship_of(role.name), Authorship()),  # type: ignore[arg-type]
            samples=agent.samples(state, context.colleague.sample_rows if context.colleague else 0),
            edited=state.get(review_of(role.name), Review()).edited,  # type: ignore[attr-defined]
        )
        if role.writes in state and agent.stands(role, task, context.colleague):
            context.emit(Event("design", role.name, "knows nothing new: its design stands"))
            return {}
        design, authorship = agent.design(role, task, context.colleague)
        line = gates.headline(design)
        said = f"{authorship.author}: {line}" if authorship.by_model else line
        context.emit(Event("design", role.name, said, seconds=time.monotonic() - started))
        return {role.writes: design, authorship_of(role.name): authorship}

    return node


def reviewing(role: Role) -> Node:
    """The stop at which a person may look at a role's design, if they asked for it."""

    def node(state: RunState, *, runtime: Runtime[Context]) -> Update:
        wanted = "plan" in runtime.context.review
        answer = None if approval.let_pass(role, state, wanted=wanted) else interrupt(approval.plan(role, state))
        return {review_of(role.name): approval.reviewed(role, state, answer)}

    return node


def gating(role: Role) -> Node:
    """The node of a gate: render, commit, measure."""

    def node(state: RunState, *, runtime: Runtime[Context]) -> Update:
        return {gate_of(role.name): gates.run_gate(role, state, runtime.context)}

    return node


def sign_off(state: RunState, *, runtime: Runtime[Context]) -> Update:
    """The stop at which a person may look at the whole code before it is proven, if they asked for it."""
    former, tree = state.get("sign_off", SignOff()), runtime.context.workspace.tree()
    if "code" not in runtime.context.review or former.approved == tree:
        return {"sign_off": former.model_copy(update={"approved": tree, "sent_back": None})}
    answer = interrupt(approval.code(state, runtime.context))
    return {"sign_off": approval.signed(former, tree, answer, state["revision"])}


def prove(state: RunState, *, runtime: Runtime[Context]) -> Update:
    """Run the whole project from a clean checkout and score it on the sealed rows."""
    return {"proof": proof_room.prove(state, runtime.context)}


def report(state: RunState, *, runtime: Runtime[Context]) -> Update:
    """Write the report, the README and the model card, with the measured numbers."""
    return {"report": reporting.publish(state, runtime.context)}


def setback(role: Role, state: RunState) -> Setback | None:
    """What failed of the role's last design of this revision, at its gate or in the proof; None for the first design.

    Its number is that of the playbook's designs, or of the model's, as the last one was.
    """
    gate, proof = state.get(gate_of(role.name)), state.get("proof")
    former: Authorship = state.get(authorship_of(role.name), Authorship())  # type: ignore[assignment]
    now = state["revision"]
    measured = gate.failed if gate is not None and gate.revision == now else ()  # type: ignore[attr-defined]
    proven = proof.failed if proof is not None and proof.revision == now else ()
    failed = (*measured, *(check for check in proven if check.owner == role.name))
    if not failed or gate is None:
        return None
    tried = gate.attempt if gate.revision == now else 1  # type: ignore[attr-defined]
    attempt = former.designs if former.by_model else max(tried - former.designs, 1)
    return Setback(attempt=attempt, checks=failed)
