"""Optuna's part of the search: variants of the members that pull their weight, pruned when they don't."""

from collections.abc import Sequence
from typing import Any

import optuna

from telco_churn.training.search import Bench, Trial, attempt, report

CAREFUL = 1.3  # a variant is begun when this many times its member's usual seconds are left
STARTUP_TRIALS = 5  # random ones before the tree-structured Parzen estimator (Bergstra et al. 2011) takes over


def vary(bench: Bench, members: Sequence[dict[str, Any]], tried: Sequence[Trial], limit: int) -> list[Trial]:
    """Variants until the clock or `limit` ends it: members take turns, those that need too long sit out."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    usual = {trial.member: trial for trial in tried}
    turns = [member for member in members if member["search"] and member["name"] in usual]
    turns.sort(key=lambda member: usual[member["name"]].loss)
    studies = {member["name"]: _study(bench, member, usual[member["name"]]) for member in turns}
    found: list[Trial] = []
    while turns and len(found) < limit:
        member = turns.pop(0)
        if usual[member["name"]].seconds * CAREFUL > bench.clock.left:
            continue  # it won't fit any more: out of the turn
        found.append(_variant(bench, member, studies[member["name"]], f"{member['name']}_{len(found) + 1}"))
        report(found[-1])
        turns.append(member)
    return found


def _study(bench: Bench, member: dict[str, Any], default: Trial) -> optuna.Study:
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=bench.seed, n_startup_trials=STARTUP_TRIALS),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=0, n_warmup_steps=0),
    )
    # what the defaults reached is the median to beat
    study.add_trial(
        optuna.trial.create_trial(
            value=default.loss, intermediate_values=dict(enumerate(default.losses)), params={}, distributions={}
        )
    )
    return study


def _variant(bench: Bench, member: dict[str, Any], study: optuna.Study, name: str) -> Trial:
    asked = study.ask()
    parameters = {
        **member["parameters"],
        **{key: _suggest(asked, key, *bounds) for key, bounds in member["search"].items()},
    }

    def prune(loss: float, fold: int) -> bool:
        asked.report(loss, fold)
        return bool(asked.should_prune())

    trial = attempt(bench, name, member, parameters, bench.clock.left, prune)
    if trial.state == "complete":
        study.tell(asked, trial.loss)
    else:
        study.tell(asked, state=optuna.trial.TrialState.PRUNED)
    return trial


def _suggest(trial: optuna.Trial, key: str, low: float, high: float, scale: str) -> float | int:
    if scale in ("integer", "log_integer"):
        return int(trial.suggest_int(key, int(low), int(high), log=scale == "log_integer"))
    return float(trial.suggest_float(key, float(low), float(high), log=scale == "log"))
