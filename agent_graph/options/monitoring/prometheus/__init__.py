"""Prometheus rules with their own tests, Alertmanager routes, Grafana dashboards."""

from pathlib import Path

from agent_graph.option import Option

OPTION = Option(
    choice="monitoring",
    name="prometheus",
    line="Prometheus rules with their tests, Alertmanager, Grafana",
    folder=Path(__file__).parent,
    shown_by="validated",
    tool="promql-parser",
    words=("Prometheus",),
    needs=frozenset({"http"}),
    traces=("alertmanager", "grafana"),
)
