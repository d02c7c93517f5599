"""Tables as lazy frames: first as the texts that stand in the files, then typed as the profile says."""

from __future__ import annotations

import atexit
import codecs
import hashlib
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import duckdb
import polars as pl

from agent_graph.artifacts import ColumnProfile, Dialect, Layout, Storage, TableProfile
from agent_graph.errors import BadInput
from agent_graph.profiling import dates, parquet, plain, records, unpacking
from agent_graph.profiling.rows import write_rows
from agent_graph.profiling.sniff import UNREADABLE, first_record, open_bytes

IN_MEMORY_BYTES = 2 << 30  # larger files go through a Parquet copy on disk, column by column
FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)  # of a file that Polars can't read
INDEX_NAME = "row_number"  # stands for the nameless first column that R and pandas write
AS_WRITTEN = pl.QueryOptFlags(predicate_pushdown=False)  # a filter over 1,500 columns takes a minute to push down
_texts: OrderedDict[str, pl.LazyFrame] = OrderedDict()
_typed: OrderedDict[str, pl.LazyFrame] = OrderedDict()


def texts(files: Sequence[str], dialect: Dialect, layout: Layout | None = None) -> pl.LazyFrame:
    """The table as it stands in the files: texts for CSV, the stored types for Parquet and JSON lines."""
    lines = layout.model_dump_json(exclude={"says"}) if layout else ""
    key = _key(files, dialect.model_dump_json(exclude={"null_tokens"}) + lines)
    if key not in _texts:
        _remember(_texts, key, _settled(_scan(files, dialect, layout), files, key))
    return _texts[key]


def stored(files: Sequence[str], dialect: Dialect) -> pl.LazyFrame:
    """A Parquet or JSON table in the types that are stored."""
    if dialect.format == "parquet":
        return parquet.scan(files)
    lines = [records.as_lines(plain_file(Path(file), dialect), dialect, scratch()) for file in files]
    return pl.scan_ndjson(lines, infer_schema_length=None)


def plain_texts(table: TableProfile) -> pl.LazyFrame:
    """The same rows with their cells in plain form, still texts where the files hold texts."""
    frame = texts(table.files, table.dialect, table.layout)
    schema = frame.collect_schema()
    changed = [
        (
            plain.texts(pl.col(c.name), c.written, table.dialect.null_tokens)
            if schema[c.name] == pl.String
            else plain.numbers(pl.col(c.name), c.written)
        ).alias(c.name)
        for c in table.columns
        if c.written is not None
    ]
    return frame.with_columns(changed) if changed else frame


def typed(table: TableProfile) -> pl.LazyFrame:
    """The table with every column in the type of its profile; dates are dates, null tokens are missing."""
    key = _key(table.files, table.fingerprint())
    if key not in _typed:
        frame = plain_texts(table)
        stored = frame.collect_schema()
        exprs = [expression(c, stored[c.name], table.dialect.null_tokens) for c in table.columns]
        _remember(_typed, key, _settled(frame.select(exprs), table.files, key))
    return _typed[key]


def part(table: TableProfile, folder: Path, names: Sequence[str]) -> pl.LazyFrame:
    """Some columns of the table as sealing wrote it into a folder: the same types, plain UTF-8."""
    columns = tuple(column for column in table.columns if column.name in names)
    return typed(written(table, folder).model_copy(update={"columns": columns}))


def written(table: TableProfile, folder: Path) -> TableProfile:
    """The table as sealing wrote it into a folder, facts still those of all rows."""
    (path,) = [file for file in folder.iterdir() if file.name.rsplit(".", 1)[0] == table.name]
    bare = table.dialect.model_copy(update={"compression": "none", "encoding": "utf-8", "records": ""})
    columns = tuple(column.model_copy(update={"written": None}) for column in table.columns)
    return table.model_copy(update={"files": (str(path),), "dialect": bare, "layout": None, "columns": columns})


