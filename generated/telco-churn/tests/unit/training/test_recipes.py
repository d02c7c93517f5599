"""What is made of trials: weights find the better member, small ones go, and noise isn't taken for progress."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import guesses, truths

from telco_churn.models.model import blend
from telco_churn.problem.judgement import benefit_gain, each, loss_gain, score_gain
from telco_churn.problem.metrics import BENEFIT, HIGHER_IS_BETTER, METRIC, loss, score
from telco_churn.training.material import blocks_of
from telco_churn.training.recipes import as_json, choose, greedy_weights, without_small
from telco_churn.training.search import Trial

ROWS = 300


def trial(name: str, kind: str, predictions: np.ndarray, truth: np.ndarray) -> Trial:
    """A finished trial on two folds."""
    halves = np.array_split(np.arange(len(truth)), 2)
    losses = tuple(loss(truth[half], blend([predictions[half]], [1.0])) for half in halves)
    return Trial(name, name, kind, {}, "complete", losses, (10, 20), 0.1, tuple(predictions[half] for half in halves))


def test_the_better_member_weighs_more() -> None:
    truth = truths(ROWS)
    weights = greedy_weights(truth, [guesses(truth, 3.0, 1), guesses(truth, 0.5, 2)], 25)
    assert weights[1] > weights[0]
    assert sum(weights) == pytest.approx(1.0)


def test_members_that_are_good_at_different_rows_share_the_weight() -> None:
    truth = truths(ROWS)
    sharp, vague = guesses(truth, 0.1, 1), guesses(truth, 4.0, 2)
    early = np.arange(ROWS) < ROWS // 2
    pair = [np.concatenate([one[early], other[~early]]) for one, other in ((sharp, vague), (vague, sharp))]
    assert sorted(greedy_weights(truth, pair, 3)) == pytest.approx([1 / 3, 2 / 3])


def test_a_blend_is_the_weighted_mean() -> None:
    truth = truths(ROWS)
    one, two = guesses(truth, 1.0, 1), guesses(truth, 1.0, 2)
    mixed = 0.25 * one + 0.75 * two
    np.testing.assert_allclose(blend([one, two], [0.25, 0.75]), mixed)


def test_a_member_with_a_tiny_weight_is_left_out() -> None:
    truth = truths(ROWS)
    one, two = guesses(truth, 0.3, 1), guesses(truth, 6.0, 2)
    assert without_small(truth, [one, two], [0.98, 0.02], 0.05) == [1.0, 0.0]
    assert without_small(truth, [one, two], [0.5, 0.5], 0.05) == [0.5, 0.5]


def test_a_tiny_weight_stays_when_the_loss_needs_it() -> None:
    truth = truths(ROWS)
    bad, good = guesses(truth, 8.0, 1), guesses(truth, 0.1, 2)
    assert without_small(truth, [bad, good], [0.96, 0.04], 0.05) == [0.96, 0.04]


def test_the_simple_member_is_shipped_when_an_ensemble_adds_only_noise() -> None:
    truth = truths(ROWS)
    same = guesses(truth, 0.5, 1)
    halves = np.array_split(truth, 2)
    choice = choose([trial("linear", "linear", same, truth), trial("trees", "trees", same, truth)], halves, 25, 0.05)
    assert [one.name for one in choice.trials] == ["linear"]
    assert choice.weights == (1.0,)


def test_another_penalty_is_no_heavier_model() -> None:
    truth = truths(ROWS)
    default, other = (
        trial(f"linear{name}", "linear", guesses(truth, noise, 1), truth) for name, noise in (("", 0.52), ("_2", 0.5))
    )
    pool = [default, replace(other, member="linear")]
    assert other.loss < default.loss
    assert [one.name for one in choose(pool, np.array_split(truth, 2), 25, 0.05).trials] == ["linear_2"]


def test_a_clearly_better_ensemble_is_shipped() -> None:
    truth = truths(ROWS)
    halves = np.array_split(truth, 2)
    trials = [
        trial("linear", "linear", guesses(truth, 4.0, 1), truth),
        trial("trees", "trees", guesses(truth, 0.3, 2), truth),
    ]
    choice = choose(trials, halves, 25, 0.05)
    assert "trees" in [one.name for one in choice.trials]
    found = {one["name"]: one for one in as_json(choice)}
    assert found["trees"]["rounds"] == 15
    assert sum(one["weight"] for one in found.values()) == pytest.approx(1.0)


def test_of_members_that_are_alike_one_is_enough() -> None:
    truth = truths(ROWS)
    good = guesses(truth, 0.3, 2)
    trials = [
        trial("linear", "linear", guesses(truth, 4.0, 1), truth),
        trial("trees", "trees", good, truth),
        trial("twin", "trees", good, truth),
    ]
    choice = choose(trials, np.array_split(truth, 2), 25, 0.05)
    assert [one.name for one in choice.trials] == ["trees"]
    assert "trees" in choice.reason


def test_a_better_variant_joins_and_an_unfinished_one_does_not() -> None:
    truth = truths(ROWS)
    good = replace(trial("trees 2", "trees", guesses(truth, 0.3, 3), truth), member="trees")
    worse = replace(trial("trees 3", "trees", guesses(truth, 6.0, 5), truth), member="trees")
    pruned = replace(trial("trees 4", "trees", guesses(truth, 0.1, 4), truth), member="trees", state="pruned")
    cut = replace(trial("trees 5", "trees", guesses(truth, 0.1, 6), truth), member="trees", losses=(0.01,))
    pool = [trial("trees", "trees", guesses(truth, 4.0, 2), truth), pruned, cut, worse, good]
    assert [one.name for one in choose(pool, np.array_split(truth, 2), 25, 0.05).trials] == ["trees 2"]


@pytest.mark.parametrize("sizes", [[100, 100, 100], [150, 150]])
def test_a_gain_is_the_mean_over_blocks_with_its_standard_error(sizes: list[int]) -> None:
    truth = truths(ROWS)
    old, new = (blend([guesses(truth, noise, 1)], [1.0]) for noise in (2.0, 0.3))
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    better = 1 if HIGHER_IS_BETTER else -1
    losses = [loss(truth[rows], old[rows]) - loss(truth[rows], new[rows]) for rows in each(blocks)]
    scores = [better * (score(truth[rows], new[rows]) - score(truth[rows], old[rows])) for rows in each(blocks)]
    error = np.std(losses, ddof=1) / np.sqrt(len(sizes))
    assert [int(rows.sum()) for rows in each(blocks)] == sizes
    assert loss_gain(truth, blocks, old, new) == pytest.approx((np.mean(losses), error))
    assert score_gain(truth, blocks, old, new)[0] == pytest.approx(np.mean(scores))


def test_gains_have_a_sign_and_a_spread() -> None:
    truth = truths(ROWS)
    old, new = (blend([guesses(truth, noise, 1)], [1.0]) for noise in (4.0, 0.3))
    blocks = blocks_of([100, 100, 100])
    assert loss_gain(truth, blocks, old, new)[0] > 0 > loss_gain(truth, blocks, new, old)[0]
    assert score_gain(truth, blocks, old, new)[0] > 0
    assert benefit_gain(truth, blocks, old, new)[0] > 0
    assert benefit_gain(truth, blocks, old, new) == score_gain(truth, blocks, old, new) or BENEFIT != METRIC
    assert loss_gain(truth, blocks, old, old) == (0.0, 0.0)


def test_blocks_are_folds_or_slices_of_a_single_part() -> None:
    assert blocks_of([2, 1, 1]).tolist() == [0, 0, 1, 2]
    assert np.bincount(blocks_of([50])).tolist() == [10] * 5
