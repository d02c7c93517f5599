"""Parquet files of one table: parts may store a column in different types, but all have the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from agent_graph.errors import BadInput


def scan(files: Sequence[str]) -> pl.LazyFrame:
    """All parts as one table; BadInput names the part that has other columns, or a column of a type apart."""
    if len(files) == 1:
        return pl.scan_parquet(files[0], glob=False)
    first, *others = [pl.scan_parquet(file, glob=False) for file in files]
    schema = first.collect_schema()
    same = True
    for file, other in zip(files[1:], others, strict=True):
        found = other.collect_schema()
        if set(found) != set(schema):
            odd = sorted(set(found) ^ set(schema))[0]
            raise BadInput(
                f"{Path(file).name!r} has other columns than {Path(files[0]).name!r}, {odd!r} for one: give parts with "
                "the same columns"
            )
        same = same and found == schema
    parts = [first, *(other.select(schema.names()) for other in others)]
    return pl.concat(parts, how="vertical" if same else "vertical_relaxed")
