"""What answers requests; `conformance` says what every option has to show."""

from pathlib import Path

from agent_graph.measuring.serving import Serving
from agent_graph.option import Choice
from agent_graph.options.serving import conformance

CHOICE = Choice(
    name="serving",
    line="what answers requests",
    owner="mlops",
    default="fastapi",
    folder=Path(__file__).parent,
    check=conformance.check,
    says=Serving,
    beside=True,  # the gate's own cell is done while the service's is still loading, and counts the processor's seconds
)
