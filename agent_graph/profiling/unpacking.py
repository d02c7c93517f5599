"""Parquet and JSON hold more than plain columns: records, lists, times, bytes, long numbers become columns that do.

`settle` looks at a table once and says which plain columns come of it; `flat` makes them, of any later file too, and
leaves alone what is plain already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from agent_graph.artifacts import Unpacked
from agent_graph.artifacts.profile import Take

LONGEST_NUMBER = 10**15  # whole numbers of more digits are names: a float can't tell them apart
ITEMS = 1024  # of a list that is as long in every row, a column each
TOKENS, LEAST_TOKEN = 20, 0.02  # words of lists of words that get a column each; share of rows with the rarest
MOST_FIELDS = 8  # numbers of the records in a list that are summarised
SHORT_BYTES = 64  # longer ones are a picture or a document
DEEPEST = 6
ROW_INDEX = re.compile(r"__index_level_\d+__")
SUMMARIES: tuple[Take, ...] = ("mean", "min", "max", "sum", "last")


@dataclass(frozen=True)
class Found:
    """What of a stored table isn't plain: columns made, columns left out, and a sentence for each."""

    unpacked: tuple[Unpacked, ...] = ()
    dropped: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def settle(stored: pl.LazyFrame) -> Found:
    """The plain columns that a stored table is read as, where they aren't its own."""
    schema = stored.collect_schema()
    made: list[Unpacked] = []
    dropped: list[str] = []
    remarks: list[str] = []
    for name, dtype in schema.items():
        if ROW_INDEX.fullmatch(name):
            dropped.append(name)
            remarks.append(f"{name} is the row index that pandas wrote along: not used")
            continue
        if _plain(dtype) and not isinstance(dtype, pl.Datetime):
            continue
        found, remark = _column(stored.select(name).collect()[name], (name,))
        made += found
        if remark:
            remarks.append(remark)
        if not found and not _plain(dtype) and not _castable(dtype):
            dropped.append(name)
    return Found(_distinct(made, schema.names()), tuple(dropped), tuple(remarks))


def flat(stored: pl.LazyFrame, unpacked: Sequence[Unpacked], dropped: Sequence[str] = ()) -> pl.LazyFrame:
    """The table in plain columns, each where its source stood; columns that are plain already stay as they are."""
    schema = stored.collect_schema()
    columns: list[pl.Expr] = []
    for name, dtype in schema.items():
        mine = [one for one in unpacked if one.path[0] == name]
        if mine and not (len(mine) == 1 and mine[0].name == name and _as_taken(dtype, mine[0].take)):
            columns += [_made(one, dtype).alias(one.name) for one in mine if one.name not in schema or one.name == name]
        elif name not in dropped:
            columns.append(_simple(pl.col(name), dtype))
    return stored.select(columns)


def _column(values: pl.Series, path: tuple[str, ...]) -> tuple[list[Unpacked], str]:
    """The plain columns of one stored value, and what to say of it."""
    name, dtype = ".".join(path), values.dtype
    if isinstance(dtype, pl.Struct):
        return _record(values, path)
    if isinstance(dtype, (pl.List, pl.Array)):
        return _list(values.cast(pl.List(dtype.inner)), path)
    if isinstance(dtype, pl.Datetime):
        zone = dtype.time_zone
        told = "" if zone in (None, "UTC") else f"{name} is stored in the zone {zone} and is turned into UTC"
        return [], told
    return _scalar(values, path, name)


def _scalar(values: pl.Series, path: tuple[str, ...], name: str) -> tuple[list[Unpacked], str]:
    dtype = values.dtype
    if dtype == pl.Time:
        return [_one(path, "hours")], f"{name} is a time of day: read as hours since midnight"
    if isinstance(dtype, pl.Duration):
        return [_one(path, "days")], f"{name} is a length of time: read as days"
    if dtype == pl.Binary:
        return _bytes(values, path, name)
    if _whole(dtype) and values.len() > values.null_count():
        longest = max(abs(int(values.max())), abs(int(values.min())))  # type: ignore[arg-type]
        if longest >= LONGEST_NUMBER:
            return [_one(path, "digits")], (
                f"{name} holds whole numbers of up to {len(str(longest))} digits, such as {longest}: kept as text, "
                "digit by digit"
            )
    return ([_one(path, "value")] if len(path) > 1 else []), ""


