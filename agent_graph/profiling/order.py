"""In which order rows stand: runs of one value, columns that are sorted, columns that complete a reused name."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from agent_graph.artifacts import TableProfile
from agent_graph.profiling import reading

COMPANIONS = 8


@lru_cache(maxsize=512)
def run_length(table: TableProfile, name: str) -> float:
    """Mean number of consecutive rows that hold one value."""
    values = reading.typed(table).select(name).collect()[name]
    return len(values) / max(1, int(values.rle_id()[-1]) + 1)


@lru_cache(maxsize=512)
def is_sorted(table: TableProfile, name: str) -> bool:
    """Whether the rows stand in the column's order, missing ones aside."""
    return bool(reading.typed(table).select(pl.col(name).drop_nulls().is_sorted()).collect().item())


def companion(table: TableProfile, name: str) -> tuple[str, ...]:
    """A column that tells apart things of one name (the storms named Ana of 1979 and 2015), when one is needed.

    A name is reused when it stands in clearly more runs of rows than it has values; its companion is the column that
    is constant within runs and brings the number of pairs nearest to the number of runs.
    """
    column = table.column(name)
    frame = reading.typed(table)
    run = frame.select(name).collect()[name].rle_id()
    runs = int(run[-1]) + 1
    if runs < 1.15 * column.distinct or table.rows < 3 * runs:
        return ()
    others = [
        c.name
        for c in table.columns
        if c.name != name and 2 <= c.distinct <= 0.2 * table.rows and c.storage == "integer"
    ]
    best: tuple[float, str] | None = None
    for other in others[: COMPANIONS * 4]:
        pair = frame.select(name, other).collect()
        within = pair.with_columns(run.alias("run")).group_by("run").agg(pl.col(other).n_unique())[other]
        steady = (within == 1).sum() / len(within)
        pairs = int(pair.n_unique())
        gap = abs(pairs - runs) / runs
        if steady > 0.9 and (best is None or gap < best[0]):
            best = (gap, other)
    return (best[1],) if best and best[0] < 0.2 else ()
