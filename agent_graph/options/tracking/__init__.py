"""Where experiments are kept: parameters, metrics, plots, models; `conformance` holds every option to that."""

from pathlib import Path

from agent_graph.option import Choice
from agent_graph.options.tracking import conformance

CHOICE = Choice(
    name="tracking",
    line="where experiments, their metrics and models are kept",
    owner="ml_engineer",
    default="mlflow",
    folder=Path(__file__).parent,
    check=conformance.check,
)
