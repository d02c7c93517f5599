"""Kinds of problem that this version recognises and doesn't build."""

from __future__ import annotations

from agent_graph import register
from agent_graph.artifacts import Profile, Specification
from agent_graph.errors import NotBuiltYet
from agent_graph.intake.framing.statement import Statement


def built(task: str | None) -> bool:
    """Whether answers to such a question can be built; of None it is left open."""
    return task is None or register.kind(task).built


def refuse_unbuilt(specification: Specification, profile: Profile, statement: Statement) -> None:
    """NotBuiltYet for a kind that isn't built, by the task given, or by words and data together."""
    for kind in register.kinds().values():
        given = specification.task
        if not kind.built and (kind.name == given or (given is None and kind.asked(statement.text, profile))):
            raise NotBuiltYet(kind.refusal)