def _bytes(values: pl.Series, path: tuple[str, ...], name: str) -> tuple[list[Unpacked], str]:
    filled = values.drop_nulls()
    if _is_text(filled):
        return [_one(path, "text")], f"{name} holds bytes that are text: read as UTF-8"
    if float(filled.bin.size().mean() or 0) <= SHORT_BYTES:  # type: ignore[arg-type]
        return [_one(path, "hex")], f"{name} holds bytes that are no text: read as hexadecimal digits"
    return [], f"{name} holds long bytes that are no text (a picture, a document?): not used"


def _is_text(filled: pl.Series) -> bool:
    try:
        return filled.cast(pl.String).str.contains(r"^[^\x00-\x08\x0e-\x1f]*$").all()
    except pl.exceptions.ComputeError:
        return False


def _record(values: pl.Series, path: tuple[str, ...]) -> tuple[list[Unpacked], str]:
    name = ".".join(path)
    if len(path) >= DEEPEST:
        return [], f"{name} is nested more than {DEEPEST} records deep: not used"
    made: list[Unpacked] = []
    remarks: list[str] = []
    for field in values.struct.fields:
        found, remark = _column(values.struct.field(field), (*path, field))
        dtype = values.struct.field(field).dtype
        if not found and (_plain(dtype) or _castable(dtype)):
            found = [_one((*path, field), "value")]
        made += found
        remarks += [remark] if remark else []
    if not made:
        return [], f"{name} is a record without fields that can be read: not used"
    told = f"{name} is a record: read as {_listed(one.name for one in made)}" if len(path) == 1 else ""
    return made, "; ".join(filter(None, (told, *remarks)))


def _list(values: pl.Series, path: tuple[str, ...]) -> tuple[list[Unpacked], str]:
    name, inner, filled = ".".join(path), values.dtype.inner, values.drop_nulls()  # type: ignore[attr-defined]
    count = _one(path, "count", made=f"{name}.count")
    lengths = filled.list.len()
    if isinstance(inner, pl.Struct):
        fields = [f.name for f in inner.fields if f.dtype.is_numeric()][:MOST_FIELDS]
        made = [_one(path, how, field, f"{name}.{field}.{how}") for field in fields for how in SUMMARIES]
        return [count, *made], f"{name} is a list of records: read as their count" + (
            f" and {', '.join(SUMMARIES)} of {_listed(fields)}" if fields else ""
        )
    if inner.is_numeric():
        if len(filled) and lengths.min() == lengths.max() and 0 < int(lengths[0]) <= ITEMS:
            made = [_one(path, "item", str(place), f"{name}.{place}") for place in range(int(lengths[0]))]
            return made, f"{name} is a list of {lengths[0]} numbers in every row: read as a column each"
        made = [_one(path, how, "", f"{name}.{how}") for how in SUMMARIES]
        return [count, *made], f"{name} is a list of numbers: read as its count, {', '.join(SUMMARIES)}"
    if inner == pl.String or isinstance(inner, (pl.Categorical, pl.Enum)):
        tokens = _tokens(filled.cast(pl.List(pl.String)), len(values))
        made = [_one(path, "holds", token, f"{name}.{token}") for token in tokens]
        return [count, *made], f"{name} is a list of texts: read as its count" + (
            f" and whether it holds {_listed(tokens)}" if tokens else "; its texts are too many to tell apart"
        )
    return [count], f"{name} is a list of {inner}: read as its count"


def _tokens(lists: pl.Series, rows: int) -> list[str]:
    """The texts that stand in enough rows, the most frequent first."""
    once = lists.list.unique().explode().drop_nulls().rename("token")
    counts = once.value_counts(sort=False, name="n").filter(
        (pl.col("n") >= LEAST_TOKEN * rows) & (pl.col("n") <= (1 - LEAST_TOKEN) * rows) & (pl.col("token") != "")
    )
    return counts.sort(["n", "token"], descending=[True, False])["token"].head(TOKENS).to_list()


def _one(path: tuple[str, ...], take: Take, of: str = "", made: str = "") -> Unpacked:
    return Unpacked(name=made or ".".join(path), path=path, take=take, of=of)


def _distinct(made: Iterable[Unpacked], stored: Sequence[str]) -> tuple[Unpacked, ...]:
    """Names that no other column has."""
    named: list[Unpacked] = []
    taken = set(stored)
    for one in made:
        name = one.name
        while name in taken and one.path != (name,):
            name += "_"
        taken.add(name)
        named.append(one.model_copy(update={"name": name}))
    return tuple(named)


