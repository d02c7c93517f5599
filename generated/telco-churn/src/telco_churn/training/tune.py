"""`tune`: find parameters, rounds and weights within a wall-clock budget, and write them to config/tuned.json."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import optuna
import typer

from telco_churn.config import load, settings
from telco_churn.errors import BadInput
from telco_churn.log import get_logger
from telco_churn.problem.answers import dummy
from telco_churn.problem.metrics import METRIC, score
from telco_churn.registry import tracking
from telco_churn.training.material import Checkpoints, Material, gather
from telco_churn.training.recipes import Choice, alone, as_json, choose
from telco_churn.training.search import Bench, Clock, Trial, attempt, report, set_up, try_defaults

SCHEMA_VERSION = 1
AFTER_S = 2.0  # kept back for choosing and logging, at most a tenth of the budget
CAREFUL = 1.3  # a variant is begun when this many times its member's usual seconds are left
STARTUP_TRIALS = 5  # random ones before the tree-structured Parzen estimator (Bergstra et al. 2011) takes over
logger = get_logger(__name__)


def run(
    budget: Annotated[float | None, typer.Option(help="seconds of wall clock; default: config/training.yaml")] = None,
    output: Annotated[Path | None, typer.Option(help="where the result goes; default: config/tuned.json")] = None,
) -> dict[str, Any]:
    """Search within the budget and write what `train` follows."""
    plan = load("training")
    seconds = float(plan["search"]["budget_s"] if budget is None else budget)
    if not seconds > 0:
        raise BadInput(f"--budget {seconds:g}: a search needs more than 0 seconds")
    clock = Clock(seconds - min(AFTER_S, seconds / 10))
    tracking.prepare()  # a new store takes seconds to set up, and they count
    material = gather()
    kept = Checkpoints("tune", material.digest, plan)
    bench = set_up(material, clock, plan["search"]["early_stopping_rounds"], plan["seed"])
    tried = try_defaults(bench, plan["members"], kept)
    tried += vary(bench, plan["members"], tried, plan["search"]["trials"])
    choice = choose(tried, bench.truth, plan["ensemble"]["rounds"], plan["ensemble"]["minimum_weight"])
    result = _result(material, bench, tried, choice)
    target = output or settings().config_dir / "tuned.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    run_id = tracking.log_search([trial.facts for trial in tried], result)
    kept.clear()
    facts = {key: result[key] for key in ("validation", "baselines", "reason", "trials")}
    return {
        "tuned": str(target),
        "members": [one["name"] for one in result["members"]],
        **facts,
        "run": run_id,
        "seconds": round(clock.spent, 2),
    }


def _result(material: Material, bench: Bench, tried: list[Trial], choice: Choice) -> dict[str, Any]:
    """What config/tuned.json holds."""
    truth = np.concatenate(bench.truth)
    members = {one.name: round(alone(one, bench.truth), 6) for one in tried if one.name == one.member}
    guesses = np.concatenate([dummy(material.y[material.folds[part.fold][0]], len(part.index)) for part in bench.parts])
    return {
        "schema_version": SCHEMA_VERSION,
        "seed": bench.seed,
        "data_digest": material.digest,
        "rows": len(material.frame),
        "folds": len(bench.parts),
        "members": as_json(choice),
        "reason": choice.reason,
        "validation": {
            "metric": METRIC,
            "score": round(choice.score, 6),
            "std": round(choice.spread, 6),
            "loss": round(choice.loss, 6),
        },
        "baselines": {"dummy": round(score(truth, guesses), 6), **members},
        "trials": {state: sum(trial.state == state for trial in tried) for state in ("complete", "pruned", "stopped")},
        "seconds": round(bench.clock.spent, 2),
    }


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
        return member["kind"] != "linear" and bool(asked.should_prune())  # one fold may mislead, and a solver is quick

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
