"""The label of every row, made of the target's column by its rule."""

from __future__ import annotations

import polars as pl

from agent_graph import register
from agent_graph.artifacts import ColumnProfile, Target, Task


def label(target: Target, task: Task) -> pl.Expr:
    """The label, as its kind of problem makes it; missing where the raw value is, or is no answer yet."""
    return register.kind(task).shape.label(target)


def unlabelled(target: Target, column: ColumnProfile) -> float:
    """Share of rows that have no label: the value is missing, no answer yet, or of a class too rare to learn."""
    without = {*target.unsettled, *target.rare}
    return column.missing + sum(level.share for level in column.levels if level.value in without)


def numeric_label(target: Target, task: Task) -> list[pl.Expr]:
    """The label as floats, one for each output."""
    return register.kind(task).shape.outputs(target)
