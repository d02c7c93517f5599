"""Recipes: which members a model has, how each is fitted and how much it counts.

`choose` makes them of trials, for config/tuned.json; `recipes` reads them there, or the design's defaults.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from telco_churn.config import load, settings
from telco_churn.errors import BadInput
from telco_churn.models import calibration
from telco_churn.models.model import KINDS, blend
from telco_churn.problem.judgement import benefit_gain, each, loss_gain
from telco_churn.problem.metrics import BENEFIT, loss, score
from telco_churn.training.material import blocks_of
from telco_churn.training.search import Trial

VARIANTS = 2  # the best variants of each member that may join the ensemble, beside its defaults
MOST_ROWS = 10_000  # that weights are fitted on; more would move them by less than the noise
TOLERANCE = 1e-3  # relative rise of the loss that a smaller ensemble is worth
Weighted = Sequence[tuple[Trial, float]]


@dataclass(frozen=True)
class Recipe:
    """How one member is fitted and how much it counts."""

    name: str
    kind: str
    parameters: dict[str, Any]
    rounds: int
    weight: float


@dataclass(frozen=True)
class Choice:
    """What is shipped, and why."""

    trials: tuple[Trial, ...]
    weights: tuple[float, ...]
    reason: str
    score: float  # on all validated rows, calibrated
    spread: float  # standard deviation of the score over the folds
    loss: float


def recipes() -> list[Recipe]:
    """The members that a search chose; without one, every member of config/training.yaml with the same weight."""
    path = settings().config_dir / "tuned.json"
    if not path.is_file():
        members = load("training")["members"]
        return [Recipe(one["name"], one["kind"], one["parameters"], one["rounds"], 1 / len(members)) for one in members]
    try:
        found = [
            Recipe(one["name"], one["kind"], dict(one["parameters"]), int(one["rounds"]), float(one["weight"]))
            for one in json.loads(path.read_text(encoding="utf-8"))["members"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path} is no result of tune ({error!r}): run tune again, or delete the file") from None
    _require_sound(found, str(path))
    return found


def plain() -> dict[str, Any]:
    """What any model must beat: the linear member of config/training.yaml with its default parameters."""
    return next(dict(member) for member in load("training")["members"] if member["kind"] == "linear")


def plain_recipes() -> list[Recipe]:
    """The plain baseline as the only member."""
    member = plain()
    return [Recipe(member["name"], member["kind"], member["parameters"], member["rounds"], 1.0)]


def _require_sound(found: list[Recipe], path: str) -> None:
    unknown = [one.kind for one in found if one.kind not in KINDS]
    if unknown:
        raise BadInput(f"{path}: no member of kind {unknown[0]!r}; kinds: {', '.join(KINDS)}")
    if not found or any(one.rounds < 1 or not one.weight > 0 for one in found):
        raise BadInput(f"{path}: every member needs at least one round and a weight above 0")
    if not math.isclose(sum(one.weight for one in found), 1.0, abs_tol=1e-3):
        raise BadInput(f"{path}: the weights must sum to 1")


def choose(trials: Sequence[Trial], truths: Sequence[np.ndarray], rounds: int, minimum_weight: float) -> Choice:
    """Weigh the trials; ship what is simplest unless more of them beat it by more than the noise."""
    pool = _pool(trials, len(truths))
    truth = np.concatenate(truths)
    blocks = blocks_of([len(part) for part in truths])
    weights = greedy_weights(truth, [trial.stacked for trial in pool], rounds)
    weights = without_small(truth, [trial.stacked for trial in pool], weights, minimum_weight)
    blended = [(trial, weight) for trial, weight in zip(pool, weights, strict=True) if weight > 0]
    linear = [trial for trial in pool if trial.kind == "linear"]  # another penalty is no heavier model
    lightest = [[(min(linear, key=lambda one: one.loss), 1.0)]] if linear else []
    single = [(min(pool, key=lambda one: one.loss), 1.0)]
    used, reason = simplest([*lightest, single, blended], truth, blocks)
    return _measured(used, truth, blocks, reason)


def simplest(rungs: Sequence[Weighted], truth: np.ndarray, blocks: np.ndarray) -> tuple[Weighted, str]:
    """Of models from light to heavy the lightest that no heavier one beats by more than the noise; and why.

    Both the loss and what the answers are used for have to gain more than a standard error (Breiman et al. 1984): a
    heavier model costs time in service and people who understand it, and a search is too good on its own folds.
    """
    used, told = rungs[0], []
    for heavier in rungs[1:]:
        if _names(heavier) == _names(used):
            continue
        lower, error = loss_gain(truth, blocks, _mixed(used), _mixed(heavier))
        better, luck = benefit_gain(truth, blocks, _mixed(used), _mixed(heavier))
        figures = f"{BENEFIT} {better:+.2g} (noise {luck:.2g}), loss {-lower:+.2g} (noise {error:.2g})"
        if lower > error and better > luck:
            told.append(f"{_names(heavier)} instead of {_names(used)}: {figures}")
            used = heavier
        else:
            told.append(f"{_names(used)} is kept; {_names(heavier)} would bring {figures}: not worth having")
    return used, "; ".join(told) or "there is nothing simpler"


def _names(used: Weighted) -> str:
    return " + ".join(trial.name for trial, _ in used)


def greedy_weights(truth: np.ndarray, predictions: Sequence[np.ndarray], rounds: int) -> list[float]:
    """Add, `rounds` times, the member that lowers the blend's loss most; weights are counts (Caruana et al. 2004)."""
    step = -(-len(truth) // MOST_ROWS)
    rows, members = truth[::step], [prediction[::step] for prediction in predictions]
    counts, total = np.zeros(len(members)), np.zeros_like(members[0])
    for turn in range(1, rounds + 1):
        losses = [loss(rows, blend([(total + member) / turn], [1.0])) for member in members]
        best = int(np.argmin(losses))
        counts[best] += 1
        total += members[best]
    return [float(count) for count in counts / counts.sum()]


def without_small(
    truth: np.ndarray, predictions: Sequence[np.ndarray], weights: Sequence[float], minimum: float
) -> list[float]:
    """The weights without those below `minimum`, as long as the loss doesn't suffer: each costs time in service."""
    kept = np.where(np.asarray(weights) < minimum, 0.0, weights)
    kept = kept / kept.sum() if kept.sum() else np.asarray(weights)
    before, after = loss(truth, blend(predictions, weights)), loss(truth, blend(predictions, list(kept)))
    return list(weights) if after > before + TOLERANCE * abs(before) else [float(weight) for weight in kept]


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


def _measured(used: Weighted, truth: np.ndarray, blocks: np.ndarray, reason: str) -> Choice:
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


def _mixed(used: Weighted) -> np.ndarray:
    return blend([trial.stacked for trial, _ in used], [weight for _, weight in used])
