"""An option in a package of its own, as a stranger would write it: a file, a piece of the README, a check."""

from pathlib import Path

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings
from agent_graph.option import Option

FILE = "chores/pipeline.txt"


def check(bench: Bench) -> tuple[Check, ...]:
    """Its list of chores names the commands of the pipeline in their order."""
    findings, path = Findings("mlops"), bench.tree / FILE
    lines = path.read_text("utf-8").split() if path.is_file() else []
    wanted = ["ingest", "validate", "features", "train", "evaluate", "promote", "reference"]
    findings.add("chores_in_order", lines == wanted, f"{FILE} lists {', '.join(lines) or 'nothing'}")
    return tuple(findings.checks)


OPTION = Option(
    choice="orchestration",
    name="chores",
    line="a list of chores that a person ticks off",
    folder=Path(__file__).parent,
    shown_by="validated",
    tool="pencil",
    words=("Chores",),
    traces=("chores/",),
    check=check,
)