def remember_typed(table: TableProfile, columns: Sequence[pl.Series]) -> None:
    """Keep the typed columns of a table that was just described, so that they aren't parsed again."""
    _remember(_typed, _key(table.files, table.fingerprint()), pl.DataFrame(columns).lazy())


def remember_alike(table: TableProfile, changed: TableProfile) -> None:
    """The same rows under a profile in which only words have changed."""
    former = _typed.get(_key(table.files, table.fingerprint()))
    if former is not None:
        _remember(_typed, _key(changed.files, changed.fingerprint()), former)


def in_memory(files: Sequence[str]) -> bool:
    """Whether a table is small enough to be held."""
    return sum(Path(file).stat().st_size for file in files) <= IN_MEMORY_BYTES


def expression(column: ColumnProfile, stored: pl.DataType, null_tokens: Sequence[str]) -> pl.Expr:
    """What turns the stored column into the profiled type, under its own name."""
    return conversion(column.name, stored, column.storage, column.datetime_format, null_tokens)


def conversion(
    name: str, stored: pl.DataType, storage: Storage, datetime_format: str | None, null_tokens: Sequence[str]
) -> pl.Expr:
    """What turns a stored column into one of our types, under its own name."""
    source = pl.col(name)
    if stored != pl.String:
        return stored_as(source, stored).alias(name)
    kept = without_tokens(source, null_tokens)
    if storage == "integer":
        kept = kept.str.strip_chars().cast(pl.Int64, strict=False)
    elif storage == "float":
        kept = kept.str.strip_chars().cast(pl.Float64, strict=False).fill_nan(None)
    elif storage in ("date", "datetime"):
        kept = dates.parse(kept, datetime_format or "%Y-%m-%d", storage)
    return kept.alias(name)


def stored_as(source: pl.Expr, stored: pl.DataType) -> pl.Expr:
    """A stored type as one of ours: integers, floats, booleans, texts, dates and date-times without a zone."""
    if stored == pl.Boolean or stored == pl.Date:
        return source
    if stored.is_integer():
        return source.cast(pl.Int64, strict=False)
    if stored.is_numeric():
        return source.cast(pl.Float64).fill_nan(None)
    if isinstance(stored, pl.Datetime):
        zoned = source.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if stored.time_zone else source
        return zoned.cast(pl.Datetime("us"))
    if isinstance(stored, (pl.Categorical, pl.Enum)):
        return source.cast(pl.String)
    if isinstance(stored, (pl.List, pl.Struct, pl.Array)):
        return source.map_batches(lambda s: pl.Series(s.name, [None if v is None else str(v) for v in s]), pl.String)
    return source.cast(pl.String, strict=False)


def without_tokens(source: pl.Expr, null_tokens: Sequence[str]) -> pl.Expr:
    """The texts with every null token made missing."""
    if tuple(null_tokens) == ("",):
        return pl.when(source == "").then(None).otherwise(source)
    return pl.when(source.is_in(list(null_tokens))).then(None).otherwise(source)


def _scan(files: Sequence[str], dialect: Dialect, layout: Layout | None) -> pl.LazyFrame:
    if dialect.format != "csv":
        return unpacking.flat(stored(files, dialect), dialect.unpacked, dialect.dropped)
    paths = [rows_file(Path(file), dialect, layout) for file in files]
    frame = pl.scan_csv(
        paths, separator=dialect.delimiter, quote_char=dialect.quote or None, infer_schema=False,
        extra_columns="raise", glob=False,
    )  # fmt: skip
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))  # blank lines
    names = list(
        layout.names if layout else first_record(Path(files[0]), dialect)
    )  # Polars leaves doubled quotes in names as they stand
    if names[0] == "":
        names[0] = next(n for k in range(99) if (n := INDEX_NAME + "_" * k) not in names)
    read = frame.collect_schema().names()
    if len(read) != len(names):
        raise BadInput(
            f"the first line of {Path(files[0]).name!r} holds {len(names)} names or {len(read)}, as one reads its "
            "quotes: correct that line"
        )
    return frame.rename(dict(zip(read, names, strict=True)))


