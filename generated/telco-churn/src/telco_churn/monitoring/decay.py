"""Is the model still as good as promised? Answered for windows whose labels are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from telco_churn.config import load
from telco_churn.problem.labels import truth_of
from telco_churn.problem.metrics import HIGHER_IS_BETTER, METRIC, score, top_share

Predicted = NDArray[np.float64]  # as metrics judge it: see problem/answers.py
RESAMPLES = 100
MINIMUM_GAP = 0.1  # relative to the predicted mean: smaller gaps are no concern however certain they are
WORTH_LOST = 0.5  # of what the model is better than a constant answer: with so much less it isn't worth having
SIGMAS = 3.0  # a loss of score within so many standard errors is chance


class PromisedScore(BaseModel):
    """The out-of-fold score of the champion, and how much it varies from window to window."""

    metric: str
    value: float
    spread: float  # standard deviation over windows of `rows` rows
    rows: int
    constant: float  # the score of the same answer for every row (`constant_of`)


@dataclass(frozen=True)
class Judgement:
    """A labelled window beside the promise."""

    metric: str
    score: float
    promised: float
    decay: float  # relative loss; negative when the window scores better than promised
    decayed: bool
    calibration_gap: float  # observed minus predicted mean, in standard errors
    concept_drift: bool


def promise(labels: NDArray[Any], predicted: Predicted, rows: int) -> PromisedScore:
    """Score of out-of-fold predictions, with the spread that resampled windows of `rows` rows show."""
    truth = truth_of(labels)
    rows = min(rows, len(truth))
    picks = np.random.default_rng(0).integers(0, len(truth), (RESAMPLES, rows))
    return PromisedScore(
        metric=METRIC,
        value=score(truth, predicted),
        spread=float(np.nanstd([window_score(truth[pick], predicted[pick]) for pick in picks])),
        rows=rows,
        constant=window_score(truth, constant_of(truth, predicted)),
    )


def judge(labels: NDArray[Any], predicted: Predicted, promised: PromisedScore) -> Judgement | None:
    """Decay and concept drift of a labelled window; None when its rows can't tell."""
    truth = truth_of(labels)
    reached = window_score(truth, predicted)
    if np.isnan(reached):
        return None
    bars = load("monitoring")["alarm"]
    loss = promised.value - reached if HIGHER_IS_BETTER else reached - promised.value
    sigmas = SIGMAS * np.sqrt(promised.rows / len(truth) * independence())
    bar = min(
        bars["score_decay"], WORTH_LOST * abs(promised.value - promised.constant) / max(abs(promised.value), 1e-12)
    )
    decay, noise = loss / max(abs(promised.value), 1e-12), sigmas * promised.spread / max(abs(promised.value), 1e-12)
    decayed = decay > max(bar, noise)
    gap, relevant = calibration_gap(truth, predicted)
    return Judgement(
        metric=METRIC,
        score=reached,
        promised=promised.value,
        decay=decay,
        decayed=bool(decayed),
        calibration_gap=gap,
        concept_drift=bool(relevant and abs(gap) > bars["calibration_errors"]),
    )


def window_score(truth: NDArray[Any], predicted: Predicted) -> float:
    """The project's metric; NaN where it isn't defined, as in a window of one class."""
    return float(score(truth, predicted)) if np.unique(truth).size > 1 else float("nan")


def constant_of(truth: NDArray[Any], predicted: Predicted) -> Predicted:
    """The classes' shares, as the answer for every row."""
    return np.tile(np.bincount(truth, minlength=predicted.shape[1]) / max(len(truth), 1), (len(truth), 1))


def calibration_gap(truth: NDArray[Any], predicted: Predicted) -> tuple[float, bool]:
    """Observed minus predicted number of positives in standard errors, and whether it is large enough to matter."""
    positive = predicted[:, 1]
    error = np.sqrt((positive * (1 - positive)).sum() * independence())
    gap = truth.sum() - positive.sum()
    return float(gap / max(error, 1e-12)), bool(abs(gap) > MINIMUM_GAP * positive.sum())


def independence() -> float:
    """Rows that count for one, because rows of a group resemble each other."""
    return float(load("monitoring")["chance"]["rows_per_independent_row"])


def kpi(predicted: Predicted) -> float:
    """Expected share of positives among the rows of highest risk: what the list that is acted upon is worth."""
    top = max(1, round(len(predicted) * top_share()))
    return float(np.sort(predicted[:, 1])[-top:].mean())
