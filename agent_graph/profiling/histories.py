"""Side tables with many rows a key: what they tell of a row, from before its own moment where both have a time."""

from __future__ import annotations

import polars as pl

from agent_graph.artifacts import ColumnProfile, Join, Summary, TableProfile
from agent_graph.artifacts.profile import SummaryKind
from agent_graph.profiling import columns, reading
from agent_graph.profiling.drift import event_time
from agent_graph.profiling.keys import as_key
from agent_graph.profiling.storage import Stored

MOST_COLUMNS = 12  # of a side table that are summed up
NUMBERS: tuple[SummaryKind, ...] = ("mean", "min", "max", "sum", "last")
COUNT, SINCE = "count", "days_since"


def moment(table: TableProfile) -> str:
    """The column that says when a row happened; "" when none does."""
    column = event_time(table)
    return column.name if column is not None and column.storage in ("date", "datetime") else ""


def summaries(side: TableProfile, keys: tuple[str, ...], side_time: str, timed: bool) -> tuple[Summary, ...]:
    """What is told of the side table's rows of one key."""
    found = [Summary(name=_free(COUNT, side), how="count", of="")]
    if timed:
        found.append(Summary(name=_free(SINCE, side), how="days_since", of=""))
    for column in [c for c in side.columns if c.name not in (*keys, side_time)][: MOST_COLUMNS * 4]:
        found += [Summary(name=f"{column.name}_{how}", how=how, of=column.name) for how in _told(column)]
        if len({one.of for one in found}) > MOST_COLUMNS:
            break
    return tuple(found)


def _free(name: str, side: TableProfile) -> str:
    return name + "_" * any(column.name == name for column in side.columns)


def _told(column: ColumnProfile) -> tuple[SummaryKind, ...]:
    if column.datetime_format or column.storage in ("date", "datetime"):
        return ()
    if column.kind == "boolean" and column.storage != "string":
        return ("mean", "last")
    if column.kind == "number" and column.storage in ("integer", "float"):
        return NUMBERS
    if column.kind in ("category", "boolean"):
        return ("distinct", "last")
    return ("distinct",) if column.kind in ("code", "high_cardinality") else ()


def brought(frame: pl.LazyFrame, side: TableProfile, join: Join) -> pl.LazyFrame:
    """The rows with the summaries as columns, in their order."""
    keys = [f"key_{k}" for k in range(len(join.left))]
    told = _running(side, join)
    rows = frame.with_columns(as_key(join.left, join.forms)).with_row_index("\0row")
    if join.time:
        rows = rows.with_columns(pl.col(join.time).cast(pl.Datetime("us")).alias("\0at")).sort("\0at", nulls_last=True)
        rows = rows.join_asof(
            told.sort("\0then"), left_on="\0at", right_on="\0then", by=keys, strategy="backward",
            allow_exact_matches=False, check_sortedness=False, coalesce=False,
        ).sort("\0row")  # fmt: skip
    else:
        rows = rows.join(told.group_by(keys, maintain_order=True).last(), on=keys, how="left", maintain_order="left")
    names = {one.how: f"{side.name}.{one.name}" for one in join.summaries if not one.of}
    rows = rows.with_columns(pl.col(names["count"]).fill_null(0))
    if join.time:
        since = (pl.col("\0at") - pl.col("\0then")).dt.total_microseconds() / 86_400e6
        rows = rows.with_columns(since.alias(names["days_since"]))
    wanted = [f"{side.name}.{one.name}" for one in join.summaries]
    return rows.select(*frame.collect_schema().names(), *wanted)


def _running(side: TableProfile, join: Join) -> pl.LazyFrame:
    """For each row of the side table what it and those before it of the same key tell."""
    keys = [f"key_{k}" for k in range(len(join.right))]
    rows = reading.typed(side).with_columns(as_key(join.right, join.forms)).drop_nulls(keys)
    if join.side_time:
        then = pl.col(join.side_time).cast(pl.Datetime("us")).alias("\0then")
        rows = rows.with_columns(then).drop_nulls("\0then").sort("\0then", maintain_order=True)
    summed = [one for one in join.summaries if one.how != "days_since"]
    told = [_so_far(one).over(keys).alias(f"{side.name}.{one.name}") for one in summed]
    return rows.select(*keys, *(["\0then"] if join.side_time else []), *told)


def _so_far(one: Summary) -> pl.Expr:
    if one.how == "count":
        return pl.int_range(1, pl.len() + 1)
    value = pl.col(one.of)
    if one.how == "last":
        return value.forward_fill()
    if one.how == "distinct":
        return (value.is_first_distinct() & value.is_not_null()).cast(pl.Int64).cum_sum()
    value = value.cast(pl.Float64)
    known = value.is_not_null().cast(pl.Int64).cum_sum()
    total = value.fill_null(0.0).cum_sum()
    sums = {"sum": total, "mean": total / known}
    if one.how in sums:
        return pl.when(known > 0).then(sums[one.how])
    return (value.cum_min() if one.how == "min" else value.cum_max()).forward_fill()


def described(main: TableProfile, side: TableProfile, join: Join) -> Join:
    """The join with the profiles of the columns that it brings, and the share of rows for which it knows anything."""
    rows = brought(reading.typed(main), side, join).collect()
    found = []
    for one in join.summaries:
        values = rows[f"{side.name}.{one.name}"]
        storage = "string" if values.dtype == pl.String else "integer" if values.dtype.is_integer() else "float"
        storage = "boolean" if values.dtype == pl.Boolean else storage
        values = values.cast(pl.Int64) if storage == "integer" else values
        column = columns.describe(one.name, Stored(storage), values)  # type: ignore[arg-type]
        kind = "number" if column.kind in ("identifier", "code") else column.kind
        found.append(column.model_copy(update={"kind": kind}))
    count = next(one.name for one in join.summaries if one.how == "count")
    matched = float((rows[f"{side.name}.{count}"] > 0).sum()) / max(main.rows, 1)
    return join.model_copy(update={"columns": tuple(found), "matched": matched})
