"""What watches the service and the jobs; `conformance` says what every option has to show."""

from pathlib import Path

from agent_graph.option import Choice
from agent_graph.options.monitoring import conformance

CHOICE = Choice(
    name="monitoring",
    line="what watches the service and the jobs, and calls people",
    owner="observability",
    default="prometheus",
    folder=Path(__file__).parent,
    check=conformance.check,
)
