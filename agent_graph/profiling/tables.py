"""One table: read, typed, described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl

from agent_graph.artifacts import ColumnProfile, Dialect, Layout, TableProfile
from agent_graph.errors import BadInput
from agent_graph.profiling import columns, habits, reading, records, sniff, unpacking
from agent_graph.profiling.habits import Read
from agent_graph.profiling.numerals import Sign
from agent_graph.profiling.sources import Source
from agent_graph.profiling.storage import Look, Stored, find_null_tokens, look

FEW_UNANSWERED = 0.01  # share of the rows that changes no spread

HASHED_ROWS = 20_000_000  # above, exact duplicates aren't counted
TELLING = 4  # columns that mostly tell all rows apart


def describe_table(source: Source, null_tokens: Sequence[str] | None, tell: Callable[[str], None]) -> TableProfile:
    """The profile of one table; BadInput when it can't be used."""
    files = tuple(str(file) for file in source.files)
    dialect, lines, remarks = _dialect(source, files)
    frame = _read(files, dialect, lines, source)
    names = frame.collect_schema().names()
    rows = int(frame.select(pl.len()).collect().item())
    _check_size(source.name, rows, names)

    held = reading.in_memory(files)
    series = frame.collect().get_column if held else lambda name: frame.select(name).collect()[name]
    with ThreadPoolExecutor(2) as pool:  # Polars lets go of the interpreter's lock
        looks = [Look()] * len(names)
        named = {one.name for one in dialect.unpacked if one.take in ("digits", "text", "hex")}  # never numbers
        if null_tokens is None:
            looks = list(pool.map(lambda name: Look() if name in named else _looked(series(name), held), names))
            null_tokens = find_null_tokens(looks)
        tokens = tuple(null_tokens) if "" in null_tokens else ("", *null_tokens)
        found = list(pool.map(
            lambda n, seen: _kept(_read_one(series(n), tokens, seen, n in named), held), names, looks,
        ))  # fmt: skip
        found = _together(found, series, names, tokens, looks, dialect.delimiter)
        described = list(pool.map(lambda n, one: _column(n, one, series, tokens, held, n in named), names, found))
    tell(f"{source.name}: {rows:,} rows, {len(names)} columns")
    table = TableProfile(
        name=source.name, files=files, dialect=dialect.model_copy(update={"null_tokens": tokens}), rows=rows,
        duplicate_rows=_duplicates(frame, rows, described), columns=tuple(described), layout=lines, remarks=remarks,
    )  # fmt: skip
    if held:
        reading.remember_typed(table, [one.values for one in found])
    return table


def _together(
    found: list[Read], series: Callable[[str], pl.Series], names: Sequence[str], tokens: Sequence[str],
    looks: Sequence[Look], delimiter: str,
) -> list[Read]:  # fmt: skip
    """Read again what one column alone can't decide: by the decimal sign and the sentinels of the others."""
    signs = {one.decimal for one in found if one.decimal}
    comma = signs == {","} or (not signs and delimiter == ";")
    country: Sign | None = "," if comma else "." if signs == {"."} else None
    known = frozenset(value for one in found if one.written for value in one.written.sentinels)
    again = []
    for name, one, seen in zip(names, found, looks, strict=True):
        number = one.stored.storage in ("integer", "float")
        fraction = one.stored.storage == "float" and one.decimal is None and one.written is None and one.texts
        marked = bool(known) and number and _may_hold(one.values, known)
        if (one.asks and country) or (fraction and country == ",") or marked:
            one = habits.read(series(name), tokens, seen.numbers, known, country)
        elif fraction and (doubts := habits.doubted(series(name))):
            one = replace(one, doubts=doubts)
        again.append(one)
    return again


def _may_hold(values: pl.Series, known: frozenset[float]) -> bool:
    return values.min() in known or values.max() in known


def _kept(one: Read, held: bool) -> Read:
    """The values are let go when the table is too large to hold."""
    return one if held else replace(one, values=one.values.clear())


def _column(
    name: str, one: Read, series: Callable[[str], pl.Series], tokens: Sequence[str], held: bool, named: bool
) -> ColumnProfile:
    values = one.values
    if not held:
        values = _read_one(series(name), tokens, Look(), named).values
    described = columns.describe(name, one.stored, values)
    return described.model_copy(update={"written": one.written, "doubts": one.doubts})


