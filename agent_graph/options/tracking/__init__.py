"""Where experiments are kept: parameters, metrics, plots, models."""

from pathlib import Path

from agent_graph.option import Choice

CHOICE = Choice(
    name="tracking",
    line="where experiments, their metrics and models are kept",
    owner="ml_engineer",
    default="mlflow",
    folder=Path(__file__).parent,
)
