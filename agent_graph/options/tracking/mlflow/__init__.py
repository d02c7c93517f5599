"""MLflow: runs, metrics, plots and the model registry, in files or on a server."""

from pathlib import Path

from agent_graph.artifacts import Setting
from agent_graph.option import Option

OPTION = Option(
    choice="tracking",
    name="mlflow",
    line="MLflow runs and model registry, in files or on a server",
    folder=Path(__file__).parent,
    shown_by="run",
    tool="mlflow",
    words=("MLflow", "ML flow"),
    packages=(Setting(key="mlflow", value=">=3.17,<4"),),
    traces=("mlflow",),
)
