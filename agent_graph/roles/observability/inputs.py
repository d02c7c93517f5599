"""What the observability knows."""

from __future__ import annotations

from agent_graph.artifacts import DataDesign, DeploymentDesign, FeatureDesign, HardeningDesign, TrainingDesign
from agent_graph.role import Inputs


class ObservabilityInputs(Inputs):
    """The whole project as designed so far."""

    data: DataDesign
    features: FeatureDesign
    training: TrainingDesign
    hardening: HardeningDesign
    deployment: DeploymentDesign
