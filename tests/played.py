"""A reading that is played: by the rules of English phrases alone, so that what is around readings can be tested."""

from __future__ import annotations

from typing import Any

from agent_graph.artifacts import Profile, Reading, Specification
from agent_graph.intake import framing


def played(specification: Specification, profile: Profile, **more: Any) -> Reading:
    """A sure reading of a table; `more` are further facts of it."""
    problem = framing.frame(specification, profile)
    binary = problem.task == "binary"
    known: dict[str, Any] = {
        "statement": specification.statement, "table": profile.main.name, "target": problem.target.column,
        "task": problem.task, "positive": problem.target.classes[1] if binary else None, "label": problem.target,
        "metric": problem.metric, "split": "random", "unit": problem.unit, "confidence": 0.93,
    }  # fmt: skip
    return Reading(**{**known, **more})
