"""Predictions in the shapes that monitoring works with, whether fresh from the champion or stored out of fold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from telco_churn.data.ingest import BATCH, ROW
from telco_churn.errors import BadInput
from telco_churn.models.model import Predictions
from telco_churn.registry.trained import out_of_fold_file


def matrix(predictions: Predictions) -> NDArray[np.float64]:
    """(n, 2) probabilities."""
    if predictions.probabilities is None:
        raise BadInput("the champion gives no probabilities: promote a version that this project has trained")
    return predictions.probabilities


def watched(predicted: NDArray[np.float64]) -> NDArray[Any]:
    """The side of a prediction whose drift is watched: the probability of the positive class."""
    return predicted[:, 1]


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
    columns = [f"p_{position}" for position in range(2)]
    return joined["place"].to_numpy(dtype=np.int64), joined[columns].to_numpy(dtype=np.float64)
