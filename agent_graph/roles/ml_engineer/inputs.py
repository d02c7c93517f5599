"""What the ml engineer knows."""

from __future__ import annotations

from agent_graph.artifacts import DataDesign, FeatureDesign
from agent_graph.role import Inputs


class MlEngineerInputs(Inputs):
    """What the ml-engineer reads."""

    data: DataDesign
    features: FeatureDesign
