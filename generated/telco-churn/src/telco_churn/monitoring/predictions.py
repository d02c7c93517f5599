"""Whether predictions have drifted: what is watched of them beside that of rows that the model hadn't seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from telco_churn.config import load
from telco_churn.data.ingest import BATCH, ROW
from telco_churn.errors import BadInput
from telco_churn.monitoring.drift import Bar, Chance, NumberSketch, Signal
from telco_churn.problem.answers import read
from telco_churn.registry.versions import out_of_fold_file

BINS = 10
Remembered = NumberSketch


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


def remember(values: NDArray[np.float64]) -> Remembered:
    """Sketch of what is watched (`answers.watched`), of the predictions of rows that the model hadn't seen."""
    return Remembered.of(values, BINS)


def compare(remembered: Remembered, values: NDArray[np.float64], chance: Chance) -> PredictionDrift:
    """PSI and distance of a window's predictions, each beside its bar."""
    alarm = load("monitoring")["alarm"]
    bar = Bar("prediction", "number", BINS, psi=alarm["prediction_psi"], ks=1.0, unseen=1.0, missing=1.0)
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
