"""What the data scientist knows."""

from __future__ import annotations

from agent_graph.artifacts import DataDesign
from agent_graph.role import Inputs


class DataScientistInputs(Inputs):
    """What the data scientist knows: the facts, the problem and the data contract."""

    data: DataDesign
