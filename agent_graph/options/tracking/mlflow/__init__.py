"""MLflow: runs, metrics, plots and the model registry, in files or on a server."""

from pathlib import Path

from agent_graph.artifacts import Setting
from agent_graph.measuring.tracking import Tracking
from agent_graph.option import Option

FOLDER = Path(__file__).parent
STORES = (
    "sqlalchemy",
    "alembic",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
)

OPTION = Option(
    choice="tracking",
    name="mlflow",
    line="MLflow runs and model registry, in files or on a server",
    folder=FOLDER,
    shown_by="run",
    tool="mlflow",
    words=("MLflow", "ML flow"),
    packages=(Setting(key="mlflow", value=">=3.17,<4"),),
    traces=("mlflow",),
    says=Tracking(FOLDER / "probe.py", "mlflow", STORES),
)
