"""Facts about the data: what is there, how it is written, what hangs together. Nothing here decides anything."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from agent_graph.artifacts import Profile
from agent_graph.errors import BadInput
from agent_graph.profiling import dictionary, pairs
from agent_graph.profiling.drift import measure_drift, shift
from agent_graph.profiling.joins import find_joins
from agent_graph.profiling.sources import find_sources
from agent_graph.profiling.suspects import Words, suspects
from agent_graph.profiling.tables import describe_part, describe_table

__all__ = ["Words", "files", "profile", "profile_part", "shift", "suspects"]


def files(paths: Sequence[str]) -> tuple[str, ...]:
    """The absolute paths of every file behind the given files, folders and globs."""
    return tuple(str(file) for source in find_sources(paths) for file in source.files)


def profile(
    paths: Sequence[str], *, null_tokens: Sequence[str] | None = None, on_progress: Callable[[str], None] | None = None
) -> Profile:
    """Read, type and describe every table; join the side tables to the first. BadInput when one can't be used.

    `null_tokens` replaces what the texts themselves say about which of them mean "missing". `suspects` stays empty:
    they need a target, see `suspects()`.
    """
    started = time.perf_counter()
    tell = on_progress or (lambda _: None)
    tables = tuple(describe_table(source, null_tokens, tell) for source in find_sources(paths))
    given = pairs.told_apart(dictionary.described(tables))
    tables = given.tables
    if tables[0].rows < 2:
        raise BadInput(f"table {tables[0].name!r} has one row: a model needs many, 50 at the least")
    joins = find_joins(tables)
    drift = measure_drift(tables[0])
    return Profile(tables=tables, joins=joins, suspects=(), drift=drift,
                   seconds=time.perf_counter() - started, to_predict=given.to_predict)  # fmt: skip


def profile_part(whole: Profile, folder: Path, answered: pl.Expr | None = None) -> Profile:
    """The profile of the main table's rows that sealing wrote into a folder; side tables are the same in every part.

    Dialect, layout and habits stay those of the user's files, and of those to come; the part itself is plain.
    `answered` (bool) says which rows can be learnt from: where not all, values are told as they are spread there.
    """
    started = time.perf_counter()
    part = describe_part(whole.main, folder, answered)
    drift = measure_drift(part)
    known = {column.name: {"written": column.written, "doubts": column.doubts} for column in whole.main.columns}
    columns = tuple(column.model_copy(update=known[column.name]) for column in part.columns)
    main = part.model_copy(update={"dialect": whole.main.dialect, "layout": whole.main.layout, "columns": columns,
                                   "remarks": whole.main.remarks})  # fmt: skip
    return whole.model_copy(
        update={"tables": (main, *whole.tables[1:]), "drift": drift,
                "seconds": whole.seconds + time.perf_counter() - started}
    )  # fmt: skip
