"""What tests and releases a change; `conformance` says what every option has to show."""

from pathlib import Path

from agent_graph.option import Choice
from agent_graph.options.ci import conformance

CHOICE = Choice(
    name="ci",
    line="what tests and releases a change",
    owner="mlops",
    default="github_actions",
    folder=Path(__file__).parent,
    check=conformance.check,
)
