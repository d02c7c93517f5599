"""Kubernetes manifests with a Kustomize overlay for each environment."""

from pathlib import Path

from agent_graph.measuring.cluster import Packaging
from agent_graph.option import Option
from agent_graph.options.packaging.kustomize.rendering import ROOT, environments

OPTION = Option(
    choice="packaging",
    name="kustomize",
    line="Kubernetes manifests, a Kustomize overlay for each environment",
    folder=Path(__file__).parent,
    shown_by="validated",
    tool="kubernetes-validate",
    words=("Kustomize",),
    gives=frozenset({"cluster"}),
    says=Packaging(ROOT, f"{ROOT}/base", environments),
    traces=("kustomization", "kustomize"),
)
