"""Keys that name the same things, however each table writes them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from agent_graph.artifacts import ColumnProfile, KeyForm, TableProfile
from agent_graph.profiling import reading
from agent_graph.profiling.concepts import meaningful
from agent_graph.profiling.kinds import is_named_like_an_id
from agent_graph.profiling.names import stems

FORMS: tuple[KeyForm, ...] = ("as_is", "number", "letters")


def as_key(names: Sequence[str], forms: Sequence[KeyForm] = ()) -> list[pl.Expr]:
    """Key columns as texts `key_0`, `key_1`, …, so that 1 and 1.0 and "1" meet; by their forms 0017 and 17 too."""
    forms = forms or ["as_is"] * len(names)
    return [written(pl.col(n), form).alias(f"key_{k}") for k, (n, form) in enumerate(zip(names, forms, strict=True))]


def written(source: pl.Expr, form: KeyForm) -> pl.Expr:
    """A key as it is compared; missing where nothing is left of it."""
    text = source.cast(pl.String).str.strip_suffix(".0")
    if form == "number":
        return text.str.strip_chars().str.replace(r"^0+(\d)", "${1}")
    if form == "letters":
        kept = text.str.to_lowercase().str.replace_all(r"[\W_]+", "").str.replace_all(r"(^|\D)0+(\d)", "${1}${2}")
        return pl.when(kept == "").then(None).otherwise(kept)
    return text


def keeps_apart(table: TableProfile, name: str, form: KeyForm) -> bool:
    """Whether different values stay different in that form."""
    if form == "as_is":
        return True
    column = pl.col(name)
    values = reading.typed(table).select(written(column, "as_is").alias("raw"), written(column, form).alias("key"))
    counted = values.drop_nulls().select(pl.all().n_unique()).collect()
    return bool(counted["raw"][0] == counted["key"][0])


def names_things(column: ColumnProfile) -> bool:
    """Whether a column could be a key: it names something, in several values, and is no measure and no moment."""
    if column.distinct < 2 or column.storage in ("date", "datetime", "boolean") or column.datetime_format:
        return False
    if column.storage == "string":
        return column.kind != "text"
    whole = column.storage == "integer" or all(value == round(value) for value in column.quantiles)
    return whole and (column.kind in ("identifier", "code") or is_named_like_an_id(column.name))


def akin_names(left: str, right: str, table: str) -> bool:
    """Whether two columns are named after the same thing: `customer_id` and `id` of the table `customers`."""
    mine = set(meaningful(stems(left))) - _PLAIN
    theirs = set(meaningful((*stems(right), *stems(table)))) - _PLAIN
    return bool(mine & theirs) or "".join(stems(left)) == "".join(stems(right))


_PLAIN = frozenset(stems("id ids key code nr no number num ref uid pk fk index"))
