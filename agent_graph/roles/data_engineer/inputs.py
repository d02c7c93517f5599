"""What the data engineer knows."""

from __future__ import annotations

from agent_graph.role import Inputs


class DataEngineerInputs(Inputs):
    """What the data engineer knows: the facts and the problem."""
