"""make on a machine, cron jobs in a cluster: the targets are the skeleton's own."""

from pathlib import Path

from agent_graph.option import Option
from agent_graph.options.orchestration.conformance import Orchestration, Start

OPTION = Option(
    choice="orchestration",
    name="make",
    line="make on a machine, cron jobs in a cluster",
    folder=Path(__file__).parent,
    shown_by="run",
    tool="make",
    words=("Makefile", "GNU make", "plain make"),
    says=Orchestration("make", lambda bench: Start(("make", "run"), works=False)),  # what fails is not tried again
)
