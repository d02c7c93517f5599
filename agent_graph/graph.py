"""The whole shape on one page: every node and every edge."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent_graph import nodes, routing
from agent_graph.context import Context
from agent_graph.state import RunState, gate_of, review_of
from agent_graph.team import ROLES


def build_graph(checkpointer: BaseCheckpointSaver[Any] | None = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """intake → (role ⇄ review ⇄ gate) × 6 → sign_off → prove → report.

    A failed gate goes back to its role, a failed proof to the owner of the failed check. The reviews and the sign-off
    are where a person may stop the run and send a role back; nobody asked for them, and they let everything pass.
    """
    graph = StateGraph(RunState, context_schema=Context)

    graph.add_node("intake", nodes.intake)
    graph.add_node("sign_off", nodes.sign_off)
    graph.add_node("prove", nodes.prove)
    graph.add_node("report", nodes.report)
    for role in ROLES:
        graph.add_node(role.name, nodes.designing(role))
        graph.add_node(review_of(role.name), nodes.reviewing(role))
        graph.add_node(gate_of(role.name), nodes.gating(role))

    names = [role.name for role in ROLES]
    graph.add_edge(START, "intake")
    graph.add_edge("intake", names[0])
    for role in ROLES:
        review, gate = review_of(role.name), gate_of(role.name)
        graph.add_edge(role.name, review)
        graph.add_conditional_edges(review, routing.after_review(role.name, role.writes), [role.name, gate])
    for name, following in pairwise([*names, "sign_off"]):
        graph.add_conditional_edges(gate_of(name), routing.after_gate(name, following), [name, following])
    graph.add_conditional_edges("sign_off", routing.after_sign_off, [*names, "prove"])
    graph.add_conditional_edges("prove", routing.after_prove, [*names, "report"])
    graph.add_edge("report", END)

    return graph.compile(checkpointer=checkpointer)
