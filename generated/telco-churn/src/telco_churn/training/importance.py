"""What the model leans on: the loss that shuffling one raw column costs on rows it hasn't seen (Breiman 2001)."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from telco_churn.data.columns import Columns, take
from telco_churn.models.ensemble import blend
from telco_churn.models.estimators import Member
from telco_churn.problem.metrics import loss
from telco_churn.training.material import Material, Part

SAMPLE = 400  # validation rows
LONGEST_S = 3.0  # the columns not reached by then have no measure


def importance(
    material: Material, part: Part, members: Sequence[Member], weights: Sequence[float], seed: int
) -> list[dict[str, Any]]:
    """Each raw column that features read, with the rise of the loss when it is shuffled, the largest first."""
    generator = np.random.default_rng(seed)
    rows = np.sort(generator.permutation(part.index)[:SAMPLE])
    columns, truth = take(material.columns, rows), material.truth[rows]

    def loss_of(changed: Columns) -> float:
        matrix = part.pipeline.transform(changed)
        return loss(truth, blend([member.predict(matrix) for member in members], weights))

    usual, end = loss_of(columns), time.monotonic() + LONGEST_S
    found = []
    for name in dict.fromkeys(name for feature in part.pipeline.definition for name in feature.columns):
        if time.monotonic() > end:
            break
        rise = loss_of({**columns, name: columns[name][generator.permutation(len(rows))]}) - usual
        found.append({"column": name, "loss_increase": round(rise, 8)})
    return sorted(found, key=lambda one: -one["loss_increase"])
