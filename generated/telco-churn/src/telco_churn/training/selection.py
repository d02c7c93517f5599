"""From trials to a decision: which members, with which weights, and whether the ensemble is worth having."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from telco_churn.models import calibration
from telco_churn.models.ensemble import blend, greedy_weights, without_small
from telco_churn.problem.metrics import loss, score
from telco_churn.problem.noise import each, loss_gain, score_gain
from telco_churn.training.material import blocks_of
from telco_churn.training.search import Trial

VARIANTS = 2  # the best variants of each member that may join the ensemble, beside its defaults


@dataclass(frozen=True)
class Choice:
    """What is shipped, and why."""

    trials: tuple[Trial, ...]
    weights: tuple[float, ...]
    reason: str
    score: float  # on all validated rows, calibrated
    spread: float  # standard deviation of the score over the folds
    loss: float


def choose(trials: Sequence[Trial], truths: Sequence[np.ndarray], rounds: int, minimum_weight: float) -> Choice:
    """Weigh the trials; ship the linear member alone unless the ensemble beats it by more than the noise."""
    pool = _pool(trials, len(truths))
    truth = np.concatenate(truths)
    blocks = blocks_of([len(part) for part in truths])
    weights = greedy_weights(truth, [trial.stacked for trial in pool], rounds)
    weights = without_small(truth, [trial.stacked for trial in pool], weights, minimum_weight)
    used = [(trial, weight) for trial, weight in zip(pool, weights, strict=True) if weight > 0]
    reason = "the blend of these members has the lowest loss"
    simple = next((trial for trial in pool if trial.kind == "linear"), None)
    if simple is not None and [trial for trial, _ in used] != [simple]:
        plain, mixed = blend([simple.stacked], [1.0]), _mixed(used)
        gain, noise = loss_gain(truth, blocks, plain, mixed)
        if gain <= noise or score_gain(truth, blocks, plain, mixed)[0] < 0:
            used = [(simple, 1.0)]
            reason = (
                f"an ensemble changes the linear member's loss by {-gain:.2g} (noise {noise:.2g}): not worth having"
            )
        else:
            winner = "the ensemble" if len(used) > 1 else f"{used[0][0].name} alone"
            reason = f"{winner} lowers the linear member's loss by {gain:.2g} (noise {noise:.2g})"
    return _measured(used, truth, blocks, reason)


def alone(trial: Trial, truths: Sequence[np.ndarray]) -> float:
    """The score of one member by itself, on all validated rows, not calibrated."""
    return score(np.concatenate(truths), blend([trial.stacked], [1.0]))


def as_json(choice: Choice) -> list[dict[str, Any]]:
    """The members as config/tuned.json keeps them."""
    return [
        {
            "name": trial.name,
            "kind": trial.kind,
            "parameters": trial.parameters,
            "rounds": _rounds(trial),
            "weight": round(weight, 6),
            "fold_scores": [round(value, 6) for value in trial.losses],
        }
        for trial, weight in zip(choice.trials, choice.weights, strict=True)
    ]


def _rounds(trial: Trial) -> int:
    """Trees: the mean of what early stopping found. A solver ends by itself, so it may have what it needed most."""
    return max(trial.rounds) if trial.kind == "linear" else max(round(float(np.mean(trial.rounds))), 1)


def _pool(trials: Sequence[Trial], folds: int) -> list[Trial]:
    """Trials that saw every fold: each member's defaults and its best variants."""
    whole = [trial for trial in trials if trial.state == "complete" and len(trial.losses) == folds]
    defaults = [trial for trial in whole if trial.name == trial.member]
    variants: list[Trial] = []
    for default in defaults:
        own = sorted(
            (trial for trial in whole if trial.member == default.member != trial.name), key=lambda one: one.loss
        )
        variants += [trial for trial in own[:VARIANTS] if trial.loss < default.loss]
    return defaults + variants


def _measured(used: Sequence[tuple[Trial, float]], truth: np.ndarray, blocks: np.ndarray, reason: str) -> Choice:
    mixed = _mixed(used)
    mixed = calibration.cross_fitted(truth, mixed, blocks)
    scores = [score(truth[rows], mixed[rows]) for rows in each(blocks)]
    return Choice(
        trials=tuple(trial for trial, _ in used),
        weights=tuple(weight for _, weight in used),
        reason=reason,
        score=score(truth, mixed),
        spread=float(np.nanstd(scores, ddof=1)),
        loss=loss(truth, mixed),
    )


def _mixed(used: Sequence[tuple[Trial, float]]) -> np.ndarray:
    return blend([trial.stacked for trial, _ in used], [weight for _, weight in used])
