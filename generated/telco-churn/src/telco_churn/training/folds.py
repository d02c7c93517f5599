"""How rows are validated: on parts that hold every class in the same share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.model_selection import StratifiedKFold

from telco_churn.data.ingest import LABEL
from telco_churn.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

Fold = tuple[np.ndarray, np.ndarray]
PARTS = 5
SEED = 0


def folds(frame: pd.DataFrame) -> list[Fold]:
    """(training, validation) positions of 5 folds; the same rows give the same folds."""
    labels = frame[LABEL].to_numpy(dtype=object)
    if len(labels) < PARTS:
        raise BadInput(f"{len(labels)} labelled rows are too few for {PARTS} parts")
    split = StratifiedKFold(PARTS, shuffle=True, random_state=SEED).split(labels, labels.astype(str))
    return list(split)
