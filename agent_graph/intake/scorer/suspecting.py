"""What arithmetic and order alone hold against the columns, were a column the target."""

from __future__ import annotations

from agent_graph import register
from agent_graph.artifacts import ColumnProfile, Profile, Suspect, Target, Task
from agent_graph.intake.evidence.columns import shape_of
from agent_graph.intake.framing.task import as_is
from agent_graph.profiling import suspects


def plain_target(column: ColumnProfile) -> tuple[Target, Task] | None:
    """The column as a target as it stands, with the task that its values fit; None where they fit none."""
    shape = shape_of(column)
    kind = next((kind for kind in register.kinds().values() if shape in kind.column.takes), None)
    if kind is None or kind.column.misfit(column):
        return None
    classes = () if kind.numeric else tuple(sorted(level.value for level in column.levels))
    return as_is(column, classes), kind.name


def suspected(profile: Profile, column: ColumnProfile) -> tuple[Suspect, ...]:
    """Suspects for a column as it stands, whatever the words say."""
    found = plain_target(column)
    return suspects(profile, *found) if found else ()
