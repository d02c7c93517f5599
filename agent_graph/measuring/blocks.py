"""Which rows hang together: those of one group, or of one stretch of time. Intervals resample them whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts import Problem, TableProfile
from agent_graph.bench import Bench
from agent_graph.profiling import reading

STRETCHES = 40


def blocks(bench: Bench, folder: str) -> NDArray[np.int64] | None:
    """A block number for each row of the main table's file in `folder`; None when rows stand alone.

    Time: the rows in order of time, cut into 40 stretches, since neighbours in time share weather, prices and staff.
    """
    return block_numbers(bench.profile.main, bench.problem, folder)


def block_numbers(main: TableProfile, problem: Problem, folder: str) -> NDArray[np.int64] | None:
    """The same, for who has no bench."""
    split = problem.split
    if split.kind not in ("group", "time") or any(c not in {x.name for x in main.columns} for c in split.columns):
        return None
    keys = reading.part(main, Path(folder), split.columns).select(split.columns).collect()
    if split.kind == "group":
        return keys.select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy().astype(np.int64)
    place = keys.to_series().rank("ordinal").fill_null(1).to_numpy().astype(np.int64) - 1
    return (place * STRETCHES // max(len(place), 1)).astype(np.int64)
