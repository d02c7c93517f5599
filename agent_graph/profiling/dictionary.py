"""A data dictionary among the files: a table whose rows are the other tables' columns, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from agent_graph.artifacts import TableProfile
from agent_graph.profiling import reading

MOSTLY = 0.6  # of its rows name a column
LEAST_NAMES = 3
LONGEST = 300  # signs of a description that are kept


def described(tables: tuple[TableProfile, ...]) -> tuple[TableProfile, ...]:
    """The tables without the dictionaries among them, what those say with each column."""
    kept = tables
    for table in tables[1:]:
        others = tuple(other for other in kept if other is not table and other.name != table.name)
        if meanings := _meanings(table, others):
            kept = tuple(_with(other, meanings, table.name) for other in others)
    return kept


def _meanings(table: TableProfile, others: tuple[TableProfile, ...]) -> dict[str, str]:
    """What a dictionary says, by column name in small letters; {} when the table is none."""
    texts = [column.name for column in table.columns if column.storage == "string" and column.kind != "empty"]
    known = {_plain(column.name) for other in others for column in other.columns}
    if len(texts) < 2 or table.rows > 3 * len(known) + 20:
        return {}
    rows = reading.typed(table).select(texts).collect()
    if all(_plain(name) in known for name in texts[:1]):  # a file without a header
        head = pl.DataFrame({name: [name] for name in texts}, schema=rows.schema)
        rows = pl.concat([head, rows])
    for name in texts:
        values = [_plain(value) for value in rows[name].to_list() if value]
        named = sum(value in known for value in values)
        if named >= max(LEAST_NAMES, MOSTLY * len(values)) and len(set(values)) == len(values):
            return _told(rows, name)
    return {}


def _told(rows: pl.DataFrame, name: str) -> dict[str, str]:
    """The column of the longest texts is the description."""
    others = [other for other in rows.columns if other != name]
    longest = max(others, key=lambda other: float(rows[other].str.len_chars().mean() or 0))  # type: ignore[arg-type]
    pairs = zip(rows[name].to_list(), rows[longest].to_list(), strict=True)
    return {_plain(column): " ".join(text.split())[:LONGEST] for column, text in pairs if column and text}


def _with(table: TableProfile, meanings: Mapping[str, str], source: str) -> TableProfile:
    told = {column.name: meanings.get(_plain(column.name), "") for column in table.columns}
    if not any(told.values()):
        return table
    columns = tuple(
        column.model_copy(update={"description": told[column.name] or column.description}) for column in table.columns
    )
    said = f"{sum(map(bool, told.values()))} columns of {table.name} are described in {source}"
    changed = table.model_copy(update={"columns": columns, "remarks": (*table.remarks, said)})
    reading.remember_alike(table, changed)
    return changed


def _plain(name: str) -> str:
    return name.strip().lower()
