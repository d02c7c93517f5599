"""Columns that are no inputs, each with a reason that a person would accept; what only looks like a leak stays."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from agent_graph.artifacts import Barred, Part, Specification, Suspect, Warned
from agent_graph.intake.evidence.columns import Columns
from agent_graph.intake.evidence.lexicons import any_says, name_words
from agent_graph.intake.evidence.speech import ROLES
from agent_graph.intake.keys.timeline import numbers_moments, timeline
from agent_graph.intake.lateness import is_misread, late_pieces
from agent_graph.intake.scorer.opinion import Opinion
from agent_graph.profiling.kinds import is_named_like_an_id

BAR, LOOKS = 0.35, 0.25  # from here on it is left out, or warned about
SURE_ALONE = 0.35  # from here on the evidence but for the bond with the target is reason enough
TIED = 0.2  # outcomes of one event go together
SAID = 0.3  # how near a column must be to what is ruled out
BLANKS, SPOKEN_LATE = 0.03, 0.2  # of the target's information in a column's blanks; how near a late piece it is
NAMED_LATE = 0.1  # how near a name must be to what is written down afterwards
NUMBERS = "it numbers things, as its name says: nothing carries over to new ones"
KNOWN = ROLES.index("known")
WEIGHTS = ("weight", "wgt", "pweight", "fnlwgt", "finalwt")


def barred_and_warned(
    opinion: Opinion,
    target: int,
    bars: NDArray[np.float64],
    suspects: tuple[Suspect, ...],
    specification: Specification,
    keys: Mapping[str, Part] = MappingProxyType({}),
) -> tuple[tuple[Barred, ...], tuple[Warned, ...]]:
    """The columns left out with their grounds, and those that look like leaks and stay.

    `keys` is what the question hangs on: the entity is left out, what a survival question or a series needs is not.
    """
    entity = keys["entity"].choice if "entity" in keys else None
    needed = _needed(opinion, keys)
    forecast = "horizon" in keys or "series" in keys
    kept, dropped = specification.listed("keep"), specification.listed("drop")
    grounds = {suspect.column: suspect for suspect in suspects}
    evidence = opinion.bar_evidence(target, suspects)
    apart = opinion.bars_apart(target, evidence)
    spoken = late_pieces(opinion)
    barred, warned = [], []
    for place, name in enumerate(opinion.scene.columns.names):
        if place == target or name in kept or (name in needed and name not in dropped):
            continue
        if name in dropped:
            barred.append(Barred(column=name, why="left out as asked", confidence=1.0, ground="asked"))
            continue
        sure = float(bars[place])
        if name == entity:
            why = "it names what a row is about: nothing carries over to new ones"
            barred.append(Barred(column=name, why=why, confidence=round(max(sure, BAR), 3), ground="identifier"))
            continue
        late = _comes_late(opinion, place, target, evidence) if float(apart[place]) >= SURE_ALONE else ""
        reason = _reason(opinion, place, target, grounds.get(name), late)
        if reason is not None and reason[0] in ("sibling", "order") and (forecast or _earlier(opinion, place)):
            reason = None  # of earlier rows, or of an earlier time: it is known by then
        if reason is not None and reason[0] in ("sibling", "order") and is_misread(opinion, place, spoken):
            reason = None
        if sure >= BAR and reason is not None:
            ground, why = reason
            barred.append(Barred(column=name, why=why, confidence=round(sure, 3), ground=ground))  # type: ignore[arg-type]
        elif sure >= LOOKS or (name in grounds and grounds[name].ground == "too_good_alone"):
            why = grounds[name].why if name in grounds else f"such columns are often known only afterwards ({sure:.0%})"
            warned.append(Warned(column=name, why=why))
    return tuple(barred), tuple(warned)


def _needed(opinion: Opinion, keys: Mapping[str, Part]) -> frozenset[str]:
    """Columns that are no inputs like others and are no leaks either: time and event of survival, series, moments."""
    line = timeline(opinion.scene.profile) if "horizon" in keys or "series" in keys else None
    found = {keys[topic].choice for topic in ("event", "duration", "series") if topic in keys}
    return frozenset(found | set(line.columns if line is not None else ()))


def _earlier(opinion: Opinion, place: int) -> bool:
    """Whether a name says that it tells of an earlier time: `pep_before`, `prev_sales`."""
    return any_says(name_words(opinion.scene.columns.spelled[place]), "earlier", "words")


def _comes_late(opinion: Opinion, place: int, target: int, evidence: Mapping[str, NDArray[np.float64]]) -> str:
    """Why a column is taken to be filled in after the target is known: its name, its blanks or the words; "" where
    nothing says so that a person would accept."""
    scene, goal = opinion.scene, opinion.scene.columns.names[target]
    if is_named_like_an_id(scene.columns.names[place]):
        return NUMBERS
    if float(evidence["blanks_tell"][place]) >= BLANKS:
        return f"where it is blank hangs on {goal!r}: it is filled in afterwards"
    near = np.maximum(scene.pairs.best[place], 0.9 * scene.pairs.by_word_meaning[place])
    spoken, known = near * late_pieces(opinion), float((near * opinion.roles[:, KNOWN]).max(initial=0.0))
    if spoken.max(initial=0.0) >= max(SPOKEN_LATE, known):
        return f"the statement speaks of it as coming later: {scene.pieces[int(spoken.argmax())]!r}"
    if (
        float(evidence["called.after"][place]) > max(NAMED_LATE, float(evidence["called.before"][place]))
        and known < SPOKEN_LATE
    ):
        return f"such columns are written down after {goal!r} is known, by their name"
    return ""


def _reason(opinion: Opinion, place: int, target: int, suspect: Suspect | None, late: str) -> tuple[str, str] | None:
    """Ground and words for leaving a column out; None where nothing but its strength speaks against it.

    `late` says why it is taken to be filled in afterwards, its bond with the target aside; "" where it isn't.
    """
    columns = opinion.scene.columns
    fact, goal = columns.facts[place], columns.names[target]
    if words := _ruled_out(opinion, place):
        return "words", f"the statement rules it out: {words!r}"
    if numbers_moments(opinion.scene.columns, place):
        return None
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
    ground = "identifier" if late == NUMBERS else "order"
    return (ground, late) if late else None


def _ruled_out(opinion: Opinion, place: int) -> str:
    """The piece that rules a column out; "" where none does."""
    late = late_pieces(opinion)
    near = np.maximum(opinion.scene.pairs.best[place], 0.9 * opinion.scene.pairs.by_word_meaning[place])
    score = late * near
    best = int(score.argmax())
    return opinion.scene.pieces[best] if score[best] >= SAID else ""


def _once(columns: Columns, place: int) -> bool:
    fact = columns.facts[place]
    return fact.distinct > 0.5 * columns.profile.main.rows * (1 - fact.missing)
