"""By which metric counts are judged, where a statement names none."""

from __future__ import annotations

from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import Claim
from agent_graph.kinds.shapes.number import told


def judged(text: str, column: ColumnProfile) -> Claim:
    """By the words, else as a Poisson variable is."""
    usual = Claim("poisson_deviance", 0.85, "a count: errors weigh by what is expected, and totals agree")
    return told(text, column) or usual
