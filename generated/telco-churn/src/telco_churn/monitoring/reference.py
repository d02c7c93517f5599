"""The memory that monitoring compares with: sketches of the columns and of the predictions, and the promised score."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError
from scipy import stats

from telco_churn.config import load, settings
from telco_churn.data.ingest import BATCH, ROW
from telco_churn.errors import BadInput
from telco_churn.models.model import Model
from telco_churn.monitoring import Bar
from telco_churn.monitoring.decay import PromisedScore
from telco_churn.monitoring.drift import Chance, LevelSketch, NumberSketch, Signal, numbers, texts
from telco_churn.problem.answers import read
from telco_churn.registry.versions import out_of_fold_file

Sketch = Annotated[NumberSketch | LevelSketch, Field(discriminator="kind")]
BINS = 10
Remembered = NumberSketch  # of predictions


@dataclass(frozen=True)
class PredictionDrift:
    """A window's predictions beside those of rows that the model hadn't seen.

    PSI alone is sure of small things: where most predictions lie close together, a move in the third digit shows.
    """

    psi: Signal  # is it more than chance?
    shift: Signal  # is it far enough to matter?

    @property
    def ratio(self) -> float:
        """Multiple of its bar that the smaller of the two reaches; from 1 on the predictions have drifted."""
        return min(self.psi.ratio, self.shift.ratio)


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
        return compare_predictions(self.predictions, values, chance())


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


def prediction_report(found: PredictionDrift) -> dict[str, Any]:
    """The predictions' statistics and bars, in the shape of a column's."""
    return column_report([found.psi, found.shift]) | {"ratio": round(found.ratio, 4)}


def column_report(found: list[Signal]) -> dict[str, Any]:
    """One column's statistics and bars."""
    values = {signal.measure: round(signal.value, 6) for signal in found}
    return {
        **values,
        "bars": {signal.measure: round(signal.bar, 6) for signal in found},
        "ratio": round(strength(found), 4),
    }


def newest(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Positions of the rows that are the reference."""
    return np.arange(len(frame))


def out_of_fold(frame: pd.DataFrame, version: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Positions in `frame`, and a version's predictions of those rows by members that hadn't seen them.

    Rows that no fold validated, or that aren't in `frame`, are left out; BadInput when none is left.
    """
    table = pd.read_csv(out_of_fold_file(version), dtype={"batch": "str"})
    place = pd.DataFrame({"batch": frame[BATCH].astype("str"), "row": frame[ROW].astype("int64")})
    place["place"] = np.arange(len(frame))
    joined = table.merge(place, on=["batch", "row"], how="inner", validate="one_to_one")
    if joined.empty:
        raise BadInput(
            f"none of the rows that version {version} was trained on is in data/processed: ingest them again"
        )
    return joined["place"].to_numpy(dtype=np.int64), read(joined)


def sketch_predictions(values: NDArray[np.float64]) -> Remembered:
    """Sketch of what is watched (`answers.watched`), of the predictions of rows that the model hadn't seen."""
    return Remembered.of(values, BINS)


def compare_predictions(remembered: Remembered, values: NDArray[np.float64], chance: Chance) -> PredictionDrift:
    """PSI and distance of a window's predictions, each beside its bar."""
    alarm = load("monitoring")["alarm"]
    bar = Bar(
        column="prediction", kind="number", bins=BINS, psi=alarm["prediction_psi"], ks=1.0, unseen=1.0, missing=1.0
    )
    stability = remembered.compare(values, bar, chance)[0]
    certain = chance.mean(remembered.rows, len(values))
    return PredictionDrift(
        stability, Signal("shift", distance(remembered, values), max(alarm["prediction_shift"], certain))
    )


def distance(remembered: Remembered, values: NDArray[np.float64]) -> float:
    """How far the mean prediction had to travel, in standard deviations (Wasserstein's distance)."""
    if not remembered.grid or not values.size:
        return 0.0
    grid, weights = np.asarray(remembered.grid), np.diff(remembered.cumulative, prepend=0.0)
    centre = np.average(grid, weights=weights)
    spread = float(np.sqrt(np.average((grid - centre) ** 2, weights=weights)))
    return float(stats.wasserstein_distance(grid, values, weights)) / max(spread, 1e-12)
