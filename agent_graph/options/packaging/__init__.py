"""How releases reach a cluster."""

from pathlib import Path

from agent_graph.option import Choice

CHOICE = Choice(
    name="packaging",
    line="how releases reach a cluster",
    owner="mlops",
    default="kustomize",
    folder=Path(__file__).parent,
)
