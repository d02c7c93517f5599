"""The whole shape on one page: every node and every edge."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent_graph.context import Context
from agent_graph.graph import nodes, routing
from agent_graph.roles import ROLES
from agent_graph.state import RunState, gate_of, review_of


def build_graph(
    checkpointer: BaseCheckpointSaver[Any] | None = None, *, surroundings: nodes.Surroundings | None = None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """intake → (role ⇄ review ⇄ gate) × 6 → sign_off → prove → report.

    A failed gate goes back to its role, a failed proof to the owner of the failed check. The reviews and the sign-off
    are where a person may stop the run and send a role back; nobody asked for them, and they let everything pass.
    `surroundings` makes a run's context of its state, for servers that can't pass one.
    """
    graph = StateGraph(RunState, context_schema=Context)

    def add(name: str, node: nodes.Node) -> None:
        graph.add_node(name, node if surroundings is None else nodes.surrounded(node, surroundings))

    add("intake", nodes.intake)
    add("sign_off", nodes.sign_off)
    add("prove", nodes.prove)
    add("report", nodes.report)
    for role in ROLES:
        add(role.name, nodes.designing(role))
        add(review_of(role.name), nodes.reviewing(role))
        add(gate_of(role.name), nodes.gating(role))

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
