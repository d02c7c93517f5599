"""config/tuned.json: what a search found, or the design's defaults when none was made."""

import json
import math
from dataclasses import dataclass
from typing import Any

from telco_churn.config import load, settings
from telco_churn.errors import BadInput
from telco_churn.models.ensemble import KINDS


@dataclass(frozen=True)
class Recipe:
    """How one member is fitted and how much it counts."""

    name: str
    kind: str
    parameters: dict[str, Any]
    rounds: int
    weight: float


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
