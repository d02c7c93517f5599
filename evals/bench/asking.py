"""What asking a model costs beside its own time: six questions over HTTP to a server that answers at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_graph import profiling
from agent_graph.artifacts import Specification, changes_of, manifest_for
from agent_graph.context import Colleague
from agent_graph.design import agent
from agent_graph.intake import framing
from agent_graph.llm import Door, DoorOptions, Models, ModelSpec
from agent_graph.role import Inputs, Role
from agent_graph.roles import ROLES
from agent_graph.writing.contribution import files_of
from evals.bench.clock import timed
from tests.llm.server import Exchange, ModelServer, says, serving

Design = Callable[[Role, Inputs], Any]


def measure(data: Path, statement: str, target: str) -> float:
    """Seconds that six designs of a model which changes nothing take longer than the playbooks' own.

    The client's import, prompts, HTTP, validation and the roles' rules are in it; gates, and what a run renders for
    them in any case, are not.
    """
    specification = Specification(name="asked", statement=statement, data=(str(data),), target=target)
    profile = profiling.profile([str(data)])
    basis = {
        "specification": specification,
        "profile": profile,
        "problem": framing.frame(specification, profile),
        "manifest": manifest_for("asked"),
    }
    _designed(basis, agent.playbook)
    _rendered(basis)
    alone = timed(lambda: _designed(basis, agent.playbook))
    with serving(ModelServer(always=_changes_nothing())) as server:
        return timed(lambda: _asked(basis, server)) - alone


def _asked(basis: dict[str, Any], server: ModelServer) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "answers.sqlite"
        door = Door(Models(ModelSpec("openai", "stub", server.url)), DoorOptions(store=store), environment={})
        made = _designed(basis, lambda role, inputs: agent.design(role, agent.Task(inputs), Colleague(door))[1])
        door.close()
    if not all(authorship.by_model for authorship in made):
        raise RuntimeError(f"the scripted model was not taken: {[authorship.why for authorship in made]}")


def _designed(basis: dict[str, Any], design: Design) -> list[Any]:
    """What `design` gives for each role, on the playbooks' designs before it."""
    state, made = dict(basis), []
    for role in ROLES:
        inputs = _inputs(role, state)
        state[role.writes] = agent.playbook(role, inputs)
        made.append(design(role, inputs))
    return made


def _inputs(role: Role, state: dict[str, Any]) -> Inputs:
    return role.reads(**{key: state[key] for key in role.reads.model_fields if key in state})


def _rendered(basis: dict[str, Any]) -> None:
    """Every template compiled."""
    state: Any = dict(basis)
    for role in ROLES:
        state[role.writes] = agent.playbook(role, _inputs(role, state))
    for role in ROLES:
        files_of(role, state)


def _changes_nothing() -> Callable[[Exchange], None]:
    """Each role's answer in the order of the roles."""
    left = [says(dict.fromkeys(changes_of(role.returns).model_fields)) for role in ROLES]
    return lambda exchange: left.pop(0)(exchange)


if __name__ == "__main__":
    from agent_graph.cli.commands import DEMO_STATEMENT, DEMO_TARGET

    DATA = Path(__file__).resolve().parents[1] / "data" / "telco_churn.csv"
    print(f"{measure(DATA, DEMO_STATEMENT, DEMO_TARGET):.2f} s")
