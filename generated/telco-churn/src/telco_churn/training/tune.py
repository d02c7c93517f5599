"""`tune`: find parameters, rounds and weights within a wall-clock budget, and write them to config/tuned.json."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from telco_churn.config import load, settings
from telco_churn.errors import BadInput
from telco_churn.log import get_logger
from telco_churn.problem.baselines import dummy
from telco_churn.problem.metrics import METRIC, score
from telco_churn.registry import tracking
from telco_churn.training.checkpoints import Checkpoints
from telco_churn.training.clock import Clock
from telco_churn.training.material import Material, gather
from telco_churn.training.search import Bench, Trial, set_up, try_defaults
from telco_churn.training.selection import Choice, alone, as_json, choose
from telco_churn.training.trials import vary

SCHEMA_VERSION = 1
AFTER_S = 2.0  # kept back for choosing and logging, at most a tenth of the budget
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
    tracking.client()  # a new store takes seconds to set up, and they count
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
