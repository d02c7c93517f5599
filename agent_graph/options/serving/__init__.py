"""What answers requests."""

from pathlib import Path

from agent_graph.option import Choice

CHOICE = Choice(
    name="serving",
    line="what answers requests",
    owner="mlops",
    default="fastapi",
    folder=Path(__file__).parent,
)
