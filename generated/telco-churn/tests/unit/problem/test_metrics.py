"""Metrics and labels, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from telco_churn.errors import BadInput
from telco_churn.problem import labels, metrics

Y = np.arange(12) % 2


def certain(y: np.ndarray, truth: float = 1.0) -> np.ndarray:
    """Probabilities that give the class `truth` and share the rest among the others."""
    p = np.full((len(y), 2), (1.0 - truth) / 1)
    p[np.arange(len(y)), y] = truth
    return p


def test_labels_survive_encoding() -> None:
    names = np.array(labels.CLASSES, dtype=object)
    encoded = labels.encode(names)
    np.testing.assert_array_equal(encoded, np.arange(2))
    np.testing.assert_array_equal(labels.decode(encoded), names)


def test_a_label_that_is_no_class_is_named() -> None:
    with pytest.raises(BadInput, match="unheard of"):
        labels.encode(np.array(["unheard of"], dtype=object))


def test_log_loss_is_the_logarithm_of_what_the_truth_got() -> None:
    assert metrics.log_loss(Y, certain(Y, 0.25)) == pytest.approx(math.log(4))
    assert metrics.log_loss(Y, certain(Y)) == pytest.approx(0.0)
    assert metrics.log_loss(Y, 3 * certain(Y, 0.25)) == pytest.approx(math.log(4))  # rows need not sum to 1
    assert math.isfinite(metrics.log_loss(Y, certain((Y + 1) % 2)))
    assert metrics.loss(Y, certain(Y, 0.9)) < metrics.loss(Y, certain(Y, 0.6))


def test_the_right_answer_scores_better_than_the_wrong_one() -> None:
    right, wrong = metrics.score(Y, certain(Y, 0.8)), metrics.score(Y, certain((Y + 1) % 2, 0.8))
    assert (right > wrong) is metrics.HIGHER_IS_BETTER


def test_every_metric_knows_a_perfect_answer() -> None:
    perfect = {
        "roc_auc": 1.0,
        "log_loss": 0.0,
        "pr_auc": 1.0,
        "accuracy": 1.0,
    }
    scores = metrics.all_scores(Y, certain(Y))
    for name, value in perfect.items():
        assert scores[name] == pytest.approx(value)


def test_one_class_alone_has_no_ranking() -> None:
    only = np.zeros(4, dtype=np.int64)
    assert math.isnan(metrics.all_scores(only, certain(only, 0.7))["roc_auc"])


def test_capture_counts_the_positives_among_the_highest() -> None:
    y = np.repeat([1, 0], [100, 300])
    ranked = np.linspace(1, 0, len(y))
    p = np.column_stack([1 - ranked, ranked])
    count = round(metrics.top_share() * len(y))
    assert metrics.top_capture(y, p) == pytest.approx(y[:count].sum() / y.sum())
    assert math.isnan(metrics.top_capture(np.zeros(4, dtype=int), p[:4]))


def test_how_many_can_be_attended_to_stands_in_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = metrics.load("project")["problem"]
    share = metrics.top_share() / asked["top_k"]
    monkeypatch.setitem(asked, "top_k", 1)
    assert metrics.top_share() == pytest.approx(share)
