"""What the python pro knows."""

from __future__ import annotations

from agent_graph.artifacts import DataDesign, FeatureDesign, TrainingDesign
from agent_graph.role import Inputs


class PythonProInputs(Inputs):
    """The facts, and the designs whose code is to be hardened."""

    data: DataDesign
    features: FeatureDesign
    training: TrainingDesign
