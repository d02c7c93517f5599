"""Columns that are no inputs, each with a reason that a person would accept; what only looks like a leak stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agent_graph.artifacts import Barred, Specification, Suspect, Warned
from agent_graph.intake.evidence.columns import Columns
from agent_graph.intake.scorer.opinion import Opinion
from agent_graph.profiling.kinds import is_named_like_an_id

BAR, LOOKS = 0.35, 0.25  # from here on it is left out, or warned about
SURE_ALONE = 0.5  # from here on the evidence but for the bond with the target is reason enough
TIED = 0.2  # outcomes of one event go together
SAID = 0.3  # how near a column must be to what is ruled out
WEIGHTS = ("weight", "wgt", "pweight", "fnlwgt", "finalwt")


def barred_and_warned(
    opinion: Opinion,
    target: int,
    bars: NDArray[np.float64],
    suspects: tuple[Suspect, ...],
    specification: Specification,
    entity: str | None = None,
) -> tuple[tuple[Barred, ...], tuple[Warned, ...]]:
    """The columns left out with their grounds, and those that look like leaks and stay; `entity` names the rows."""
    kept, dropped = specification.listed("keep"), specification.listed("drop")
    grounds = {suspect.column: suspect for suspect in suspects}
    apart = opinion.bars_apart(target, suspects)
    barred, warned = [], []
    for place, name in enumerate(opinion.scene.columns.names):
        if place == target or name in kept:
            continue
        if name in dropped:
            barred.append(Barred(column=name, why="left out as asked", confidence=1.0, ground="asked"))
            continue
        sure = float(bars[place])
        if name == entity:
            why = "it names what a row is about: nothing carries over to new ones"
            barred.append(Barred(column=name, why=why, confidence=round(max(sure, BAR), 3), ground="identifier"))
            continue
        reason = _reason(opinion, place, target, grounds.get(name), float(apart[place]))
        if sure >= BAR and reason is not None:
            ground, why = reason
            barred.append(Barred(column=name, why=why, confidence=round(sure, 3), ground=ground))  # type: ignore[arg-type]
        elif sure >= LOOKS or (name in grounds and grounds[name].ground == "too_good_alone"):
            why = grounds[name].why if name in grounds else f"such columns are often known only afterwards ({sure:.0%})"
            warned.append(Warned(column=name, why=why))
    return tuple(barred), tuple(warned)


def _reason(opinion: Opinion, place: int, target: int, suspect: Suspect | None, apart: float) -> tuple[str, str] | None:
    """Ground and words for leaving a column out; None where nothing but its strength speaks against it.

    `apart` is how surely it is no input, its bond with the target aside.
    """
    columns = opinion.scene.columns
    fact, goal = columns.facts[place], columns.names[target]
    if words := _ruled_out(opinion, place):
        return "words", f"the statement rules it out: {words!r}"
    if fact.kind == "identifier" or (is_named_like_an_id(fact.name) and _once(columns, place)):
        return "identifier", "it names the row: nothing carries over to new ones"
    if any(word in WEIGHTS for word in columns.spelled[place].split()):
        return "weight", "how many such rows it stands for: a weight, not a fact about the row"
    if suspect is not None and suspect.ground != "too_good_alone":
        ground = {"arithmetic": "echo", "derived_from_target": "echo"}.get(suspect.ground, "order")
        return ground, suspect.why
    evidence = opinion.evidence
    held = float(columns.ties[place, target])
    alike = float(columns.by_name[place] @ columns.by_name[target]) > 0.5 and held > TIED
    if alike or float(evidence["best.wish"][place]) > 0.5:
        return "sibling", f"it is another outcome of the same event as {goal!r}, or {goal!r} in other words"
    if is_named_like_an_id(fact.name):
        return (
            ("identifier", "it numbers things, as its name says: nothing carries over") if apart >= SURE_ALONE else None
        )
    why = f"such columns are filled in after {goal!r} is known, by their name and blanks"
    return ("order", why) if apart >= SURE_ALONE else None


def _ruled_out(opinion: Opinion, place: int) -> str:
    """The piece that rules a column out; "" where none does."""
    late = opinion.roles[:, 2]
    near = np.maximum(opinion.scene.pairs.best[place], 0.9 * opinion.scene.pairs.by_word_meaning[place])
    score = late * near
    best = int(score.argmax())
    return opinion.scene.pieces[best] if score[best] >= SAID else ""


def _once(columns: Columns, place: int) -> bool:
    fact = columns.facts[place]
    return fact.distinct > 0.5 * columns.profile.main.rows * (1 - fact.missing)