def _listed(names: Iterable[str]) -> str:
    told = list(names)
    return ", ".join(told[:6]) + (f" and {len(told) - 6} more" if len(told) > 6 else "")


def _plain(dtype: pl.DataType) -> bool:
    return (
        dtype in (pl.String, pl.Boolean, pl.Date, pl.Float32, pl.Float64, pl.Int8, pl.Int16, pl.Int32)
        or dtype in (pl.UInt8, pl.UInt16, pl.UInt32)
        or isinstance(dtype, pl.Datetime)
    )


def _castable(dtype: pl.DataType) -> bool:
    """Types that become plain by a cast."""
    return dtype.is_numeric() or dtype == pl.Null or isinstance(dtype, (pl.Categorical, pl.Enum))


def _whole(dtype: pl.DataType) -> bool:
    return dtype.is_integer() or (isinstance(dtype, pl.Decimal) and dtype.scale == 0)


def _as_taken(dtype: pl.DataType, take: Take) -> bool:
    """Whether a column of this type is what was taken already: a file that was read and written before."""
    nested = isinstance(dtype, (pl.Struct, pl.List, pl.Array))
    return not (nested or dtype in (pl.Time, pl.Binary) or isinstance(dtype, pl.Duration) or take == "digits")


def _simple(source: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Decimal):
        return source.cast(pl.Float64 if dtype.scale else pl.Int64)
    if dtype in (pl.Int128, pl.UInt128, pl.UInt64):
        return source.cast(pl.Int64)
    if dtype in (pl.Null, pl.Time, pl.Binary) or isinstance(dtype, (pl.Categorical, pl.Enum, pl.Duration)):
        return source.cast(pl.String, strict=False)
    return source


def _made(one: Unpacked, dtype: pl.DataType) -> pl.Expr:
    """The expression of an unpacked column; missing where a file lacks the field."""
    source = pl.col(one.path[0])
    for field in one.path[1:]:
        if not isinstance(dtype, pl.Struct) or field not in (known := {f.name: f.dtype for f in dtype.fields}):
            return pl.lit(None)
        source, dtype = source.struct.field(field), known[field]  # type: ignore[assignment]
    if isinstance(dtype, pl.Array):
        source, dtype = source.arr.to_list(), pl.List(dtype.inner)
    if one.take in SCALARS:
        return SCALARS[one.take](source, dtype)
    return _of_list(one, source, dtype) if isinstance(dtype, pl.List) else pl.lit(None)


def _of_list(one: Unpacked, source: pl.Expr, dtype: pl.List) -> pl.Expr:
    if one.take == "count":
        return source.list.len().cast(pl.Int64)
    if one.take == "holds":
        return source.cast(pl.List(pl.String)).list.contains(one.of)
    if one.take != "item" and one.of:
        if not isinstance(dtype.inner, pl.Struct) or all(field.name != one.of for field in dtype.inner.fields):
            return pl.lit(None, pl.Float64)
        source = source.list.eval(pl.element().struct.field(one.of))
    numbers = source.cast(pl.List(pl.Float64))
    if one.take == "item":
        return numbers.list.get(int(one.of), null_on_oob=True)
    taken: dict[str, Callable[[], pl.Expr]] = {
        "mean": numbers.list.mean, "min": numbers.list.min, "max": numbers.list.max, "last": numbers.list.last,
        "sum": lambda: pl.when(numbers.list.len() > 0).then(numbers.list.sum()),
    }  # fmt: skip
    return taken[one.take]()


def _hours(source: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return source.cast(pl.Int64) / 3.6e12 if dtype == pl.Time else source.cast(pl.Float64, strict=False)


def _days(source: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if not isinstance(dtype, pl.Duration):
        return source.cast(pl.Float64, strict=False)
    units = {"ns": 86_400e9, "us": 86_400e6, "ms": 86_400e3}
    return source.cast(pl.Int64) / units[dtype.time_unit]


def _hex(source: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return source.bin.encode("hex") if dtype == pl.Binary else source.cast(pl.String, strict=False)


def _text(source: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return source.cast(pl.String, strict=False)


SCALARS: dict[Take, Callable[[pl.Expr, pl.DataType], pl.Expr]] = {
    "value": _simple, "digits": _text, "text": _text, "hex": _hex, "hours": _hours, "days": _days,
}  # fmt: skip
