"""The label of every row, made of the target's column by its rule."""

from __future__ import annotations

import polars as pl

from agent_graph.artifacts import ColumnProfile, Target, Task


def label(target: Target, task: Task) -> pl.Expr:
    """The label: text for classes, float for numbers; missing where the raw value is."""
    raw = pl.col(target.column)
    if task not in ("binary", "multiclass"):
        return raw.cast(pl.Float64).alias("label")
    if target.rule == "as_is":
        named = raw.cast(pl.String)
        known = pl.when(named.is_in(list(target.rare))).then(None).otherwise(named) if target.rare else named
        return known.alias("label")
    if target.rule == "above":
        holds = raw.cast(pl.Float64) > target.threshold
    elif target.rule == "below":
        holds = raw.cast(pl.Float64) < target.threshold
    else:
        holds = raw.cast(pl.String).is_in(list(target.values))
        holds = ~holds if target.rule == "other_than" else holds
    return (
        pl.when(raw.is_null() | raw.cast(pl.String).is_in(list(target.unsettled)))
        .then(None)
        .when(holds)
        .then(pl.lit(target.classes[1]))
        .otherwise(pl.lit(target.classes[0]))
        .alias("label")
    )


def unlabelled(target: Target, column: ColumnProfile) -> float:
    """Share of rows that have no label: the value is missing, no answer yet, or of a class too rare to learn."""
    without = {*target.unsettled, *target.rare}
    return column.missing + sum(level.share for level in column.levels if level.value in without)


def numeric_label(target: Target, task: Task) -> list[pl.Expr]:
    """The label as floats: itself for numbers, 0/1 for two classes, one 0/1 column a class for several."""
    if task not in ("binary", "multiclass"):
        return [label(target, task).alias("y0")]
    wanted = target.classes[1:] if task == "binary" else target.classes
    return [(label(target, task) == cls).cast(pl.Float64).alias(f"y{k}") for k, cls in enumerate(wanted)]
