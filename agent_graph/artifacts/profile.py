"""Facts about the data, computed by code; never a model's guess."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cached_property
from typing import ClassVar, Literal

from agent_graph.artifacts.habits import Layout, Written
from agent_graph.artifacts.value import Artifact, Grown

Storage = Literal["integer", "float", "boolean", "string", "date", "datetime"]
Kind = Literal[
    "number", "code", "category", "high_cardinality", "boolean", "datetime", "text", "identifier", "constant", "empty"
]


class Level(Artifact):
    """One value of a column and the share of all rows that hold it."""

    value: str
    share: float


class ColumnProfile(Artifact):
    """One column of one table.

    `kind` is the meaning: "code" is a number that names something (MS.SubClass, a zip code), "category" has few
    levels, "high_cardinality" many, "text" is prose.
    """

    name: str
    storage: Storage
    kind: Kind
    missing: float  # share of rows, 0..1
    distinct: int  # without missing; approximate above 100,000 rows
    minimum: float | None  # numbers and booleans
    maximum: float | None
    mean: float | None
    std: float | None
    quantiles: tuple[float, ...]  # at QUANTILES; empty when not a number
    zeros: float | None  # share
    levels: tuple[Level, ...]  # most frequent first; all of them when distinct <= 200, else the first 50
    earliest: str | None  # ISO 8601, dates only
    latest: str | None
    datetime_format: str | None  # strptime format when stored as text, "decimal-year", "serial-day" …, or None
    mean_words: float | None  # strings only
    written: Written | None = None  # how the user's cells are written; None when plainly
    description: str = ""  # what a data dictionary among the files says of it
    doubts: tuple[str, ...] = ()  # what could have been read otherwise, or couldn't be read, a sentence each

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how the column was read, a sentence each."""
        return (*(self.written.says if self.written else ()), *self.doubts)


QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


Take = Literal[
    "value", "digits", "text", "hex", "hours", "days", "item", "count", "mean", "min", "max", "sum", "last", "holds"
]


class Unpacked(Artifact):
    """A plain column that is made of a stored one: of a field of a record, of a list, or of a type of its own.

    `path` leads to the stored value, the stored column first, then the names of fields. `take` says what of it:
    "digits" a whole number too long to count with as text; "text" and "hex" bytes; "hours" a time of day since
    midnight; "days" a length of time; of a list the "item" at the place `of`, the "count" of its items, a "mean" and
    the like of its numbers (of the field `of`, where the items are records), or whether it "holds" the text `of`.
    """

    name: str
    path: tuple[str, ...]
    take: Take
    of: str  # "" where the take needs no more


class Dialect(Grown):
    """How a table's files are written."""

    LATER: ClassVar[tuple[str, ...]] = ("records", "unpacked", "dropped")

    format: Literal["csv", "parquet", "jsonl"]
    delimiter: str  # "," when not csv
    quote: str
    encoding: str
    compression: Literal["none", "gzip"]
    null_tokens: tuple[str, ...]  # texts that mean "missing" in this table; "" always
    records: str = ""  # JSON: "" one a line, "[]" a list of them, else the key of one object that holds the list
    unpacked: tuple[Unpacked, ...] = ()  # Parquet and JSON: columns that aren't stored as they are read
    dropped: tuple[str, ...] = ()  # stored columns that are not read; `remarks` say why


