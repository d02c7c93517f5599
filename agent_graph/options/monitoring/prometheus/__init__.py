"""Prometheus rules with their own tests, Alertmanager routes, Grafana dashboards."""

from pathlib import Path

from agent_graph.measuring.watching import Monitoring
from agent_graph.option import Option
from agent_graph.options.monitoring.prometheus.checking import check
from agent_graph.options.monitoring.prometheus.reading import alerts, reads

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
    says=Monitoring(alerts, reads, made=frozenset({"up", "ALERTS"})),
    check=check,
)
