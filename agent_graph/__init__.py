"""Describe a machine-learning problem, point at the data, get a proven repository; send any one agent back with a note.

The whole of it from Python is in docs/python_api.md, with examples that run: `read`, `new`, `rerun`, `resume`,
`cancel`, `events`, `history`, `diff`, `tree`, `text`, `revert`, `accept`, `report`, `offers`, `machine`.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent_graph.artifacts import Event, ExecutionReport, Reading
    from agent_graph.design.asking import Asking
    from agent_graph.runner import (
        Difference,
        Outcome,
        Run,
        accept,
        cancel,
        diff,
        events,
        history,
        machine,
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
        running,
        text,
        tree,
    )

__version__ = "0.1.0"  # the face imports nothing: `resources.VERSION` and pyproject.toml say the same
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # langgraph reads it when imported: only our own types are restored

__all__ = [
    "Asking",
    "Difference",
    "Event",
    "ExecutionReport",
    "Outcome",
    "Reading",
    "Run",
    "__version__",
    "accept",
    "cancel",
    "diff",
    "events",
    "history",
    "machine",
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
    "running",
    "text",
    "tree",
]
_ELSEWHERE = {
    "Asking": "agent_graph.design.asking",
    "Event": "agent_graph.artifacts",
    "ExecutionReport": "agent_graph.artifacts",
    "Reading": "agent_graph.artifacts",
}


def __getattr__(name: str) -> Any:
    """Load the API when it is first asked for: nothing heavy is imported for `--help`."""
    if name in __all__:
        return getattr(import_module(_ELSEWHERE.get(name, "agent_graph.runner")), name)
    raise AttributeError(f"module 'agent_graph' has no attribute {name!r}")
