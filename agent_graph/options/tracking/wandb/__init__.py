"""Weights & Biases without an account: runs stay on this machine, versions of the model with the project."""

from pathlib import Path

from agent_graph.artifacts import Setting
from agent_graph.measuring.tracking import Tracking
from agent_graph.option import Option

FOLDER = Path(__file__).parent

OPTION = Option(
    choice="tracking",
    name="wandb",
    line="Weights & Biases runs, kept on this machine until they are synced; versions in a file beside them",
    folder=FOLDER,
    shown_by="run",
    tool="wandb",
    words=("Weights & Biases", "Weights and Biases", "W&B"),
    packages=(Setting(key="wandb", value=">=0.31,<1"),),
    traces=("wandb", "weights & biases"),
    says=Tracking(FOLDER / "probe.py", "wandb"),
)
