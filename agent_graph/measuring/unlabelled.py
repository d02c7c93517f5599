"""Open rows as callers bring them: without target and leaks, shuffled; what predict, batch and service are asked."""

from __future__ import annotations

import polars as pl

from agent_graph.artifacts import DataDesign
from agent_graph.bench import Bench
from agent_graph.measuring.rows import RawRows

BLANK_EVERY = 20  # rows, of which one lacks a value in each column that may lack it
COMPARED = 240  # rows whose answers are compared


def unlabelled(bench: Bench, raw: RawRows) -> pl.DataFrame:
    """The open rows without target and leak columns, in an order of the run's seed."""
    hidden = {*bench.problem.used("leak"), bench.problem.target.column} & set(raw.frame.columns)
    return raw.frame.drop(hidden).sample(fraction=1.0, shuffle=True, seed=bench.specification.seed)


def compared(frame: pl.DataFrame, data: DataDesign) -> pl.DataFrame:
    """Rows whose answers are compared: each column that may lack values lacks some; the first row is whole."""
    rows = repeated(frame, COMPARED)
    index = pl.int_range(pl.len()) % BLANK_EVERY
    optional = [column.name for column in data.columns if column.nullable and column.name in rows.columns]
    return rows.with_columns(
        pl.when(index == 1 + place % (BLANK_EVERY - 1)).then(None).otherwise(pl.col(name)).alias(name)
        for place, name in enumerate(optional)
    )


def repeated(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """The first `rows` rows, from the start again where there are too few."""
    return pl.concat([frame] * (rows // frame.height + 1)).head(rows)
