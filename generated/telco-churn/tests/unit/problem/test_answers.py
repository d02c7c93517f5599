"""What an answer is: shares and their class, the same in memory, in a file and in a reply."""

import numpy as np
import pandas as pd
import pytest
from made_up import honest, saying

from telco_churn.problem.answers import (
    Predictions,
    Prior,
    dummy,
    honesty,
    read,
    said_and_came,
    strength,
    value_of,
    watched,
)
from telco_churn.problem.labels import CLASSES

ROWS = 600


def test_a_file_and_a_reply_say_what_was_predicted() -> None:
    predicted = saying(np.linspace(0.05, 0.95, 7))
    predictions = Predictions.of(predicted)
    np.testing.assert_array_equal(read(pd.DataFrame(predictions.columns())), predicted)
    answers = predictions.answers()
    assert [answer["prediction"] for answer in answers] == predictions.values.tolist()
    assert answers[-1] == {"prediction": CLASSES[-1], "probabilities": dict(zip(CLASSES, predicted[-1], strict=True))}


def test_the_answer_without_a_model_has_the_form_of_any() -> None:
    answer = Predictions.of(saying(np.array([0.75]))).answers()[0]
    assert Prior.model_validate(answer).model_dump() == answer
    with pytest.raises(ValueError, match="less than or equal to 1"):
        Prior.model_validate({**answer, "probabilities": dict.fromkeys(CLASSES, 1.5)})


def test_the_dummy_answers_every_row_with_the_classes_shares() -> None:
    answer = dummy(np.array([0] * 30 + [1] * 10), 3)
    np.testing.assert_allclose(answer[:, :2], [[0.75, 0.25]] * 3, atol=1e-6)
    assert answer.shape == (3, len(CLASSES))


def test_honest_predictions_are_reliable_and_turned_ones_are_not() -> None:
    truth, predicted = honest(ROWS)
    (error,) = honesty(truth, predicted).values()
    wrong = np.roll(predicted, 1, axis=1) ** 4
    (far,) = honesty(truth, wrong / wrong.sum(axis=1, keepdims=True)).values()
    assert error < 0.1
    assert far > 0.15


def test_what_is_watched_and_kept_is_the_probability_of_the_positive_class() -> None:
    predicted = saying(np.array([0.9, 0.2]))
    assert watched(predicted).tolist() == [0.9, 0.2]
    assert [value_of(answer) for answer in Predictions.of(predicted).answers()] == [0.9, 0.2]
    assert strength(predicted).tolist() == [0.9, 0.2]
    said, came = said_and_came(np.array([1, 0]), predicted)
    assert (said.tolist(), came.tolist()) == ([0.9, 0.2], [1.0, 0.0])
