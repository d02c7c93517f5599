"""What a score is worth: how much of it is chance, whether it meets its bar, how it differs between groups."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import load
from telco_churn.errors import BadInput
from telco_churn.problem.answers import said_and_came
from telco_churn.problem.metrics import BENEFIT, HIGHER_IS_BETTER, METRIC, SCORES, all_scores, loss, score

RESAMPLES = 100
MOST_ROWS = 20_000  # a sample of more rows would cost seconds and change nothing that is shown
BINS = 10  # of the rows, by what was predicted
GAIN = "gain_over_baseline"
NOISE = 2.0  # standard errors that a gain may lie below its bar by chance
TIE = 0.001  # share of the baseline's score below which nobody would see a difference
QUARTERS = 4
MOST_LEVELS = 12  # of one column, the most frequent first
Measure = Callable[[np.ndarray, np.ndarray], float]


def intervals_of(truth: np.ndarray, predictions: np.ndarray, seed: int) -> dict[str, tuple[float, float]]:
    """The 95 % interval of every metric, by resampled rows: Efron & Tibshirani 1993."""
    generator = np.random.default_rng(seed)
    count = min(len(truth), MOST_ROWS)
    draws: dict[str, list[float]] = {}
    for _ in range(RESAMPLES):
        rows = generator.integers(0, len(truth), count)
        for name, value in all_scores(truth[rows], predictions[rows]).items():
            if np.isfinite(value):
                draws.setdefault(name, []).append(value)
    # fewer rows than there are would make the interval too wide by this factor
    shrink = np.sqrt(min(len(truth), MOST_ROWS) / len(truth))
    centre = all_scores(truth, predictions)
    return {name: _ends(values, centre[name], shrink) for name, values in draws.items()}


def _ends(values: list[float], centre: float, shrink: float) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(centre - (centre - low) * shrink), float(centre + (high - centre) * shrink)


def loss_gain(truth: np.ndarray, blocks: np.ndarray, old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """How much lower the new predictions' loss is, paired over blocks of the same rows, and its standard error."""
    return _gain(loss, -1.0, truth, blocks, old, new)


def score_gain(truth: np.ndarray, blocks: np.ndarray, old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """How much better the new predictions' score is (always: more is better), and the standard error."""
    return _gain(score, 1.0 if HIGHER_IS_BETTER else -1.0, truth, blocks, old, new)


def benefit_gain(truth: np.ndarray, blocks: np.ndarray, old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """The same of what is done with the answers, `metrics.BENEFIT`."""
    sign = -1.0 if BENEFIT == METRIC and not HIGHER_IS_BETTER else 1.0
    return _gain(SCORES[BENEFIT], sign, truth, blocks, old, new)


def each(blocks: np.ndarray) -> list[np.ndarray]:
    """The rows of each block, as masks."""
    return [blocks == block for block in np.unique(blocks)]


def _gain(
    measure: Measure, sign: float, truth: np.ndarray, blocks: np.ndarray, old: np.ndarray, new: np.ndarray
) -> tuple[float, float]:
    gains = [sign * (measure(truth[rows], new[rows]) - measure(truth[rows], old[rows])) for rows in each(blocks)]
    known = np.array([gain for gain in gains if np.isfinite(gain)])  # a block without one of the classes can't tell
    if len(known) < 2:
        return sign * (measure(truth, new) - measure(truth, old)), 0.0
    return float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known)))


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


def slices(frame: pd.DataFrame, truth: np.ndarray, predictions: np.ndarray) -> list[dict[str, Any]]:
    """For each column of config/features.yaml's `slices`: score, rows, and means of what was said and came."""
    plan = load("features")
    found = []
    for column in plan["slices"]:
        if column not in frame:
            raise BadInput(f"config/features.yaml: slices names {column!r}, which is no column of the rows")
        found += _levels(column, _grouped(frame[column]), truth, predictions, plan["minimum_slice_rows"])
    return found


def _grouped(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_LEVELS:
        values = pd.qcut(values, QUARTERS, duplicates="drop")
    return (
        values.astype(object).where(values.notna(), None).map(lambda value: "missing" if value is None else str(value))
    )


def _levels(
    column: str, groups: pd.Series, truth: np.ndarray, predictions: np.ndarray, least: int
) -> list[dict[str, Any]]:
    found = []
    for level, count in groups.value_counts().head(MOST_LEVELS).items():
        if count < least:
            continue
        rows = (groups == level).to_numpy()
        value = score(truth[rows], predictions[rows])
        said, came = said_and_came(truth[rows], predictions[rows])
        found.append(
            {
                "column": column,
                "level": str(level),
                "rows": int(count),
                "score": value if np.isfinite(value) else None,
                "mean_predicted": float(said.mean()),
                "mean_observed": float(came.mean()),
            }
        )
    return found
