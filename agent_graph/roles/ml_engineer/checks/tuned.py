"""config/tuned.json as generated code wrote it: taken into the commit only when every value is known and bounded."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_graph import register
from agent_graph.artifacts import Problem
from agent_graph.roles.ml_engineer.playbook.parameters import MOST_ROUNDS, PARAMETERS

MOST_BYTES = 65_536
MOST_MEMBERS = 20
MOST_TEXT = 300
NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
KEYS = frozenset({
    "schema_version", "seed", "data_digest", "rows", "folds", "members", "reason", "validation", "baselines", "trials",
    "seconds",
})  # fmt: skip
MEMBER_KEYS = frozenset({"name", "kind", "parameters", "rounds", "weight", "fold_scores"})
STATES = ("complete", "pruned", "stopped")


class InvalidTuned(ValueError):
    """The search's result isn't what it must be."""


@dataclass(frozen=True)
class Tuned:
    """A sound search result, as text for the commit."""

    text: str
    weights: tuple[tuple[str, float], ...]
    trials: int


def read_tuned(path: Path, problem: Problem) -> Tuned:
    """Read and check; InvalidTuned says what is wrong."""
    if not path.is_file() or path.is_symlink() or path.stat().st_size > MOST_BYTES:
        raise InvalidTuned("tune left no config/tuned.json of a reasonable size")
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidTuned(f"config/tuned.json is no JSON: {str(error)[:100]}") from None
    _exactly(found, KEYS, "config/tuned.json")
    _plain(found)
    members = found["members"]
    if not isinstance(members, list) or not 1 <= len(members) <= MOST_MEMBERS:
        raise InvalidTuned(f"members must be a list of 1 to {MOST_MEMBERS}")
    for member in members:
        _member(member, problem)
    if len({member["name"] for member in members}) != len(members):
        raise InvalidTuned("two members have the same name")
    weights = tuple((str(member["name"]), float(member["weight"])) for member in members)
    if not math.isclose(sum(weight for _, weight in weights), 1.0, abs_tol=1e-3):
        raise InvalidTuned("the weights don't sum to 1")
    trials = found["trials"]
    _exactly(trials, frozenset(STATES), "trials")
    return Tuned(json.dumps(found, indent=2) + "\n", weights, sum(int(trials[state]) for state in STATES))


def _member(member: Any, problem: Problem) -> None:
    _exactly(member, MEMBER_KEYS, "a member")
    name, kind, parameters = member["name"], member["kind"], member["parameters"]
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InvalidTuned("a member's name is no short identifier")
    if kind not in PARAMETERS or not isinstance(parameters, dict):
        raise InvalidTuned(f"{name}: no known kind of member")
    for key, value in parameters.items():
        if key not in PARAMETERS[kind]:
            raise InvalidTuned(f"{name}: a parameter that {kind} doesn't have here")
        low, high = PARAMETERS[kind][key]
        if not isinstance(value, (int, float)) or not low <= value <= high:
            raise InvalidTuned(f"{name}: {key} lies outside {low:g} to {high:g}")
    if kind == "linear" and set(parameters) - {register.kind_of(problem).training.penalty}:
        raise InvalidTuned(f"{name}: that penalty isn't one of {problem.task}")
    rounds, weight = member["rounds"], member["weight"]
    if type(rounds) is not int or not 1 <= rounds <= MOST_ROUNDS:
        raise InvalidTuned(f"{name}: rounds must lie between 1 and {MOST_ROUNDS}")
    if not isinstance(weight, (int, float)) or not 0 < weight <= 1:
        raise InvalidTuned(f"{name}: a weight must lie between 0 and 1")


def _exactly(found: Any, keys: frozenset[str], what: str) -> None:
    if not isinstance(found, dict) or set(found) != keys:
        raise InvalidTuned(f"{what} must hold exactly {', '.join(sorted(keys))}")


def _plain(value: Any, depth: int = 0) -> None:
    """Only short printable texts, finite numbers and shallow containers may enter a commit."""
    if depth > 4:
        raise InvalidTuned("config/tuned.json is nested too deeply")
    if isinstance(value, dict):
        for key, item in value.items():
            _plain(key, depth + 1)
            _plain(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _plain(item, depth + 1)
    elif isinstance(value, str):
        if len(value) > MOST_TEXT or not value.isprintable():
            raise InvalidTuned("config/tuned.json holds a text that is long or not printable")
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidTuned("config/tuned.json holds a number that isn't finite")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
