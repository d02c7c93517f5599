"""How rows are validated: on parts that hold every class in the same share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.model_selection import StratifiedKFold

from telco_churn.config import load
from telco_churn.data.ingest import LABEL
from telco_churn.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

Fold = tuple[np.ndarray, np.ndarray]
SEED = 0


def folds(frame: pd.DataFrame) -> list[Fold]:
    """(training, validation) positions of as many folds as config/features.yaml says; the same rows give the same ones.

    One fold is a single hold-out part, of `validation_share` of the rows.
    """
    plan = load("features")
    parts = plan["folds"] if plan["folds"] > 1 else round(1 / plan["validation_share"])
    labels = frame[LABEL].to_numpy(dtype=object)
    if len(labels) < parts:
        raise BadInput(f"{len(labels)} labelled rows are too few for {parts} parts")
    split = StratifiedKFold(parts, shuffle=True, random_state=SEED).split(labels, labels.astype(str))
    return list(split)[: plan["folds"]]
