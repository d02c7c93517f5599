"""The host's own metrics, on labels and predictions that it has read itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as learn

from agent_graph.artifacts import HIGHER_IS_BETTER, Problem

Numbers = NDArray[np.float64]
TINY = 1e-15  # keeps the logarithm of an impossible class finite
LEAST_MEAN = 1e-6  # a Poisson mean is above zero
BINS = 10


def score(problem: Problem, metric: str, truth: NDArray[np.generic], answer: Numbers) -> float:
    """The metric of (n, K) probabilities in the order of the classes, or of (n,) numbers; NaN when it can't tell.

    `truth` holds positions of classes, or numbers on the original scale.
    """
    if problem.is_classification:
        return _of_classes(problem, metric, truth.astype(np.int64), answer)
    return _OF_NUMBERS[metric](truth.astype(np.float64), answer)


def better(metric: str, one: float, other: float) -> float:
    """By how much `one` is better than `other`: above zero is better, whichever way the metric points."""
    return one - other if HIGHER_IS_BETTER[metric] else other - one


def calibration_error(problem: Problem, truth: NDArray[np.generic], answer: Numbers) -> float:
    """Classes: expected calibration error over tenths of the rows. Numbers: how far the totals' ratio is from 1."""
    if not problem.is_classification:
        total = float(truth.astype(np.float64).sum())
        return abs(float(answer.sum()) / total - 1.0) if total else float("nan")
    positions = truth.astype(np.int64)
    said = answer[:, 1] if problem.task == "binary" else answer.max(axis=1)
    happened = positions == 1 if problem.task == "binary" else answer.argmax(axis=1) == positions
    parts = np.array_split(np.argsort(said, kind="stable"), min(BINS, len(said)))
    return float(sum(abs(said[rows].mean() - happened[rows].mean()) * len(rows) for rows in parts) / len(said))


def _of_classes(problem: Problem, metric: str, truth: NDArray[np.int64], answer: Numbers) -> float:
    classes = np.arange(len(problem.target.classes))
    binary = problem.task == "binary"
    present = np.unique(truth)
    if metric == "log_loss":
        given = answer[np.arange(len(truth)), truth] / answer.sum(axis=1)
        return float(-np.log(np.clip(given, TINY, 1.0)).mean())
    if metric == "accuracy":
        return float((answer.argmax(axis=1) == truth).mean())
    if metric in ("f1", "f1_macro"):
        average = "macro" if metric == "f1_macro" else "binary" if binary else "weighted"
        labels = classes if metric == "f1_macro" else None
        said = answer.argmax(axis=1)
        return float(learn.f1_score(truth, said, labels=labels, average=average, zero_division=0.0))
    if len(present) < len(classes):
        return float("nan")
    if metric == "roc_auc":
        if binary:
            return float(learn.roc_auc_score(truth, answer[:, 1]))
        whole = answer / answer.sum(axis=1, keepdims=True)
        return float(learn.roc_auc_score(truth, whole, multi_class="ovr", labels=classes))
    if metric == "pr_auc":
        if binary:
            return float(learn.average_precision_score(truth, answer[:, 1]))
        return float(np.mean([learn.average_precision_score(truth == k, answer[:, k]) for k in classes]))
    raise ValueError(f"{metric} is no metric of classes")


def _rmse(truth: Numbers, answer: Numbers) -> float:
    return float(np.sqrt(((truth - answer) ** 2).mean()))


def _rmsle(truth: Numbers, answer: Numbers) -> float:
    return _rmse(np.log1p(truth), np.log1p(np.maximum(answer, 0.0)))


def _mae(truth: Numbers, answer: Numbers) -> float:
    return float(np.abs(truth - answer).mean())


def _mape(truth: Numbers, answer: Numbers) -> float:
    known = truth != 0
    return float(np.abs((truth[known] - answer[known]) / truth[known]).mean()) if known.any() else float("nan")


def _r2(truth: Numbers, answer: Numbers) -> float:
    spread = float(((truth - truth.mean()) ** 2).sum())
    return 1.0 - float(((truth - answer) ** 2).sum()) / spread if spread > 0 else float("nan")


def _poisson_deviance(truth: Numbers, answer: Numbers) -> float:
    return float(learn.mean_poisson_deviance(truth, np.maximum(answer, LEAST_MEAN)))


_OF_NUMBERS: dict[str, Callable[[Numbers, Numbers], float]] = {
    "rmse": _rmse,
    "rmsle": _rmsle,
    "mae": _mae,
    "mape": _mape,
    "r2": _r2,
    "poisson_deviance": _poisson_deviance,
}
