"""One table: read, typed, described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl

from agent_graph.artifacts import ColumnProfile, Dialect, TableProfile
from agent_graph.errors import BadInput
from agent_graph.profiling import columns, reading, sniff
from agent_graph.profiling.sources import Source
from agent_graph.profiling.storage import Look, Stored, find_null_tokens, look, settle

HASHED_ROWS = 20_000_000  # above, exact duplicates aren't counted
TELLING = 4  # columns that mostly tell all rows apart


def describe_table(source: Source, null_tokens: Sequence[str] | None, tell: Callable[[str], None]) -> TableProfile:
    """The profile of one table; BadInput when it can't be used."""
    dialect = _dialect(source)
    files = tuple(str(file) for file in source.files)
    frame = _read(files, dialect, source)
    schema = frame.collect_schema()
    names = schema.names()
    rows = int(frame.select(pl.len()).collect().item())
    _check_size(source.name, rows, names)

    held = reading.in_memory(files)
    series = frame.collect().get_column if held else lambda name: frame.select(name).collect()[name]
    with ThreadPoolExecutor(2) as pool:  # Polars lets go of the interpreter's lock
        looks = [Look()] * len(names)
        if null_tokens is None:
            looks = list(pool.map(lambda name: _looked(series(name), held), names))
            null_tokens = find_null_tokens(looks)
        tokens = tuple(null_tokens) if "" in null_tokens else ("", *null_tokens)
        described = list(pool.map(lambda n, seen: _described(series(n), tokens, seen, held), names, looks))
    tell(f"{source.name}: {rows:,} rows, {len(names)} columns")
    found = tuple(column for column, _ in described)
    table = TableProfile(
        name=source.name, files=files, dialect=dialect.model_copy(update={"null_tokens": tokens}), rows=rows,
        duplicate_rows=_duplicates(frame, rows, found), columns=found,
    )  # fmt: skip
    if held:
        reading.remember_typed(table, [values for _, values in described])
    return table


def describe_part(table: TableProfile, folder: Path) -> TableProfile:
    """The table as sealing wrote a part of it into a folder: facts of that part alone, types and meanings as before.

    A meaning changes only where the part has one value or none.
    """
    part = reading.written(table, folder)
    frame = reading.typed(part)
    held = reading.in_memory(part.files)
    series = frame.collect().get_column if held else lambda name: frame.select(name).collect()[name]
    with ThreadPoolExecutor(2) as pool:
        found = tuple(pool.map(lambda column: _again(column, series(column.name)), part.columns))
    rows = int(frame.select(pl.len()).collect().item())
    return part.model_copy(
        update={"rows": rows, "duplicate_rows": _duplicates(reading.texts(part.files, part.dialect), rows, found),
                "columns": found}
    )  # fmt: skip


def _again(column: ColumnProfile, values: pl.Series) -> ColumnProfile:
    found = columns.describe(column.name, Stored(column.storage, column.datetime_format), values)
    if found.kind in ("empty", "constant"):
        return found
    return found.model_copy(update={"kind": column.kind, "datetime_format": column.datetime_format})


def _looked(raw: pl.Series, held: bool) -> Look:
    """A first look; its numbers are let go when the table is too large to hold."""
    seen = look(raw)
    return seen if held else replace(seen, numbers=None)


def _described(raw: pl.Series, null_tokens: Sequence[str], seen: Look, held: bool) -> tuple[ColumnProfile, pl.Series]:
    """Profile and typed values of one column; the values are let go when the table is too large to hold."""
    stored, values = settle(raw, null_tokens, seen.numbers)
    return columns.describe(raw.name, stored, values), values if held else values.clear()


def _dialect(source: Source) -> Dialect:
    if source.format == "csv":
        return sniff.sniff(source)[0]
    return Dialect(
        format=source.format, delimiter=",", quote='"', encoding="utf-8",
        compression="gzip" if source.gzipped else "none", null_tokens=("",),
    )  # fmt: skip


def _read(files: tuple[str, ...], dialect: Dialect, source: Source) -> pl.LazyFrame:
    try:
        frame = reading.texts(files, dialect)
        names = frame.collect_schema().names()
    except BadInput:
        if dialect.format == "csv":
            _raise_ragged(files, dialect, sniff.sniff(source)[1], source.name)
        raise
    except reading.FAULTS as error:
        raise BadInput(f"can't read {source.name!r}: {str(error).splitlines()[0][:200]}: correct the file") from error
    if dialect.format != "csv":
        sniff.check_names(tuple(names), source.name)
    elif frame.select(pl.col(names[-1]).null_count()).collect().item():  # a short row lacks the last column
        _raise_ragged(files, dialect, names, source.name)
    return frame


def _raise_ragged(files: tuple[str, ...], dialect: Dialect, names: Sequence[str], table: str) -> None:
    for file in files:
        found = reading.ragged_line(Path(file), dialect, names)
        if found is not None:
            raise BadInput(
                f"{Path(file).name!r} has a row of another length than its header, line {found}: correct that line"
            )


def _check_size(name: str, rows: int, names: Sequence[str]) -> None:
    if rows == 0:
        raise BadInput(f"table {name!r} has a header and no rows: give the data too")
    if len(names) < 2:
        raise BadInput(f"table {name!r} has one column: at least two are needed, a target and something to go by")


def _duplicates(frame: pl.LazyFrame, rows: int, columns: Sequence[ColumnProfile]) -> int:
    """Rows that repeat an earlier one exactly. Mostly the columns of most values alone show that there are none."""
    if rows > HASHED_ROWS:
        return 0
    telling = [c.name for c in sorted(columns, key=lambda c: -c.distinct)[:TELLING]]
    return rows - _different(frame, telling) and rows - _different(frame, [c.name for c in columns])


def _different(frame: pl.LazyFrame, names: Sequence[str]) -> int:
    return int(frame.select(pl.struct(names).hash().n_unique()).collect().item())
