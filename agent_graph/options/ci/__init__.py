"""What tests and releases a change."""

from pathlib import Path

from agent_graph.option import Choice

CHOICE = Choice(
    name="ci",
    line="what tests and releases a change",
    owner="mlops",
    default="github_actions",
    folder=Path(__file__).parent,
)
