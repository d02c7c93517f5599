"""How predictions are judged: roc_auc first, then log_loss, pr_auc, accuracy.

`y` is always (n,) positions of classes, `p` (n, 2) probabilities in the order of `labels.CLASSES`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata
from sklearn import metrics

from telco_churn.config import load

METRIC = "roc_auc"
HIGHER_IS_BETTER = True
BENEFIT = "top_capture"  # what a model has to be better in to be worth more weight
_ROWS = 7043  # of all customers, of whom the `top_k` of config/project.yaml can be attended to
_CLASSES = np.arange(2)
_TINY = 1e-15  # keeps the logarithm of an impossible class finite


def log_loss(y: np.ndarray, p: np.ndarray) -> float:
    """Mean negative logarithm of the probability that the true class got."""
    of_truth = np.clip(p[np.arange(len(y)), y] / p.sum(axis=1), _TINY, 1.0)
    return float(-np.log(of_truth).mean())


def accuracy(y: np.ndarray, p: np.ndarray) -> float:
    """Share of rows whose likeliest class is the true one."""
    return float((p.argmax(axis=1) == y).mean())


def _ranked(positive: np.ndarray, scores: np.ndarray) -> float:
    """Chance that one of these rows stands above one of the others, a tie counting half: Mann & Whitney 1947."""
    ranks, count = rankdata(scores), int(positive.sum())
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(scores) - count)))


def roc_auc(y: np.ndarray, p: np.ndarray) -> float:
    """Chance that a positive row is ranked above a negative one; NaN when a class is absent."""
    if len(np.unique(y)) < len(_CLASSES):
        return float("nan")
    return _ranked(y == 1, p[:, 1])


def pr_auc(y: np.ndarray, p: np.ndarray) -> float:
    """Average precision over all recalls; NaN without a positive row."""
    return float(metrics.average_precision_score(y, p[:, 1])) if y.any() else float("nan")


def top_share() -> float:
    """The customers that can be attended to, as a share of all."""
    return float(min(1.0, load("project")["problem"]["top_k"] / _ROWS))


def top_capture(y: np.ndarray, p: np.ndarray) -> float:
    """Share of all positive rows that stand among the `top_share` ranked highest; NaN without a positive row."""
    if not y.any():
        return float("nan")
    count = max(1, round(top_share() * len(y)))
    highest = np.argsort(-p[:, 1], kind="stable")[:count]
    return float(y[highest].sum() / y.sum())


SCORES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "roc_auc": roc_auc,
    "log_loss": log_loss,
    "pr_auc": pr_auc,
    "accuracy": accuracy,
    "top_capture": top_capture,
}


def score(y: np.ndarray, p: np.ndarray) -> float:
    """The metric that decides, roc_auc."""
    return SCORES[METRIC](y, p)


def loss(y: np.ndarray, p: np.ndarray) -> float:
    """What ensembles and early stopping make small."""
    return log_loss(y, p)


def all_scores(y: np.ndarray, p: np.ndarray) -> dict[str, float]:
    """Every metric by its name; NaN where these rows can't tell (one class only, no spread)."""
    return {name: measure(y, p) for name, measure in SCORES.items()}
