"""From columns to a matrix: the definition, its transforms, the fitted pipeline, the offline table.

What config/features.yaml may say of them.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from telco_churn.config import Section


class Entry(Section):
    """One feature."""

    name: str = Field(min_length=1)
    transform: Literal["category", "number", "ordinal", "ratio"]
    columns: list[str] = Field(min_length=1)
    parameters: dict[str, str] = Field(default={})


class Threshold(Section):
    """A bar that the evaluation must pass; a metric that isn't measured passes none."""

    metric: str
    direction: Literal["min", "max"]
    value: float


class FeaturesFile(Section):
    """What config/features.yaml may hold."""

    folds: int = Field(ge=1, le=50)
    validation_share: float | None = Field(default=None, gt=0, le=0.5)
    slices: list[str]
    minimum_slice_rows: int = Field(ge=1)
    thresholds: list[Threshold]
    features: list[Entry] = Field(min_length=1)

    @model_validator(mode="after")
    def _folds_can_be_made(self) -> Self:
        if (self.folds == 1) is (self.validation_share is None):
            raise ValueError("validation_share stands where folds is 1, and nowhere else")
        twice = {entry.name for entry in self.features if [other.name for other in self.features].count(entry.name) > 1}
        for name in sorted(twice):
            raise ValueError(f"two features are named {name!r}")
        return self
