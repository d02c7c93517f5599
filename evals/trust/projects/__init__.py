"""Dishonest and broken projects beside their honest twins: does the named check tell them apart?"""

from evals.trust.projects.judging import run

__all__ = ["run"]
