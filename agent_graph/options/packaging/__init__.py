"""How releases reach a cluster; `conformance` says what every option has to show."""

from pathlib import Path

from agent_graph.measuring.cluster import Packaging
from agent_graph.option import Choice
from agent_graph.options.packaging import conformance

CHOICE = Choice(
    name="packaging",
    line="how releases reach a cluster",
    owner="mlops",
    default="kustomize",
    folder=Path(__file__).parent,
    check=conformance.check,
    says=Packaging,
)
