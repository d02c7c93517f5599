"""Describe a machine-learning problem, point at the data, get a proven repository.

>>> from agent_graph import new
>>> outcome = new("We run a phone company. Who will leave next month?", "customers.csv")  # doctest: +SKIP
>>> outcome.proven, outcome.report.proof.holdout.score  # doctest: +SKIP
(True, 0.84)
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent_graph.runner import Outcome, Run, new, project, projects, report

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")  # langgraph reads it when imported: our own types only

__version__ = "0.1.0"
__all__ = ["Outcome", "Run", "__version__", "new", "project", "projects", "report"]


def __getattr__(name: str) -> Any:
    """Load the API when it is first asked for: nothing heavy is imported for `--help`."""
    if name in __all__:
        return getattr(import_module("agent_graph.runner"), name)
    raise AttributeError(f"module 'agent_graph' has no attribute {name!r}")
