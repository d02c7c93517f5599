"""Main and side tables as one frame."""

from __future__ import annotations

import polars as pl

from agent_graph.artifacts import Profile
from agent_graph.profiling import histories, reading
from agent_graph.profiling.keys import as_key


def joined(profile: Profile, main: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """The main table's rows (or those given) in order, with the side tables' columns as `<table>.<column>`."""
    frame = reading.typed(profile.main) if main is None else main
    for join in profile.joins:
        side = next(table for table in profile.tables if table.name == join.table)
        if join.summaries:
            frame = histories.brought(frame, side, join)
            continue
        added = [pl.col(c.name).alias(f"{side.name}.{c.name}") for c in side.columns if c.name not in join.right]
        right = reading.typed(side).select(*as_key(join.right, join.forms), *added)
        keys = [f"key_{k}" for k in range(len(join.left))]
        frame = frame.with_columns(as_key(join.left, join.forms))
        frame = frame.join(right, on=keys, how="left", maintain_order="left").drop(keys)
    return frame


def sample(profile: Profile, rows: int, seed: int = 0) -> pl.DataFrame:
    """At most `rows` joined rows in the table's order: a random part, the same for the same seed."""
    main = reading.typed(profile.main)
    if profile.main.rows > rows:
        chosen = pl.int_range(profile.main.rows, eager=True).sample(rows, seed=seed).sort()
        main = (
            main.with_row_index("__row").filter(pl.col("__row").is_in(chosen.implode())).drop("__row").collect().lazy()
        )
    return joined(profile, main).collect()
