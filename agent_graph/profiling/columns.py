"""Facts about one column."""

from __future__ import annotations

import polars as pl

from agent_graph.artifacts import QUANTILES, ColumnProfile, Kind, Level
from agent_graph.profiling import kinds
from agent_graph.profiling.storage import Stored

ALL_LEVELS = 200
SOME_LEVELS = 50


def describe(name: str, stored: Stored, values: pl.Series) -> ColumnProfile:
    """The profile of a typed column, `values` in the rows' order."""
    rows, filled = len(values), values.drop_nulls()
    if not len(filled):
        return _column(name, stored, "empty", 1.0, 0)
    missing = 1 - len(filled) / rows
    if stored.storage in ("integer", "float"):
        return _numbers(name, stored, filled, missing, rows)
    if stored.storage == "boolean":
        return _booleans(name, stored, filled, missing, rows)
    if stored.storage in ("date", "datetime"):
        return _dates(name, stored, filled, missing, rows)
    return _texts(name, stored, filled, missing, rows)


def _numbers(name: str, stored: Stored, filled: pl.Series, missing: float, rows: int) -> ColumnProfile:
    ordered = filled.sort()
    counted = _counted(ordered)
    distinct = len(counted)
    last = len(ordered) - 1
    layout = kinds.numeric_date(name, filled)
    kind: Kind = "datetime" if layout else kinds.number_kind(name, filled, rows, distinct)
    column = _column(name, Stored(stored.storage, layout), kind, missing, distinct)
    return column.model_copy(update={
        "minimum": float(ordered[0]), "maximum": float(ordered[last]), "mean": float(filled.mean()),  # type: ignore[arg-type]
        "std": float(filled.std() or 0.0),  # type: ignore[arg-type]
        "quantiles": tuple(float(ordered[round(q * last)]) for q in QUANTILES),
        "zeros": float((filled == 0).sum()) / rows, "levels": _levels(counted, rows),
        "earliest": _moment(layout, float(ordered[0])), "latest": _moment(layout, float(ordered[last])),
    })  # fmt: skip


def _booleans(name: str, stored: Stored, filled: pl.Series, missing: float, rows: int) -> ColumnProfile:
    counted = _counted(filled.sort())
    distinct = len(counted)
    column = _column(name, stored, "boolean" if distinct == 2 else "constant", missing, distinct)
    return column.model_copy(update={
        "minimum": float(bool(filled.min())), "maximum": float(bool(filled.max())), "mean": float(filled.mean()),  # type: ignore[arg-type]
        "zeros": float((~filled).sum()) / rows, "levels": _levels(counted, rows),
    })  # fmt: skip


def _dates(name: str, stored: Stored, filled: pl.Series, missing: float, rows: int) -> ColumnProfile:
    counted = _counted(filled.sort())
    distinct = len(counted)
    column = _column(name, stored, "datetime" if distinct > 1 else "constant", missing, distinct)
    return column.model_copy(update={
        "earliest": filled.min().isoformat(), "latest": filled.max().isoformat(),  # type: ignore[union-attr]
        "levels": _levels(counted, rows),
    })  # fmt: skip


def _texts(name: str, stored: Stored, filled: pl.Series, missing: float, rows: int) -> ColumnProfile:
    counted = filled.rename("value").value_counts(name="count")
    distinct = len(counted)
    levels = _levels(counted, rows)
    some = filled.head(20_000)
    spoken = float(some.str.count_matches(r"\S+").mean() or 0.0)  # type: ignore[arg-type]
    kind: Kind = "constant" if distinct == 1 else kinds.text_kind(
        name, [level.value for level in levels[:50]], distinct, len(filled), spoken
    )  # fmt: skip
    if distinct == 1 and missing >= 0.005:
        kind = "category"  # a mark that is there or not
    return _column(name, stored, kind, missing, distinct).model_copy(update={"levels": levels, "mean_words": spoken})


def _counted(ordered: pl.Series) -> pl.DataFrame:
    """How often each value of a sorted column occurs, in its order: the runs, several times faster than hashing."""
    return ordered.rle().struct.unnest().select("value", count="len")


def _levels(counted: pl.DataFrame, rows: int) -> tuple[Level, ...]:
    """Most frequent values first; ties in the values' own order."""
    limit = ALL_LEVELS if len(counted) <= ALL_LEVELS else SOME_LEVELS
    if len(counted) > limit:
        counted = counted.filter(pl.col("count") >= counted["count"].top_k(limit).min())
    top = counted.sort(["count", "value"], descending=[True, False]).head(limit)
    shown = top["value"].cast(pl.String)
    return tuple(Level(value=v, share=c / rows) for v, c in zip(shown, top["count"], strict=True))


def _moment(layout: str | None, value: float) -> str | None:
    """ISO 8601 of a date kept as a number."""
    if layout is None:
        return None
    if layout == "decimal-year":
        year, month = int(value), min(int((value - int(value)) * 12 + 0.5), 11) + 1
        return f"{year:04d}-{month:02d}-01"
    if layout == "serial-day":
        value, layout = round((value - 25_569) * 86_400), "epoch-s"
    seconds = value / (1000 if layout == "epoch-ms" else 1)
    return str(pl.Series([int(seconds * 1e6)]).cast(pl.Datetime("us"))[0].isoformat())


def _column(name: str, stored: Stored, kind: Kind, missing: float, distinct: int) -> ColumnProfile:
    return ColumnProfile(
        name=name, storage=stored.storage, kind=kind, missing=missing, distinct=distinct, minimum=None, maximum=None,
        mean=None, std=None, quantiles=(), zeros=None, levels=(), earliest=None, latest=None,
        datetime_format=stored.datetime_format, mean_words=None,
    )  # fmt: skip