def _settled(frame: pl.LazyFrame, files: Sequence[str], key: str) -> pl.LazyFrame:
    """The frame read once: held in memory when small, else as Parquet in this process's scratch folder."""
    try:
        if in_memory(files):
            return frame.collect(optimizations=AS_WRITTEN).lazy()
        copy = scratch() / f"{key}.parquet"
        frame.sink_parquet(copy, compression="lz4", optimizations=AS_WRITTEN)
        return pl.scan_parquet(copy)
    except FAULTS as error:
        raise BadInput(_why(files, error)) from error


def _why(files: Sequence[str], error: BaseException) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"can't read {Path(files[0]).name!r}: {first[:200]}: correct the file"


def ragged_line(file: Path, dialect: Dialect, names: Sequence[str], layout: Layout | None = None) -> str | None:
    """What DuckDB's strict reader says of the first row with too few or too many fields, if there is one."""
    columns = {f"c{place}": "VARCHAR" for place in range(len(names))}
    try:
        with duckdb.connect() as connection:
            connection.execute("SET threads = 2")
            connection.read_csv(
                str(rows_file(file, dialect, layout)), header=True, delimiter=dialect.delimiter,
                quotechar=dialect.quote, escapechar=dialect.quote, columns=columns, auto_detect=False,
                null_padding=False, skiprows=0,
            ).aggregate("count(*)").fetchall()  # fmt: skip
    except duckdb.Error as error:
        lines = [line.strip() for line in str(error).splitlines()]
        where = next((line for line in lines if "Line:" in line), "")
        what = next((line for line in lines if "xpected Number of Columns" in line), "")
        line = where.split("Line:")[-1].strip()
        if layout and line.isdigit():
            line = str(int(line) + layout.before + len(layout.header) - 1)
        return f"{line}: {what}" if where and what else None
    return None


def plain_file(file: Path, dialect: Dialect) -> Path:
    """The file itself when it is plain UTF-8, else a transcoded copy in the scratch folder."""
    if dialect.compression == "none" and dialect.encoding in ("utf-8", "utf-8-sig"):
        return file
    copy = scratch() / f"{_key([str(file)], dialect.encoding)}.txt"
    if copy.exists():
        return copy
    decoder = codecs.getincrementaldecoder(dialect.encoding)("strict")
    try:
        with (
            open_bytes(file, dialect.compression == "gzip") as source,
            copy.open("w", encoding="utf-8", newline="") as out,
        ):
            while chunk := source.read(1 << 22):
                out.write(decoder.decode(chunk))
            out.write(decoder.decode(b"", final=True))
    except (*UNREADABLE, UnicodeDecodeError) as error:
        copy.unlink(missing_ok=True)
        raise BadInput(f"can't read {file.name!r} as {dialect.encoding}: {error}: write it again as UTF-8") from error
    return copy


def rows_file(file: Path, dialect: Dialect, layout: Layout | None) -> Path:
    """The file in plain UTF-8 with one header line and nothing but rows below it."""
    whole = plain_file(file, dialect)
    if layout is None or dialect.format != "csv":
        return whole
    copy = scratch() / f"{_key([str(file)], dialect.encoding + layout.model_dump_json())}.rows.txt"
    if not copy.exists():
        write_rows(whole, layout, dialect.delimiter, dialect.quote, copy)
    return copy


@lru_cache(maxsize=1)
def scratch() -> Path:
    """A folder of this process, gone when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="agent-graph-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _key(files: Sequence[str], more: str) -> str:
    digest = hashlib.sha256(more.encode())
    for file in files:
        stat = Path(file).stat()
        digest.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:24]


def _remember(store: OrderedDict[str, pl.LazyFrame], key: str, frame: pl.LazyFrame, limit: int = 12) -> None:
    store[key] = frame
    while len(store) > limit:
        store.popitem(last=False)
