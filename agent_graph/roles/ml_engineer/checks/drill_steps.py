"""The drill's steps: a training, the same after a kill, another version promoted, the first brought back.

By recipes of its own that train quickly, since it runs beside the search: it shows what the commands do. The model that
is delivered is trained once more by the proof, which compares the answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from agent_graph import register
from agent_graph.artifacts import TrainingDesign
from agent_graph.bench import Bench
from agent_graph.measuring import tracking
from agent_graph.measuring.landing import main_rows, opened, writer
from agent_graph.roles.ml_engineer.checks.drill import ANSWERS, VERSIONS
from agent_graph.sandbox import Step

DRILL = "drill"  # artifacts of the repeated training and of the registry drill, apart from those that are kept
DRILL_ROWS = 40_000  # of more open rows, the drill's trainings see so many
ROUNDS = 30  # of each kind of trees: what is shown doesn't hang on how many
FAR = {"C": 0.001, "alpha": 1000.0}  # from any usual penalty


def some_rows(bench: Bench) -> Path | None:
    """A landing folder of evenly drawn rows for the drill, which shows the same on some of many; None when few."""
    if bench.sealed.open_rows <= DRILL_ROWS:
        return None
    frame, folder = main_rows(bench), bench.scratch / "some"
    evenly = np.linspace(0, len(frame) - 1, DRILL_ROWS).astype(int)
    writer(bench, opened(bench.profile.main.dialect))(frame[evenly], folder)
    return folder


def drill_steps(bench: Bench, longest: float, *, sampled: bool) -> list[Step]:
    """All commands of the drill, in places of their own; `sampled` says that the rows are those of `some_rows`.

    `longest` is how many seconds one of them may take.
    """
    package, prefix = bench.manifest.package, bench.manifest.env_prefix
    rows = ((f"{prefix}RAW_DIR", "/some"), (f"{prefix}DATA_DIR", "some")) if sampled else ()

    def place(folder: str, config: str = "/first") -> tuple[tuple[str, str], ...]:
        return (*rows, (f"{prefix}ARTIFACTS_DIR", folder), (f"{prefix}CONFIG_DIR", config))

    apart, once, other = place(DRILL), place("once"), place(DRILL, "/other")

    def command(step: str, env: tuple[tuple[str, str], ...], *argv: str) -> Step:
        return Step(step, (package, *argv), env=env, timeout_s=longest)

    def ask(step: str, output: str, env: tuple[tuple[str, str], ...] = apart) -> Step:
        return command(step, env, "predict", "--input", "/holdout", "--output", output)

    kill = ("/probes/ml_engineer_kill.py", package, DRILL, f"{0.9 * longest:g}")
    told = tracking.tracking(bench.stack) is not None
    asked = [tracking.versions(bench, name, DRILL) for name in VERSIONS] if told else []
    return [
        *([command("ingest some", apart, "ingest")] if sampled else []),
        command("train once", once, "train"),
        command("promote once", once, "promote", "--force"),
        ask("ask once", ANSWERS[0], once),
        Step("kill", kill, kind="script", env=apart, timeout_s=longest),
        command("train again", apart, "train"),
        command("promote first", apart, "promote", "--force"),
        ask("ask first", ANSWERS[1]),
        command("train other", other, "train"),
        command("promote unjudged", apart, "promote"),
        command("promote other", apart, "promote", "--force"),
        ask("ask other", ANSWERS[2]),
        *asked[:1],
        command("rollback", apart, "rollback"),
        ask("ask back", ANSWERS[3]),
        *asked[1:],
    ]


def first_model(config: Path) -> None:
    """Write a recipe of all that the plan holds, with a few rounds of each kind of trees.

    Of few rows trees may give one answer for all; the linear member beside them, or alone where it does better as the
    plain baseline, doesn't.
    """

    def chosen(plan: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rounds = [one["rounds"] if one["kind"] == "linear" else min(one["rounds"], ROUNDS) for one in plan]
        return [_member(one, one["parameters"], most, 1 / len(plan)) for one, most in zip(plan, rounds, strict=True)]

    _write(config, chosen)


def other_model(bench: Bench, training: TrainingDesign, config: Path) -> None:
    """Write a recipe that gives other predictions: the linear member alone, with a penalty far from usual.

    It is the plain baseline there, too: a project whose baseline does better would train that instead.
    """
    linear = next(member for member in training.members if member.kind == "linear")
    far = {(key := register.kind_of(bench.problem).training.penalty): FAR[key]}
    member = _member({"name": linear.name, "kind": "linear"}, far, 25, 1.0)
    _write(config, lambda _: [member], plain=far)


def _member(one: dict[str, Any], parameters: object, rounds: int, weight: float) -> dict[str, Any]:
    return {"name": one["name"], "kind": one["kind"], "parameters": parameters, "rounds": rounds, "weight": weight}


def _write(
    config: Path,
    chosen: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    plain: dict[str, float] | None = None,
) -> None:
    """The members that are chosen of the plan's as the recipe, and `plain` as the parameters of its linear ones."""
    path = config / "training.yaml"
    try:
        plan = yaml.safe_load(path.read_text("utf-8"))
        recipe = json.dumps({"members": chosen(plan["members"])})
        linear = [one for one in plan["members"] if one["kind"] == "linear"]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError):
        return  # no plan of ours: then `train` will say so
    (config / "tuned.json").write_text(recipe, encoding="utf-8")
    if plain is not None:
        for one in linear:
            one["parameters"] = plain
        path.write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
