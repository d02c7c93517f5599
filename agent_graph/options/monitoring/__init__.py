"""What watches the service and the jobs."""

from pathlib import Path

from agent_graph.option import Choice

CHOICE = Choice(
    name="monitoring",
    line="what watches the service and the jobs, and calls people",
    owner="observability",
    default="prometheus",
    folder=Path(__file__).parent,
)
