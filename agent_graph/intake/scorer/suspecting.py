"""What arithmetic and order alone hold against the columns, were a column the target."""

from __future__ import annotations

from agent_graph.artifacts import ColumnProfile, Profile, Suspect, Target, Task
from agent_graph.intake.evidence.columns import shape_of
from agent_graph.intake.framing.task import MANY_CLASSES
from agent_graph.profiling import suspects


def plain_target(column: ColumnProfile) -> tuple[Target, Task] | None:
    """The column as a target as it stands, with the task that its values fit; None where they fit none."""
    shape = shape_of(column)
    if shape in ("counts", "numbers", "few_numbers"):
        return Target(column=column.name, rule="as_is", threshold=None, values=(), classes=()), "regression"
    classes = tuple(sorted(level.value for level in column.levels))
    if shape == "two":
        return Target(column=column.name, rule="as_is", threshold=None, values=(), classes=classes), "binary"
    if shape in ("few_texts", "many_texts") and column.distinct <= MANY_CLASSES:
        return Target(column=column.name, rule="as_is", threshold=None, values=(), classes=classes), "multiclass"
    return None


def suspected(profile: Profile, column: ColumnProfile) -> tuple[Suspect, ...]:
    """Suspects for a column as it stands, whatever the words say."""
    found = plain_target(column)
    return suspects(profile, *found) if found else ()
