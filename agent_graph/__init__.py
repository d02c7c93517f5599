"""Describe a machine-learning problem, point at the data, get a proven repository; send any one agent back with a note.

The whole of it from Python is in docs/python_api.md, with examples that run: `read`, `new`, `rerun`, `resume`,
`history`, `diff`, `revert`, `accept`, `report`, `offers`.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent_graph.artifacts import ExecutionReport, Reading
    from agent_graph.design.asking import Asking
    from agent_graph.runner import (
        Difference,
        Outcome,
        Run,
        accept,
        diff,
        history,
        new,
        offers,
        project,
        projects,
        prompts,
        read,
        report,
        rerun,
        resume,
        revert,
    )

__version__ = "0.1.0"  # the face imports nothing: `resources.VERSION` and pyproject.toml say the same
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # langgraph reads it when imported: only our own types are restored

__all__ = [
    "Asking",
    "Difference",
    "ExecutionReport",
    "Outcome",
    "Reading",
    "Run",
    "__version__",
    "accept",
    "diff",
    "history",
    "new",
    "offers",
    "project",
    "projects",
    "prompts",
    "read",
    "report",
    "rerun",
    "resume",
    "revert",
]
_ELSEWHERE = {
    "Asking": "agent_graph.design.asking",
    "ExecutionReport": "agent_graph.artifacts",
    "Reading": "agent_graph.artifacts",
}


def __getattr__(name: str) -> Any:
    """Load the API when it is first asked for: nothing heavy is imported for `--help`."""
    if name in __all__:
        return getattr(import_module(_ELSEWHERE.get(name, "agent_graph.runner")), name)
    raise AttributeError(f"module 'agent_graph' has no attribute {name!r}")
