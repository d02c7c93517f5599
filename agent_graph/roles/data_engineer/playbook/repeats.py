"""Rows that are equal: the same case delivered again, or two cases that happen to look alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_graph.artifacts import ColumnProfile
    from agent_graph.roles.data_engineer.inputs import DataEngineerInputs

KEPT = ("feature", "identifier", "group", "time", "weight")
FEWEST_UNLIKE, FEWEST_COLUMNS = 200, 5  # rows that all differ, columns: below, none being equal says little
MOST_ALIKE = 0.25  # share of equal rows beyond which their share tells how many rows came, and no fault
CHANCE = 0.05  # equal pairs that may be expected of rows that have nothing to do with each other


def drops_repeats(inputs: DataEngineerInputs, key: tuple[str, ...]) -> bool:
    """Whether an equal row is the same case again: with a key it is; without, only where none is equal by chance."""
    main = inputs.profile.main
    if key or main.duplicate_rows or main.rows < FEWEST_UNLIKE or len(main.columns) < FEWEST_COLUMNS:
        return bool(key)
    return not often_alike(inputs)


def tolerated(inputs: DataEngineerInputs, key: tuple[str, ...]) -> float | None:
    """The share of a batch's rows that may repeat another one; None where so many may that no share says anything."""
    main = inputs.profile.main
    if key:
        return 0.0
    alike = main.duplicate_rows / main.rows
    if alike > MOST_ALIKE or (not alike and often_alike(inputs)):
        return None
    return round(2 * alike + 0.002, 4)


def often_alike(inputs: DataEngineerInputs) -> bool:
    """Whether the columns that are kept could give equal rows by chance, as if they knew nothing of each other.

    Columns that are left at the door, such as a number that somebody keeps, may be what tells the rows apart so far.
    """
    main = inputs.profile.main
    kept = {role.name for role in inputs.problem.columns if role.use in KEPT}
    alike = math.prod(_alike(column) for column in main.columns if column.name in kept)
    return main.rows**2 / 2 * alike >= CHANCE


def _alike(column: ColumnProfile) -> float:
    """How likely two rows are to hold the same value."""
    known = sum(level.share**2 for level in column.levels)
    rest = max(1 - column.missing - sum(level.share for level in column.levels), 0.0)
    others = max(column.distinct - len(column.levels), 1)
    return known + rest**2 / others + column.missing**2
