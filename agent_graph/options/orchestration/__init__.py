"""What runs the pipeline's steps in their order."""

from pathlib import Path

from agent_graph.option import Choice

CHOICE = Choice(
    name="orchestration",
    line="what runs the pipeline's steps in their order",
    owner="observability",  # whose turn is last: before it a step of the pipeline isn't written yet
    default="make",
    folder=Path(__file__).parent,
)
