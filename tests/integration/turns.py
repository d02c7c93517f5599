"""The example up to one role's turn, without the graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent_graph.artifacts import Specification
from agent_graph.cli.commands import DEMO_STATEMENT
from agent_graph.context import Context
from agent_graph.design import agent
from agent_graph.intake import understanding
from agent_graph.proof import gates
from agent_graph.roles import BY_NAME
from agent_graph.state import inputs_of
from agent_graph.workspace import Workspace
from tests.integration.runs import ROOT, TELCO


def until_features(home: Path, *, budget_s: float) -> tuple[Any, Context]:
    """State and context with the data engineer's gate passed and the data scientist's design by its playbook."""
    workspace = Workspace(home / "project", home / "run")
    context = Context(home / "run", ROOT / "generated" / ".agent-graph" / "cache", workspace)
    context.folder.mkdir()
    specification = Specification(
        name="telco-churn", statement=DEMO_STATEMENT, data=(str(TELCO),), target="churn", budget_s=budget_s
    )
    heard = understanding.understand(specification, context)
    profile, reading = heard.profile, heard.reading
    profile, problem = understanding.frame(specification, profile, reading, context.emit)
    state: Any = {"specification": specification, "problem": problem, "tries": 3, "revision": 1, "user_edits": ()}
    state |= understanding.found(specification, profile, problem, context, heard.reading)
    engineer, scientist = BY_NAME["data_engineer"], BY_NAME["data_scientist"]
    state["data"] = agent.playbook(engineer, inputs_of(engineer, state))
    assert gates.run_gate(engineer, state, context).passed
    state["features"] = agent.playbook(scientist, inputs_of(scientist, state))
    return state, context
