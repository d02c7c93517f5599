"""The graph as LangGraph's own server opens it (`langgraph dev`, LangGraph Studio): see langgraph.json.

An input names the specification alone, `{"specification": {"name": …, "statement": …, "data": ["rows.csv"]}}`; each
run's surroundings follow from its name, as they do at the terminal. The server brings its own checkpoints.
"""

from __future__ import annotations

from pathlib import Path

from agent_graph.artifacts import Specification, silent
from agent_graph.context import Context
from agent_graph.graph import build_graph
from agent_graph.runner.executing import context_for
from agent_graph.runner.records import Request
from agent_graph.settings import settings
from agent_graph.state import RunState


def surroundings(state: RunState) -> Context:
    """The context of the run that this state belongs to: playbooks, the sandbox, folders by the project's name."""
    specification = Specification.model_validate(state["specification"])
    path = Path(settings().projects).absolute() / specification.name
    context = context_for(Request(specification=specification, path=str(path)), silent)
    context.folder.mkdir(parents=True, exist_ok=True)
    return context


graph = build_graph(surroundings=surroundings)
