"""Facts about the data, computed by code; never a model's guess."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.value import Artifact

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
    datetime_format: str | None  # strptime format when stored as text, "decimal-year", or None
    mean_words: float | None  # strings only


QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


class Dialect(Artifact):
    """How a table's files are written."""

    format: Literal["csv", "parquet", "jsonl"]
    delimiter: str  # "," when not csv
    quote: str
    encoding: str
    compression: Literal["none", "gzip"]
    null_tokens: tuple[str, ...]  # texts that mean "missing" in this table; "" always


class TableProfile(Artifact):
    """One table; its files in the landing folder are `<name>.<ext>` or `<name>/*.<ext>`."""

    name: str
    files: tuple[str, ...]  # absolute paths of the user's own files
    dialect: Dialect
    rows: int
    duplicate_rows: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


class Join(Artifact):
    """How a side table hangs on the main one; its columns arrive as `<table>.<column>`."""

    table: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    matched: float  # share of main rows with a partner


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

    @property
    def main(self) -> TableProfile:
        """The table whose rows are the problem's unit."""
        return self.tables[0]

    def column(self, name: str) -> ColumnProfile:
        """A column by the name that it has after the joins (`tenure`, `weather.temp`)."""
        for table in self.tables[1:]:
            if name.startswith(table.name + ".") and any(c.name == name[len(table.name) + 1 :] for c in table.columns):
                return table.column(name[len(table.name) + 1 :])
        return self.main.column(name)
