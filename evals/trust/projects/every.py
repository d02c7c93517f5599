"""Every pair of the catalogue, about a quarter of an hour: `make trust PARTS=every_project`."""

from __future__ import annotations

from evals.trust.lines import Line, Say
from evals.trust.projects.catalogue import PAIRS
from evals.trust.projects.measure import told


def run(sample: bool, say: Say) -> list[Line]:
    """Both rates of all pairs."""
    return told(list(PAIRS), False, say)