class TableProfile(Artifact):
    """One table; its files in the landing folder are `<name>.<ext>` or `<name>/*.<ext>`."""

    name: str
    files: tuple[str, ...]  # absolute paths of the user's own files
    dialect: Dialect
    rows: int
    duplicate_rows: int
    columns: tuple[ColumnProfile, ...]
    remarks: tuple[str, ...] = ()  # what a person should know of how the table was read, a sentence each
    layout: Layout | None = (
        None  # lines that are no rows; None when the file begins with its header and ends with a row
    )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how the table was read: lines left out, then column by column."""
        told = [f"{column.name}: {note}" for column in self.columns for note in column.notes]
        return (*(self.layout.says if self.layout else ()), *self.remarks, *told)

    @property
    def habits(self) -> tuple[ColumnProfile, ...]:
        """The columns whose cells aren't written plainly."""
        return tuple(column for column in self.columns if column.written is not None)

    @property
    def habit_mark(self) -> str:
        """A dash and a few signs that are others when the files are written otherwise."""
        told = [*([self.layout] if self.layout else []), *(column.written for column in self.habits if column.written)]
        return (
            "-"
            + hashlib.sha256(
                "".join(each.model_dump_json(exclude={"says", "examples"}) for each in told).encode()
            ).hexdigest()[:6]
        )

    @property
    def is_plain(self) -> bool:
        """Whether the files need no rewriting before they are read."""
        return self.layout is None and not self.habits

    def column(self, name: str) -> ColumnProfile:
        """The column of that name; KeyError when there is none."""
        columns, named = self._named
        if columns is not self.columns:  # what was copied from another table came with its names
            self.__dict__.pop("_named")
            _, named = self._named
        return named[name]

    @cached_property
    def _named(self) -> tuple[tuple[ColumnProfile, ...], dict[str, ColumnProfile]]:
        """The columns, and each by its name: a table of thousands is asked millions of times."""
        return self.columns, {column.name: column for column in reversed(self.columns)}  # of two, the first


KeyForm = Literal["as_is", "number", "letters"]
SummaryKind = Literal["count", "mean", "min", "max", "sum", "last", "distinct", "days_since"]


class Summary(Artifact):
    """One thing that is told of all rows of a side table that share a key: its column's name, and how it is made."""

    name: str
    how: SummaryKind
    of: str  # the side table's column; "" for a count and for days


class Join(Grown):
    """How a side table hangs on the main one; its columns arrive as `<table>.<column>`.

    `forms` says how keys are written before they are compared: "number" without leading zeros, "letters" by their
    letters and digits alone; () where they are equal as they stand. A table with many rows a key brings `summaries`
    of them; with `time` and `side_time` only of those from before the row's own moment.
    """

    LATER: ClassVar[tuple[str, ...]] = ("forms", "time", "side_time", "summaries", "columns")

    table: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    matched: float  # share of main rows with a partner
    forms: tuple[KeyForm, ...] = ()
    time: str = ""
    side_time: str = ""
    summaries: tuple[Summary, ...] = ()
    columns: tuple[ColumnProfile, ...] = ()  # what the summaries look like on the main table's rows


class Suspect(Artifact):
    """A column that gives the target away, or isn't known at the moment of prediction."""

    column: str
    ground: Literal["too_good_alone", "known_afterwards", "arithmetic", "derived_from_target"]
    strength: float  # 0..1, how sure
    why: str


class Drift(Artifact):
    """How far a column of the newest fifth of the rows (by time) lies from the rest: population stability index."""

    column: str
    psi: float


class Profile(Artifact):
    """Everything known about the data before anyone decides anything."""

    tables: tuple[TableProfile, ...]  # the main table first
    joins: tuple[Join, ...]
    suspects: tuple[Suspect, ...]
    drift: tuple[Drift, ...]
    seconds: float
    to_predict: tuple[TableProfile, ...] = ()  # of the main table's columns, but without (or with an empty) target

    @property
    def odd(self) -> tuple[TableProfile, ...]:
        """The tables whose files aren't written plainly."""
        return tuple(table for table in self.tables if not table.is_plain)

    @property
    def main(self) -> TableProfile:
        """The table whose rows are the problem's unit."""
        return self.tables[0]

    def column(self, name: str) -> ColumnProfile:
        """A column by the name that it has after the joins (`tenure`, `weather.temp`)."""
        for join in self.joins:
            if join.summaries and name.startswith(join.table + "."):
                return next(column for column in join.columns if f"{join.table}.{column.name}" == name)
        for table in self.tables[1:]:
            if name.startswith(table.name + "."):
                with suppress(KeyError):
                    return table.column(name[len(table.name) + 1 :])
        return self.main.column(name)
