"""make on a machine, cron jobs in a cluster: the targets are the skeleton's own."""

from pathlib import Path

from agent_graph.option import Option

OPTION = Option(
    choice="orchestration",
    name="make",
    line="make on a machine, cron jobs in a cluster",
    folder=Path(__file__).parent,
    shown_by="validated",
    tool="commands_exist",
    words=("Makefile", "GNU make", "plain make"),
)
