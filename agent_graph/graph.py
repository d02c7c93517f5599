"""The whole shape on one page: every node and every edge."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent_graph import nodes, routing
from agent_graph.context import Context
from agent_graph.state import RunState, gate_of
from agent_graph.team import ROLES


def build_graph(checkpointer: BaseCheckpointSaver[Any] | None = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """intake → (role ⇄ gate) × 6 → prove → report; a failed proof goes back to the owner of the failed check."""
    graph = StateGraph(RunState, context_schema=Context)

    graph.add_node("intake", nodes.intake)
    graph.add_node("prove", nodes.prove)
    graph.add_node("report", nodes.report)
    for role in ROLES:
        graph.add_node(role.name, nodes.designing(role))
        graph.add_node(gate_of(role.name), nodes.gating(role))

    graph.add_edge(START, "intake")
    graph.add_edge("intake", ROLES[0].name)
    order = [*(role.name for role in ROLES), "prove"]
    for name, following in pairwise(order):
        graph.add_edge(name, gate_of(name))
        graph.add_conditional_edges(gate_of(name), routing.after_gate(name, following), [name, following])
    graph.add_conditional_edges("prove", routing.after_prove, [*order[:-1], "report"])
    graph.add_edge("report", END)

    return graph.compile(checkpointer=checkpointer)
