"""The memory that monitoring compares with: sketches of the columns and of the predictions, and the promised score."""

from __future__ import annotations

import functools
import os
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from telco_churn.config import load, settings
from telco_churn.errors import BadInput
from telco_churn.models.model import Model
from telco_churn.monitoring import predictions
from telco_churn.monitoring.decay import PromisedScore
from telco_churn.monitoring.drift import Bar, Chance, LevelSketch, NumberSketch, Signal, numbers, texts
from telco_churn.monitoring.predictions import PredictionDrift, Remembered

Sketch = Annotated[NumberSketch | LevelSketch, Field(discriminator="kind")]


class Reference(BaseModel):
    """What the champion was trained on, in numbers; one file, artifacts/monitoring/reference.json."""

    schema_version: Literal[1] = 1
    created: str  # ISO 8601, UTC
    model_version: str
    data_digest: str  # of the rows it was trained on: a registry that was lost counts its versions from 1 again
    trained_at: str  # ISO 8601, UTC
    rows: int
    batches: list[str]  # of the processed layer that the champion has seen
    columns: dict[str, Sketch]
    predictions: Remembered  # of rows that the model hadn't seen: out of fold
    score: PromisedScore
    kpi: float

    @classmethod
    def load(cls) -> Reference:
        """The stored reference; BadInput with the remedy when there is none."""
        path = settings().monitoring_dir / "reference.json"
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BadInput(f"{path} is missing: run `python -m telco_churn reference` after a promotion") from None
        except ValidationError as error:
            raise BadInput(
                f"{path} is no reference of this version ({error.error_count()} errors): make it anew"
            ) from None

    @classmethod
    def of(cls, champion: Model) -> Reference:
        """The stored reference of this very model; BadInput with the remedy when it is another one's."""
        found = cls.load()
        if (found.model_version, found.data_digest) != (champion.version, champion.data_digest):
            raise BadInput(
                f"the reference was made for version {found.model_version}, the champion is another model, "
                f"version {champion.version}: run `python -m telco_churn reference`"
            )
        return found

    def save(self) -> None:
        """Write the file in one move, so that a reader never sees half of it."""
        path = settings().monitoring_dir / "reference.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_text(self.model_dump_json(), encoding="utf-8")
        os.replace(draft, path)

    def compare(self, frame: pd.DataFrame) -> dict[str, list[Signal]]:
        """All statistics of a window's columns, each beside its bar."""
        missing = [bar.column for bar in bars() if bar.column not in frame]
        if missing:
            raise BadInput(
                f"column {missing[0]!r} is not among the rows: monitoring needs every column of config/monitoring.yaml"
            )
        return {bar.column: compare(self.columns[bar.column], frame[bar.column], bar, chance()) for bar in bars()}

    def compare_predictions(self, values: NDArray[Any]) -> PredictionDrift:
        """How a window's predictions lie beside the remembered ones."""
        return predictions.compare(self.predictions, values, chance())


@functools.cache
def bars() -> tuple[Bar, ...]:
    """The bars of all monitored columns."""
    return tuple(Bar(**entry) for entry in load("monitoring")["columns"])


def chance() -> Chance:
    """How much one statistic may vary so that all of a clean window's statistics together stay quiet often enough."""
    config = load("monitoring")["chance"]
    statistics = 3 * (len(bars()) + 1)
    return Chance(config["false_alarm_rate"] / statistics, config["rows_per_independent_row"])


def sketch(column: pd.Series[Any], bar: Bar) -> Sketch:
    """Remember one column in the way that its bar asks for."""
    if bar.kind == "number":
        return NumberSketch.of(numbers(column), bar.bins)
    return LevelSketch.of(texts(column), bar.bins)


def compare(remembered: Sketch, column: pd.Series[Any], bar: Bar, chance: Chance) -> list[Signal]:
    """All statistics of one column of a window."""
    if isinstance(remembered, NumberSketch):
        return remembered.compare(numbers(column), bar, chance)
    return remembered.compare(texts(column), bar, chance)


def strength(found: list[Signal]) -> float:
    """The largest multiple of a bar among a column's statistics."""
    return max(signal.ratio for signal in found)


def newest(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Positions of the rows that are the reference."""
    return np.arange(len(frame))
