"""A Helm chart with values for each environment."""

from pathlib import Path

from agent_graph.measuring.cluster import Packaging
from agent_graph.option import Option
from agent_graph.options.packaging.helm.chart import MANIFESTS, ROOT, check, environments

OPTION = Option(
    choice="packaging",
    name="helm",
    line="a Helm chart, with values for each environment",
    folder=Path(__file__).parent,
    shown_by="validated",
    tool="helm",
    words=("Helm", "Helm chart", "Helm charts"),
    gives=frozenset({"cluster"}),
    traces=("helm", "chart.yaml"),
    says=Packaging(ROOT, MANIFESTS, environments),
    check=check,
)
