"""The drill's steps: the same training after a kill, another version promoted, the first brought back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import yaml

from agent_graph import register
from agent_graph.artifacts import TrainingDesign
from agent_graph.bench import Bench
from agent_graph.measuring import tracking
from agent_graph.measuring.landing import main_rows, opened, writer
from agent_graph.roles.ml_engineer.checks.drill import VERSIONS
from agent_graph.sandbox import Step

DRILL = "drill"  # artifacts of the repeated training and of the registry drill, apart from those that are kept
DRILL_ROWS = 40_000  # of more open rows, the drill's trainings see so many
ONCE = "once.csv"  # what a model of these rows answers
FAR = {"C": 0.001, "alpha": 1000.0}  # from any usual penalty
ANSWERS = ("repeated.csv", "other.csv", "back.csv")


def some_rows(bench: Bench) -> Path | None:
    """A landing folder of evenly drawn rows for the drill, which shows the same on some of many; None when few."""
    if bench.sealed.open_rows <= DRILL_ROWS:
        return None
    frame, folder = main_rows(bench), bench.scratch / "some"
    evenly = np.linspace(0, len(frame) - 1, DRILL_ROWS).astype(int)
    writer(bench, opened(bench.profile.main.dialect))(frame[evenly], folder)
    return folder


def drill_steps(bench: Bench, longest: float, *, sampled: bool) -> list[Step]:
    """All commands of the drill, in a place of their own; `sampled` says that the rows are those of `some_rows`.

    `longest` is how many seconds one of them may take.
    """
    package, prefix = bench.manifest.package, bench.manifest.env_prefix
    rows = ((f"{prefix}RAW_DIR", "/some"), (f"{prefix}DATA_DIR", "some")) if sampled else ()

    def place(folder: str) -> tuple[tuple[str, str], ...]:
        return (*rows, (f"{prefix}ARTIFACTS_DIR", folder))

    apart, once = place(DRILL), place("once")
    other = (*apart, (f"{prefix}CONFIG_DIR", "/drill"))

    def command(step: str, env: tuple[tuple[str, str], ...], *argv: str) -> Step:
        return Step(step, (package, *argv), env=env, timeout_s=longest)

    def ask(step: str, output: str, env: tuple[tuple[str, str], ...] = apart) -> Step:
        return command(step, env, "predict", "--input", "/holdout", "--output", output)

    kill = ("/probes/ml_engineer_kill.py", package, DRILL, f"{0.9 * longest:g}")
    first = [
        command("ingest some", apart, "ingest"),
        command("train once", once, "train"),
        command("promote once", once, "promote", "--force"),
        ask("ask once", ONCE, once),
    ]
    told = tracking.tracking(bench.stack) is not None
    asked = [tracking.versions(bench, name, DRILL) for name in VERSIONS] if told else []
    return [
        *(first if sampled else []),
        Step("kill", kill, kind="script", env=apart, timeout_s=longest),
        command("train again", apart, "train"),
        command("promote first", apart, "promote", "--force"),
        ask("ask first", ANSWERS[0]),
        command("train other", other, "train"),
        command("promote unjudged", apart, "promote"),
        command("promote other", apart, "promote", "--force"),
        ask("ask other", ANSWERS[1]),
        *asked[:1],
        command("rollback", apart, "rollback"),
        ask("ask back", ANSWERS[2]),
        *asked[1:],
    ]


def other_model(bench: Bench, training: TrainingDesign, config: Path) -> None:
    """Write a recipe that gives other predictions: the linear member alone, with a penalty far from usual.

    It is the plain baseline there, too: a project whose baseline does better would train that instead.
    """
    linear = next(member for member in training.members if member.kind == "linear")
    strength = {(key := register.kind_of(bench.problem).training.penalty): FAR[key]}
    member = {"name": linear.name, "kind": "linear", "parameters": strength, "rounds": 25, "weight": 1.0}
    (config / "tuned.json").write_text(json.dumps({"members": [member]}), encoding="utf-8")
    path = config / "training.yaml"
    try:
        plan = yaml.safe_load(path.read_text("utf-8"))
        members = [one for one in plan["members"] if one["kind"] == "linear"]
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        return  # no plan of ours: then `train` will say so
    for one in members:
        one["parameters"] = strength
    path.write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
