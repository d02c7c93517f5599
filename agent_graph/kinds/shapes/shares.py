"""Answers that are shares of classes: (n, K), in the order of the classes, adding up to 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from agent_graph.kind import Metric, Numbers, Truth

Score = Callable[[Truth, Numbers], float]
TINY = 1e-15  # keeps the logarithm of an impossible class finite


def positions(truth: Truth) -> NDArray[np.int64]:
    """The places of the true classes."""
    return truth.astype(np.int64)


def _log_loss(truth: Truth, answer: Numbers) -> float:
    given = answer[np.arange(len(truth)), positions(truth)] / answer.sum(axis=1)
    return float(-np.log(np.clip(given, TINY, 1.0)).mean())


def _accuracy(truth: Truth, answer: Numbers) -> float:
    return float((answer.argmax(axis=1) == positions(truth)).mean())


def _f1(average: str) -> Score:
    """The F1 of the likeliest classes, averaged so; "macro" over all classes, also those that no row has."""

    def score(truth: Truth, answer: Numbers) -> float:
        from sklearn.metrics import f1_score  # a second to import, and most refusals come before

        labels = np.arange(answer.shape[1]) if average == "macro" else None
        said = answer.argmax(axis=1)
        return float(f1_score(positions(truth), said, labels=labels, average=average, zero_division=0.0))

    return score


def _where_each_class_is(score: Score) -> Score:
    """The score, NaN for rows that lack one of the classes."""

    def held(truth: Truth, answer: Numbers) -> float:
        return score(truth, answer) if len(np.unique(truth)) == answer.shape[1] else float("nan")

    return held


def roc_auc(score: Score) -> Metric:
    """The area under the receiver's curve, by that arithmetic."""
    return Metric("roc_auc", r"\b(roc[ _-]?)?auc\b|area under the roc", True, _where_each_class_is(score))


def pr_auc(score: Score) -> Metric:
    """The average precision, by that arithmetic."""
    words = r"\bpr[ _-]?auc|average precision|precision[- ]recall"
    return Metric("pr_auc", words, True, _where_each_class_is(score))


def f1(average: str) -> Metric:
    """The F1 of the likeliest classes, averaged so."""
    return Metric("f1", r"\bf1\b", True, _f1(average))


LOG_LOSS = Metric("log_loss", r"\blog[ _-]?loss|cross[- ]entropy", False, _log_loss)
ACCURACY = Metric("accuracy", r"\baccuracy\b|share of (correct|right)", True, _accuracy)
F1_MACRO = Metric("f1_macro", r"\bmacro[ _-]?f1|f1[ _-]?macro", True, _f1("macro"))
