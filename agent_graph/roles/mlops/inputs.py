"""What the mlops knows."""

from __future__ import annotations

from agent_graph.artifacts import DataDesign, FeatureDesign, HardeningDesign, TrainingDesign
from agent_graph.role import Inputs


class MlopsInputs(Inputs):
    """What the mlops engineer knows: the facts, the problem and every design before his."""

    data: DataDesign
    features: FeatureDesign
    training: TrainingDesign
    hardening: HardeningDesign
