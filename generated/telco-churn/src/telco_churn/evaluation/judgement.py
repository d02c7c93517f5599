"""Whether a score is good enough, held against its bar; and what was said beside what came."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from telco_churn.config import load
from telco_churn.problem.answers import said_and_came
from telco_churn.problem.metrics import METRIC

BINS = 10  # of the rows, by what was predicted
GAIN = "gain_over_baseline"
NOISE = 2.0  # standard errors that a gain may lie below its bar by chance
TIE = 0.001  # share of the baseline's score below which nobody would see a difference


def bins(truth: np.ndarray, predictions: np.ndarray) -> list[dict[str, Any]]:
    """Tenths of the rows by what was said: its mean beside that of what came."""
    said, came = said_and_came(truth, predictions)
    order = np.argsort(said, kind="stable")
    return [
        {"predicted": float(said[rows].mean()), "observed": float(came[rows].mean()), "rows": len(rows)}
        for rows in np.array_split(order, min(BINS, len(order)))
    ]


def verdicts(
    scores: Mapping[str, float | None], trained: Mapping[str, Mapping[str, float]], noise_of_score: float = 0.0
) -> list[dict[str, Any]]:
    """Each threshold with what was measured and whether it is met; what couldn't be measured isn't.

    `trained` holds the baselines' scores and the gain's noise, as `train` wrote them beside the model;
    `noise_of_score` is how far the project's metric may lie off by chance.
    """
    found = []
    for bar in load("features")["thresholds"]:
        name = bar["metric"]
        measured = gain(trained) if name == GAIN else scores.get(name)
        value = float("nan") if measured is None else float(measured)
        noise = (
            max(NOISE * trained["gain"]["noise"] / abs(trained["linear"][METRIC]), TIE)
            if name == GAIN
            else noise_of_score
            if name == METRIC
            else 0.0
        )
        passed = value + noise >= bar["value"] if bar["direction"] == "min" else value - noise <= bar["value"]
        shown = value if np.isfinite(value) else None
        found.append({**bar, "measured": shown, "noise": noise, "passed": bool(passed)})
    return found


def gain(trained: Mapping[str, Mapping[str, float]]) -> float:
    """How much better than the plain baseline, as a share of its score, mean over the folds; negative is worse."""
    return trained["gain"]["over_linear"] / abs(trained["linear"][METRIC])
