"""What runs the pipeline's steps in their order; `conformance` says what every option has to show."""

from pathlib import Path

from agent_graph.option import Choice
from agent_graph.options.orchestration import conformance

CHOICE = Choice(
    name="orchestration",
    line="what runs the pipeline's steps in their order",
    owner="mlops",
    shown_at="observability",  # whose turn is last: before it a step of the pipeline isn't written yet
    default="make",
    beside=True,
    folder=Path(__file__).parent,
    check=conformance.check,
)
