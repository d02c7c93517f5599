"""The search: every member once with its defaults, then Optuna on the promising ones, all under one clock."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from telco_churn.config import settings
from telco_churn.log import get_logger
from telco_churn.models.member import Watch
from telco_churn.models.model import blend, make
from telco_churn.problem.metrics import loss
from telco_churn.training.material import Checkpoints, Material, Part, prepare

PREPARATION_SHARE = 0.4  # of the time, for making features; folds that would come later are left out of the search
LEAST_S = 0.5  # a member isn't begun with less
logger = get_logger(__name__)


class Clock:
    """The wall-clock time that a search may use: counts down from the moment it is made."""

    def __init__(self, seconds: float) -> None:
        self.started = time.monotonic()
        self.seconds = seconds

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds to go; negative when time is over."""
        return self.seconds - self.spent

    def within(self, seconds: float) -> Callable[[], bool]:
        """A question that turns True once `seconds` from now, or all the time, are over."""
        end = min(time.monotonic() + seconds, self.started + self.seconds)
        return lambda: time.monotonic() >= end


@dataclass(frozen=True)
class Trial:
    """One member with one set of parameters, tried on the folds."""

    name: str
    member: str  # the design's member that it varies
    kind: str
    parameters: dict[str, Any]
    state: str  # "complete", "pruned" (worse than the median of its like) or "stopped" (by the clock)
    losses: tuple[float, ...]  # one a fold
    rounds: tuple[int, ...]
    seconds: float
    predictions: tuple[np.ndarray, ...]  # of each fold's validation rows

    @property
    def loss(self) -> float:
        """Mean over the folds; infinite when none was finished."""
        return float(np.mean(self.losses)) if self.losses else float("inf")

    @property
    def stacked(self) -> np.ndarray:
        """Predictions of all validated rows, fold after fold."""
        return np.concatenate(self.predictions)

    @property
    def facts(self) -> dict[str, Any]:
        """All but the predictions, as the tracking store keeps it; `rounds` is their mean over the folds."""
        kept = {
            name: getattr(self, name) for name in ("name", "member", "state", "parameters", "loss", "losses", "seconds")
        }
        return {**kept, "rounds": float(np.mean(self.rounds))}


@dataclass(frozen=True)
class Bench:
    """What all trials are measured on."""

    parts: Sequence[Part]
    truth: Sequence[np.ndarray]  # of each part's validation rows
    clock: Clock
    patience: int
    seed: int


def set_up(material: Material, clock: Clock, patience: int, seed: int) -> Bench:
    """Features of as many folds as their share of the time allows, one at least."""
    parts: list[Part] = []
    start, allowed = clock.spent, clock.left * PREPARATION_SHARE
    for fold in range(len(material.folds)):
        if parts and (clock.spent - start) * (1 + 1 / len(parts)) > allowed:
            logger.warning("some folds are left out: features take long", extra={"folds": len(parts)})
            break
        parts.append(prepare(material, fold))
    return Bench(parts, [material.truth[part.index] for part in parts], clock, patience, seed)


def attempt(
    bench: Bench, name: str, member: dict[str, Any], parameters: dict[str, Any], share_s: float, prune: Any = None
) -> Trial:
    """Fit one member on every fold inside its share of the clock; `prune(loss, fold)` may end it early."""
    start, state = bench.clock.spent, "complete"
    losses: list[float] = []
    rounds: list[int] = []
    predictions: list[np.ndarray] = []
    for fold, part in enumerate(bench.parts):
        rest = (share_s - (bench.clock.spent - start)) / (len(bench.parts) - fold)
        expired = bench.clock.within(max(rest, 0.0))
        watch = Watch(part.valid, part.y_valid, bench.patience, expired)
        fitted = make(member["kind"], parameters, bench.seed, settings().threads)
        fitted.fit_watched(part.train, part.y_train, member["max_rounds"], watch)
        predictions.append(fitted.predict(part.valid))
        losses.append(loss(bench.truth[fold], blend([predictions[-1]], [1.0])))
        rounds.append(fitted.rounds)
        if prune is not None and prune(losses[-1], fold) and fold + 1 < len(bench.parts):
            state = "pruned"
            break
        if prune is not None and expired():
            state = "stopped"  # a variant cut short by the clock can't be compared with its defaults
            break
    seconds = bench.clock.spent - start
    return Trial(
        name,
        member["name"],
        member["kind"],
        parameters,
        state,
        tuple(losses),
        tuple(rounds),
        seconds,
        tuple(predictions),
    )


def try_defaults(bench: Bench, members: Sequence[dict[str, Any]], kept: Checkpoints) -> list[Trial]:
    """Every member with its own parameters, in order; the first one always, the others while time is left."""
    trials: list[Trial] = []
    for position, member in enumerate(members):
        shares = [one["time_share"] for one in members[position:]]
        share_s = bench.clock.left * shares[0] / sum(shares)
        trial = _restored(kept, member["name"])
        if trial is None:
            if trials and share_s < LEAST_S:
                logger.warning("no time for a member", extra={"member": member["name"]})
                continue
            trial = attempt(bench, member["name"], member, member["parameters"], share_s)
            _store(kept, trial)
        trials.append(trial)
        report(trial)
    return trials


def report(trial: Trial) -> None:
    """Log how a trial went."""
    facts = {
        "member": trial.name,
        "state": trial.state,
        "loss": round(trial.loss, 6),
        "seconds": round(trial.seconds, 2),
    }
    logger.info("tried", extra=facts)


def _store(kept: Checkpoints, trial: Trial) -> None:
    facts = {
        "name": trial.name,
        "member": trial.member,
        "kind": trial.kind,
        "parameters": trial.parameters,
        "state": trial.state,
        "losses": trial.losses,
        "rounds": trial.rounds,
        "seconds": trial.seconds,
    }
    kept.keep(trial.name, facts, {f"fold_{fold}": values for fold, values in enumerate(trial.predictions)})


def _restored(kept: Checkpoints, name: str) -> Trial | None:
    found = kept.find(name)
    if found is None:
        return None
    facts, arrays = found
    logger.info("restored from a checkpoint", extra={"member": name})
    predictions = tuple(arrays[f"fold_{fold}"] for fold in range(len(arrays)))
    return Trial(
        **{**facts, "losses": tuple(facts["losses"]), "rounds": tuple(facts["rounds"]), "predictions": predictions}
    )
