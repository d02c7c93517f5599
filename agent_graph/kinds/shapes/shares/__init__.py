"""Answers that are shares of classes: (n, K), in the order of the classes, adding up to 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts.problem import Problem, Target
from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import (
    Calibration,
    Honesty,
    InvalidPredictions,
    Metric,
    Numbers,
    Plain,
    Said,
    Shape,
    Signal,
    Training,
    Truth,
    finite,
)

if TYPE_CHECKING:
    from scipy import sparse

Score = Callable[[Truth, Numbers], float]
SUM_TOLERANCE = 1e-6
TIE_TOLERANCE = 1e-9  # the label may be any of several classes that are equally likely
BINS = 10
MOST_CLASSES = 50  # that can be learnt
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


def is_named(column: ColumnProfile, said: Said) -> bool:
    """Whether the statement names several of the column's values."""
    return len(said.told) >= min(3, column.distinct)


def _label(target: Target) -> pl.Expr:
    raw = pl.col(target.column)
    if target.rule == "as_is":
        named = raw.cast(pl.String)
        known = pl.when(named.is_in(list(target.rare))).then(None).otherwise(named) if target.rare else named
        return known.alias("label")
    if target.rule == "above":
        holds = raw.cast(pl.Float64) > target.threshold
    elif target.rule == "below":
        holds = raw.cast(pl.Float64) < target.threshold
    else:
        holds = raw.cast(pl.String).is_in(list(target.values))
        holds = ~holds if target.rule == "other_than" else holds
    return (
        pl.when(raw.is_null() | raw.cast(pl.String).is_in(list(target.unsettled)))
        .then(None)
        .when(holds)
        .then(pl.lit(target.classes[1]))
        .otherwise(pl.lit(target.classes[0]))
        .alias("label")
    )


def _outputs(target: Target) -> list[pl.Expr]:
    """0/1 for two classes, one 0/1 column a class for several."""
    wanted = target.classes[1:] if len(target.classes) == 2 else target.classes
    return [(_label(target) == name).cast(pl.Float64).alias(f"y{k}") for k, name in enumerate(wanted)]


def _truth(labels: pl.Series, target: Target) -> Truth:
    place = {name: position for position, name in enumerate(target.classes)}
    return np.array([place[name] for name in labels.cast(pl.String).to_list()], dtype=np.int64)


def _columns(target: Target) -> tuple[str, ...]:
    return ("prediction", *(f"p_{k}" for k in range(len(target.classes))))


def _read(table: pl.DataFrame, target: Target) -> Numbers:
    values = np.column_stack([finite(table, f"p_{k}") for k in range(len(target.classes))])
    if (values < 0).any() or (values > 1).any():
        raise InvalidPredictions("a probability lies outside 0 to 1")
    if np.abs(values.sum(axis=1) - 1.0).max(initial=0.0) > SUM_TOLERANCE:
        raise InvalidPredictions("the probabilities of a row don't sum to 1")
    place = {name: position for position, name in enumerate(target.classes)}
    labels = [place.get(name, -1) for name in table["prediction"].fill_null("").to_list()]
    said = np.array(labels, dtype=np.int64)
    if (said < 0).any():
        raise InvalidPredictions("a prediction is none of the classes")
    if (values[np.arange(len(said)), said] < values.max(axis=1) - TIE_TOLERANCE).any():
        raise InvalidPredictions("a prediction isn't the class with the highest probability")
    return values


def _dummy(problem: Problem, truth: Truth, rows: int) -> Numbers:
    """The classes' shares."""
    counts = np.bincount(positions(truth), minlength=len(problem.target.classes)) + 1e-9
    return np.tile(counts / counts.sum(), (rows, 1))


def _ranked(target: Target, truth: Truth, predicted: Numbers) -> tuple[Truth, Numbers]:
    """One column of two classes' shares is the second's."""
    from scipy.stats import rankdata  # a second to import, and most refusals come before

    both = np.column_stack([1 - predicted[:, 0], predicted[:, 0]]) if predicted.shape[1] == 1 else predicted
    places = np.array([target.classes.index(label) for label in truth])
    return places, np.column_stack([rankdata(column) for column in both.T])


def _auc(truth: Truth, ranks: Numbers) -> float:
    """Mean over classes of the chance that a row of the class is ranked above one that isn't (Mann-Whitney)."""
    classes = (1,) if ranks.shape[1] == 2 else range(ranks.shape[1])
    found = []
    for k in classes:
        inside = truth == k
        m = int(inside.sum())
        if 0 < m < len(truth):
            found.append((float(ranks[inside, k].sum()) - m * (m + 1) / 2) / (m * (len(truth) - m)))
    return float(np.mean(found)) if found else 0.5


def _logistic(problem: Problem, fitted: sparse.csr_matrix, truth: Truth, wanted: sparse.csr_matrix) -> Numbers:
    from sklearn.linear_model import LogisticRegression  # a second to import, and most refusals come before

    answer = np.full((wanted.shape[0], len(problem.target.classes)), 1e-9)
    places = positions(truth)
    if len(np.unique(places)) < 2:  # one class can't be told from another
        answer[:, places[0]] = 1.0
    else:
        estimator = LogisticRegression(solver="newton-cg", max_iter=50).fit(fitted, places)
        answer[:, estimator.classes_] += estimator.predict_proba(wanted)
    return np.asarray(answer / answer.sum(axis=1, keepdims=True))


def calibration_error(said: Numbers, happened: Truth) -> float:
    """Expected calibration error over tenths of the rows, of one share a row."""
    parts = np.array_split(np.argsort(said, kind="stable"), min(BINS, len(said)))
    return float(sum(abs(said[rows].mean() - happened[rows].mean()) * len(rows) for rows in parts) / len(said))


def calibration(error: Callable[[Truth, Numbers], float], by: str, why: str) -> Calibration:
    """Shares are how often what they are of comes."""

    def measured(problem: Problem, truth: Truth, answer: Numbers) -> Honesty:
        chance = float(np.sqrt(10 / len(truth)) * 0.4)  # tenths of the rows differ from their shares by chance alone
        return Honesty("expected calibration error over tenths of the rows", error(truth, answer), chance)

    return Calibration(error, measured, by, why, always=True)


def loss(metric: str) -> tuple[str, str]:
    """The logarithm of what the true class got, whatever judges."""
    if metric == LOG_LOSS.name:
        return "log_loss", "it is what the predictions are judged by"
    return "log_loss", f"good probabilities also do well in {metric}, which no member could minimise itself"


TRAINING = Training(loss, ("log_loss",), penalty="C")
SHAPE = Shape(
    name="shares", folder=Path(__file__).parent,
    label=_label, outputs=_outputs, truth=_truth, columns=_columns, read=_read, dummy=_dummy,
    signal=Signal("AUC", 0.05, _ranked, _auc), strata=True,
)  # fmt: skip
PLAIN = Plain("one-hot + logistic regression", _logistic)
