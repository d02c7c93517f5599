"""Calibration: what is overstated is brought back, and each block is corrected by the others only."""

import numpy as np
import pytest

from telco_churn.models.calibration import SLICES, Calibration, cross_fitted, fit, in_order, sliced

ROWS = 4000
BLOCKS = np.arange(ROWS) * 4 // ROWS


def overstated(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Truth, and predictions that are too sure of themselves."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(0, 1.0, (ROWS, 2))
    honest = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    truth = np.array([generator.choice(2, p=row) for row in honest])
    sure = honest**3
    return truth, sure / sure.sum(axis=1, keepdims=True)


def test_what_is_overstated_is_brought_back() -> None:
    truth, predictions = overstated()
    found = fit(truth, predictions, BLOCKS)
    assert found.slope == pytest.approx(1 / 3, abs=0.05)
    np.testing.assert_allclose(found.apply(predictions).sum(axis=1), 1.0)


def test_the_default_changes_nothing() -> None:
    _, predictions = overstated()
    np.testing.assert_allclose(Calibration().apply(predictions), predictions, atol=1e-5)
    certain = np.eye(2)
    np.testing.assert_array_equal(Calibration().apply(certain), certain)


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.7), (2.0, 0.0), (0.5, -0.3)])
def test_slope_and_shift_both_act_on_the_log_odds(slope: float, shift: float) -> None:
    odds = np.array([0.25, 1.0, 4.0])
    positive = odds / (1 + odds)
    moved = np.exp(shift) * odds**slope
    found = Calibration(slope, shift).apply(np.column_stack([1 - positive, positive]))
    np.testing.assert_allclose(found[:, 1], moved / (1 + moved))


def test_a_certain_prediction_leaves_room_for_doubt_once_calibrated() -> None:
    found = Calibration(0.5, 0.0).apply(np.eye(2))
    assert (found > 0).all()
    assert (found < 1).all()


def test_a_calibration_survives_json() -> None:
    truth, predictions = overstated()
    found = fit(truth, predictions, BLOCKS)
    assert Calibration(**found.as_json()) == found


def test_a_slice_is_calibrated_by_the_others_only_and_order_stays() -> None:
    truth, predictions = overstated()
    own = np.arange(ROWS) * SLICES // ROWS == 0
    changed = truth.copy()
    changed[own] = 0  # its own labels must not matter to it
    first, second = sliced(truth, predictions, BLOCKS), sliced(changed, predictions, BLOCKS)
    np.testing.assert_array_equal(first[own], second[own])
    assert not np.array_equal(first[~own], second[~own])
    assert not np.array_equal(first, predictions)
    np.testing.assert_array_equal(cross_fitted(truth, predictions, BLOCKS), in_order(first, predictions))


def test_probabilities_are_dealt_out_in_the_order_of_those_given_and_ties_get_their_mean() -> None:
    given, calibrated = np.array([0.4, 0.1, 0.9, 0.4]), np.array([0.3, 0.2, 0.7, 0.1])
    found = in_order(np.column_stack([1 - calibrated, calibrated]), np.column_stack([1 - given, given]))
    np.testing.assert_allclose(found[:, 1], [0.25, 0.1, 0.7, 0.25])
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_what_only_some_blocks_teach_is_not_learnt() -> None:
    generator = np.random.default_rng(1)
    scores = generator.normal(0, 1.0, (ROWS, 2))
    said = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    sharp = np.where(BLOCKS % 2 == 0, 3.0, 0.2)[
        :, None
    ]  # what is said too faintly in one block, too loudly in the next
    real = said**sharp / (said**sharp).sum(axis=1, keepdims=True)
    truth = np.array([generator.choice(2, p=row) for row in real])
    assert fit(truth, said, BLOCKS) == Calibration()
    np.testing.assert_array_equal(cross_fitted(truth, said, BLOCKS), said)
    assert fit(truth[BLOCKS == 0], said[BLOCKS == 0], BLOCKS[BLOCKS == 0]) != Calibration()


def test_with_few_rows_of_a_class_nothing_is_fitted() -> None:
    truth, predictions = overstated()
    truth[:] = 0
    truth[:10] = 1
    assert fit(truth, predictions, BLOCKS) == Calibration()
