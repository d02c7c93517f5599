"""What a question hangs on beside its answer: what a row is about, its moment and series, how long something took."""

from __future__ import annotations

import numpy as np

from agent_graph import register
from agent_graph.artifacts import Part
from agent_graph.intake.keys import timeline
from agent_graph.intake.keys.duration import event_and_duration
from agent_graph.intake.keys.entity import entity
from agent_graph.intake.keys.tested import split_of
from agent_graph.intake.scorer.opinion import Opinion
from agent_graph.intake.wishes import Wished

__all__ = ["keys_of"]
SPOKEN = 0.7  # how near a column must be to a piece of the statement that it rests on


def keys_of(opinion: Opinion, target: int, task: str, wished: Wished, *, given: str = "") -> tuple[Part, ...]:
    """Entity, split, horizon, series, event and duration as far as words and values tell them, were `target` the
    answer. `given` is the entity that the person named."""
    columns, near = opinion.scene.columns, _spoken_of(opinion)
    named = Part(topic="entity", choice=given, confidence=1.0, reason="given") if given else entity(
        columns, target, opinion.scene.statement, wished.unit.value if wished.unit else "")  # fmt: skip
    found = [named, split_of(opinion, target, wished, named.choice if named else "")]
    kind = register.kind(task)
    if kind.truth == "series":
        found += [timeline.horizon(columns.profile, wished), timeline.series(columns, target, near)]
    if kind.truth == "duration":
        found += event_and_duration(columns, target, opinion.targets, near)
    return tuple(part for part in found if part is not None)


def _spoken_of(opinion: Opinion) -> dict[str, str]:
    """The columns that the statement speaks of by their words, each with the piece that does."""
    best = opinion.scene.pairs.best
    if not best.size:
        return {}
    return {name: opinion.scene.pieces[int(np.argmax(row))]
            for name, row in zip(opinion.scene.columns.names, best, strict=True) if row.max() >= SPOKEN}  # fmt: skip
