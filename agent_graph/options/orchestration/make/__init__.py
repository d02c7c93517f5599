"""make on a machine, cron jobs in a cluster: the targets are the skeleton's own."""

from pathlib import Path

from agent_graph.artifacts import Check
from agent_graph.bench import Bench
from agent_graph.option import Option
from agent_graph.options.orchestration.conformance import Orchestration
from agent_graph.options.orchestration.conformance import check as conforms


def check(bench: Bench) -> tuple[Check, ...]:
    """`make run` from a clean checkout; a step that fails is not tried again."""
    return conforms(bench, Orchestration(name="make", run=("make", "run")))


OPTION = Option(
    choice="orchestration",
    name="make",
    line="make on a machine, cron jobs in a cluster",
    folder=Path(__file__).parent,
    shown_by="run",
    tool="make",
    words=("Makefile", "GNU make", "plain make"),
    check=check,
)