def describe_part(table: TableProfile, folder: Path, answered: pl.Expr | None = None) -> TableProfile:
    """The table as sealing wrote a part of it into a folder: facts of that part alone, types and meanings as before.

    A meaning changes only where the part has one value or none. How values are spread is told of the rows that are
    `answered` (bool), where not nearly all are: no others are learnt from, and they may be of another kind.
    """
    part = reading.written(table, folder)
    frame = reading.typed(part)
    held = reading.in_memory(part.files)
    series = frame.collect().get_column if held else lambda name: frame.select(name).collect()[name]
    with ThreadPoolExecutor(2) as pool:
        found = tuple(pool.map(lambda column: _again(column, series(column.name)), part.columns))
    rows = int(frame.select(pl.len()).collect().item())
    if answered is not None:
        kept, asked = frame.select(answered).collect().to_series(), answered.meta.root_names()
        if 0 < kept.sum() <= (1 - FEW_UNANSWERED) * rows:
            found = tuple(
                column if column.name in asked else _spread(column, _again(column, series(column.name).filter(kept)))
                for column in found
            )
    return part.model_copy(
        update={"rows": rows, "duplicate_rows": _duplicates(reading.texts(part.files, part.dialect), rows, found),
                "columns": found}
    )  # fmt: skip


def _again(column: ColumnProfile, values: pl.Series) -> ColumnProfile:
    found = columns.describe(column.name, Stored(column.storage, column.datetime_format), values)
    if found.kind in ("empty", "constant"):
        return found
    return found.model_copy(update={"kind": column.kind, "datetime_format": column.datetime_format})


def _spread(column: ColumnProfile, answered: ColumnProfile) -> ColumnProfile:
    """The column with the quantiles and the shares of levels that the answered rows have; levels of others stay."""
    if answered.kind in ("empty", "constant"):
        return column
    filled = (1 - column.missing) / (1 - answered.missing)
    own = tuple(level.model_copy(update={"share": level.share * filled}) for level in answered.levels)
    names = {level.value for level in own}
    others = tuple(level.model_copy(update={"share": 0.0}) for level in column.levels if level.value not in names)
    return column.model_copy(update={"quantiles": answered.quantiles, "levels": own + others if column.levels else ()})


def _looked(raw: pl.Series, held: bool) -> Look:
    """A first look; its numbers are let go when the table is too large to hold."""
    seen = look(raw)
    return seen if held else replace(seen, numbers=None)


def _read_one(raw: pl.Series, null_tokens: Sequence[str], seen: Look, named: bool) -> Read:
    """A column that names things is text whatever it looks like."""
    return Read(Stored("string"), raw) if named else habits.read(raw, null_tokens, seen.numbers)


def _dialect(source: Source, files: tuple[str, ...]) -> tuple[Dialect, Layout | None, tuple[str, ...]]:
    """How the files are written, which lines are no rows, and what there is to say of it."""
    if source.format == "csv":
        dialect, _, lines = sniff.sniff(source)
        return dialect, lines, ()
    dialect = Dialect(
        format=source.format, delimiter=",", quote='"', encoding="utf-8",
        compression="gzip" if source.gzipped else "none", null_tokens=("",),
    )  # fmt: skip
    try:
        if source.format == "jsonl":
            where = records.form(reading.plain_file(source.files[0], dialect))
            dialect = dialect.model_copy(update={"records": where})
        found = unpacking.settle(reading.stored(files, dialect))
    except reading.FAULTS as error:
        raise _unreadable(source, error) from error
    return dialect.model_copy(update={"unpacked": found.unpacked, "dropped": found.dropped}), None, found.remarks


def _unreadable(source: Source, error: BaseException) -> BadInput:
    return BadInput(f"can't read {source.name!r}: {str(error).splitlines()[0][:200]}: correct the file")


def _read(files: tuple[str, ...], dialect: Dialect, lines: Layout | None, source: Source) -> pl.LazyFrame:
    try:
        frame = reading.texts(files, dialect, lines)
        names = frame.collect_schema().names()
    except BadInput:
        if dialect.format == "csv":
            _raise_ragged(files, dialect, sniff.sniff(source)[1], lines)
        raise
    except reading.FAULTS as error:
        raise _unreadable(source, error) from error
    if dialect.format != "csv":
        sniff.check_names(tuple(names), source.name)
    elif frame.select(pl.col(names[-1]).null_count()).collect().item():  # a short row lacks the last column
        _raise_ragged(files, dialect, names, lines)
    return frame


def _raise_ragged(files: tuple[str, ...], dialect: Dialect, names: Sequence[str], lines: Layout | None) -> None:
    for file in files:
        found = reading.ragged_line(Path(file), dialect, names, lines)
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
