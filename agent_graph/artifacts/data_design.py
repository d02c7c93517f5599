"""The data engineer's design: sources, layers, contract, rules."""

from __future__ import annotations

import hashlib
from typing import ClassVar, Literal

from agent_graph.artifacts.profile import Dialect, KeyForm, Summary
from agent_graph.artifacts.slots import CustomRule
from agent_graph.artifacts.value import Artifact, Decision, Grown

Dtype = Literal["int", "float", "bool", "string", "datetime"]
RuleKind = Literal[
    "min_rows",
    "max_duplicate_share",
    "max_missing_share",
    "max_unseen_share",
    "max_repeated_share",
    "max_quantile_shift",
    "freshness_days",
    "max_missing_target_share",
    "max_garbled_share",
]


class Source(Artifact):
    """One table as it lands: `<table>.<ext>` or `<table>/*.<ext>` in the landing folder."""

    table: str
    dialect: Dialect


class SideColumn(Artifact):
    """A column of a side table that summaries are made of, and how it is read."""

    name: str
    dtype: Dtype
    datetime_format: str | None


class TableJoin(Grown):
    """Left join of a side table onto the main one; its columns arrive as `<table>.<column>`.

    The later fields are those of the profile's `Join`; `reads` are the columns that its summaries are made of.
    """

    LATER: ClassVar[tuple[str, ...]] = ("forms", "time", "side_time", "summaries", "reads")

    table: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    forms: tuple[KeyForm, ...] = ()
    time: str = ""
    side_time: str = ""
    summaries: tuple[Summary, ...] = ()
    reads: tuple[SideColumn, ...] = ()


class ColumnContract(Artifact):
    """What must be true of one column of the joined rows."""

    name: str
    dtype: Dtype
    required: bool  # absent from a prediction request is an error
    nullable: bool
    missing: float  # share observed
    max_missing: float  # share that the gate tolerates
    minimum: float | None  # hard range for numbers
    maximum: float | None
    allowed: tuple[str, ...]  # closed set of texts; empty: open
    known: tuple[str, ...]  # frequent levels of an open set: a batch may hold few others
    earliest: str | None  # hard range for date-times, ISO 8601
    latest: str | None
    datetime_format: str | None  # strptime, "decimal-year", or None for ISO 8601
    quantiles: tuple[float, ...]  # of numbers, at QUANTILES: what a batch is compared with; empty: not compared
    why: str  # where range, set and tolerance come from


class QualityRule(Artifact):
    """A rule over a whole batch of rows."""

    NAMED_BY = ("kind", "column")

    kind: RuleKind
    column: str | None
    threshold: float
    severity: Literal["error", "warning"]
    why: str


class DataDesign(Artifact):
    """How rows get from the landing folder to a validated table.

    `columns` are those of the joined rows that are kept (features, identifiers, group, time, weight and the left keys
    of joins; never leaks) plus nothing else; the label is made by the problem's target rule from the column that
    `target` describes.
    """

    sources: tuple[Source, ...]  # main first
    joins: tuple[TableJoin, ...]
    columns: tuple[ColumnContract, ...]
    target: ColumnContract  # of the raw target column
    excluded: tuple[Decision, ...]  # columns left behind at the door, with the reason
    key: tuple[str, ...]  # columns that identify a row across batches; () = content hash of the row
    drop_duplicates: bool
    rules: tuple[QualityRule, ...]
    custom_rules: tuple[CustomRule, ...]  # what no kind of rule can say, as functions of kept columns
    partition_by: Literal["month", "batch"]
    raw_retention_days: int
    processed_retention_days: int
    ingest_sla_s: float  # a batch of the profile's size must be ingested within
    valid_share_sla: float  # share of rows without any breach
    decisions: tuple[Decision, ...]

    def fingerprint(self) -> str:
        """As any value's, but that an empty `custom_rules` leaves it as it was before there were any."""
        without = None if self.custom_rules else {"custom_rules"}
        return hashlib.sha256(self.model_dump_json(exclude=without).encode()).hexdigest()

    def column(self, name: str) -> ColumnContract:
        """The contract of that column; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
