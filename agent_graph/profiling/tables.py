"""One table: read, typed, described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from agent_graph.artifacts import ColumnProfile, Dialect, TableProfile
from agent_graph.errors import BadInput
from agent_graph.profiling import columns, reading, sniff
from agent_graph.profiling.sources import Source
from agent_graph.profiling.storage import find_null_tokens, find_storage

HASHED_ROWS = 20_000_000  # above, exact duplicates aren't counted


def describe_table(source: Source, null_tokens: Sequence[str] | None, tell: Callable[[str], None]) -> TableProfile:
    """The profile of one table; BadInput when it can't be used."""
    dialect = _dialect(source)
    files = tuple(str(file) for file in source.files)
    frame = _read(files, dialect, source)
    schema = frame.collect_schema()
    names = schema.names()
    rows = int(frame.select(pl.len()).collect().item())
    _check_size(source.name, rows, names)

    def series(name: str) -> pl.Series:
        return frame.select(name).collect()[name]

    tokens = tuple(null_tokens) if null_tokens is not None else find_null_tokens(names, series)
    dialect = dialect.model_copy(update={"null_tokens": tokens if "" in tokens else ("", *tokens)})
    held = reading.in_memory(files)
    with ThreadPoolExecutor(2) as pool:  # Polars lets go of the interpreter's lock
        twins = pool.submit(_duplicates, frame, rows)
        described = list(pool.map(lambda name: _described(series(name), dialect.null_tokens, held), names))
    tell(f"{source.name}: {rows:,} rows, {len(names)} columns")
    table = TableProfile(
        name=source.name, files=files, dialect=dialect, rows=rows, duplicate_rows=twins.result(),
        columns=tuple(column for column, _ in described),
    )  # fmt: skip
    if held:
        reading.remember_typed(table, [values for _, values in described])
    return table


def _described(raw: pl.Series, null_tokens: Sequence[str], held: bool) -> tuple[ColumnProfile, pl.Series]:
    """Profile and typed values of one column; the values are let go when the table is too large to hold."""
    stored = find_storage(raw.name, raw, null_tokens)
    typed = reading.conversion(raw.name, raw.dtype, stored.storage, stored.datetime_format, null_tokens)
    values = raw.to_frame().select(typed).to_series()
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
    except (pl.exceptions.PolarsError, OSError) as error:
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


def _duplicates(frame: pl.LazyFrame, rows: int) -> int:
    """Rows that repeat an earlier one exactly."""
    if rows > HASHED_ROWS:
        return 0
    return rows - int(frame.select(pl.struct(pl.all()).hash().n_unique()).collect().item())
