"""From raw files to typed rows: landing, contract, processed layer, lineage.

What config/data.yaml may say of them.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from telco_churn.config import Section

Dtype = Literal["int", "string", "float"]
OF_TYPE = {  # keys that say something of a column of that type alone
    "int": {"minimum", "maximum", "quantiles"},
    "float": {"minimum", "maximum", "quantiles"},
    "bool": {"minimum", "maximum", "quantiles"},
    "string": {"allowed", "known"},
    "datetime": {"earliest", "latest", "datetime_format"},
}
OF_ONE_COLUMN = ("max_unseen_share", "max_repeated_share", "freshness_days")  # rules


class Dialect(Section):
    """How a table's files are written."""

    format: Literal["csv"]
    null_tokens: list[str]
    delimiter: str
    quote: str
    encoding: str


class Source(Section):
    """A table as it lands."""

    table: str
    dialect: Dialect


class Column(Section):
    """What must be true of one column."""

    name: str
    dtype: Dtype
    required: bool
    nullable: bool
    max_missing: float | None = Field(default=None, ge=0, le=1)
    minimum: float | None = None
    maximum: float | None = None
    quantiles: list[float] = Field(default=[])
    allowed: list[str] = Field(default=[])
    known: list[str] = Field(default=[])
    earliest: str | None = None
    latest: str | None = None
    datetime_format: str | None = None

    @model_validator(mode="after")
    def _every_key_says_something(self) -> Self:
        meant = {"name", "dtype", "required", "nullable"} | OF_TYPE[self.dtype]
        meant = (meant | {"max_missing"} if self.nullable else meant) - ({"known"} if self.allowed else set())
        for key in sorted(meant ^ self.model_fields_set):
            verb = "is missing" if key in meant else "says nothing"
            raise ValueError(f"{key!r} {verb} of {self.name!r}; its keys are {', '.join(sorted(meant))}")
        if None not in (self.minimum, self.maximum) and self.minimum > self.maximum:  # type: ignore[operator]
            raise ValueError(f"minimum and maximum of {self.name!r} leave no number between them")
        return self


class Target(Section):
    """The raw column that the label is made of."""

    name: str
    dtype: Dtype
    required: bool


class Rule(Section):
    """What must be true of a whole batch."""

    kind: Literal[
        "min_rows",
        "max_duplicate_share",
        "max_missing_share",
        "max_missing_target_share",
        "max_quantile_shift",
        "max_repeated_share",
    ]
    column: str | None = None
    threshold: float | None = Field(default=None, ge=0)
    severity: Literal["error", "warning"]

    @model_validator(mode="after")
    def _every_key_says_something(self) -> Self:
        if (self.kind in OF_ONE_COLUMN) is (self.column is None):
            raise ValueError(f"'column' stands at {', '.join(OF_ONE_COLUMN)}, and nowhere else")
        if (self.kind == "max_missing_share") is not (self.threshold is None):
            raise ValueError("'threshold' stands at every rule but max_missing_share, whose columns have their own")
        return self


class Layers(Section):
    """How long rows are kept."""

    processed_retention_days: int = Field(ge=1)


class ServiceLevels(Section):
    """What is promised of the rows."""

    valid_share: float = Field(gt=0, le=1)


class DataFile(Section):
    """What config/data.yaml may hold."""

    version: str = Field(min_length=1)
    sources: list[Source] = Field(min_length=1)
    joins: list[Any] = Field(max_length=0)  # no code is written for any
    columns: list[Column] = Field(min_length=1)
    target: Target
    key: list[str]
    rules: list[Rule]
    layers: Layers
    service_levels: ServiceLevels

    @model_validator(mode="after")
    def _columns_are_there(self) -> Self:
        known = {column.name for column in self.columns}
        asked = {*self.key, *(rule.column for rule in self.rules if rule.column is not None)}
        for name in sorted(asked - known):
            raise ValueError(f"key and rules: {name!r} is asked for, which is none of the columns")
        return self
