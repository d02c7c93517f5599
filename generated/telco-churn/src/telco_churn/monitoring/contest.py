"""Candidate against champion on rows that neither was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from telco_churn.config import load
from telco_churn.data.ingest import LABEL
from telco_churn.models.model import Model
from telco_churn.monitoring.decay import window_score
from telco_churn.monitoring.outcome import matrix, out_of_fold
from telco_churn.monitoring.reference import Reference
from telco_churn.problem.labels import encode
from telco_churn.problem.metrics import HIGHER_IS_BETTER, METRIC

RESAMPLES = 200


@dataclass(frozen=True)
class Contest:
    """Both scores, and how sure their difference is."""

    metric: str
    basis: str  # "new rows": both on rows that the champion never saw; "out of fold": each on its own training rows
    rows: int
    champion: float
    candidate: float
    gain: float  # positive when the candidate is better
    spread: float  # standard deviation of the gain over resampled rows
    wins: bool


def compare(
    frame: pd.DataFrame, fresh: pd.Series[bool], candidate: str, champion: Model, remembered: Reference
) -> Contest:
    """The new rows decide if there are enough; else the out-of-fold scores of both versions.

    On new rows the champion predicts what it hasn't seen, and the candidate's answers are out of fold: a fair contest.
    """
    positions, predicted = out_of_fold(frame, candidate)
    is_fresh = fresh.to_numpy()[positions]
    truth = encode(frame[LABEL].to_numpy()[positions])
    if is_fresh.sum() >= load("monitoring")["window"]["minimum_rows"]:
        rows, theirs = positions[is_fresh], predicted[is_fresh]
        ours = matrix(champion.predict_frame(frame.iloc[rows]))
        old, new = window_score(truth[is_fresh], ours), window_score(truth[is_fresh], theirs)
        if np.isfinite(old) and np.isfinite(new):
            return verdict("new rows", len(rows), old, new, paired_spread(truth[is_fresh], ours, theirs))
    promised = remembered.score
    spread = promised.spread * float(np.sqrt(promised.rows / len(truth)))
    return verdict("out of fold", len(truth), promised.value, window_score(truth, predicted), spread)


def verdict(basis: str, rows: int, champion: float, candidate: float, spread: float) -> Contest:
    """Who wins: the candidate, unless it loses more than the spread."""
    gain = candidate - champion if HIGHER_IS_BETTER else champion - candidate
    wins = gain >= -spread
    return Contest(METRIC, basis, rows, champion, candidate, gain, spread, bool(wins))


def paired_spread(truth: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Standard deviation of the difference of the scores over resamples of the same rows (paired bootstrap)."""
    picks = np.random.default_rng(0).integers(0, len(truth), (RESAMPLES, len(truth)))
    gains = [window_score(truth[pick], theirs[pick]) - window_score(truth[pick], ours[pick]) for pick in picks]
    return float(np.nanstd(gains))
