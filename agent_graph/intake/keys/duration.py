"""Survival: the column that says how long it took, beside the one that says whether it happened."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from agent_graph.artifacts import ColumnProfile, Part
from agent_graph.intake.evidence.columns import Columns
from agent_graph.intake.evidence.lexicons import any_says, name_words, time_unit

Floats = NDArray[np.float64]
SHARPNESS = 1.6  # of scores: what half a point more makes likelier
LEAST = 0.3
FEW = 6  # values of a column that says what became of a row


def event_and_duration(columns: Columns, target: int, asked: Floats, near: Mapping[str, str]) -> tuple[Part, ...]:
    """Both columns of a survival question, as parts; what isn't found is left out.

    `target` is the column that was found to be asked for: either may be. `asked` is how likely each column is.
    """
    fact = columns.facts[target]
    if _says_how_long(columns, target) and fact.distinct > FEW:
        length: int | None = target
        event = _best({k: _happened(columns, k, target) for k in range(len(columns.facts)) if k != target})
    else:
        event = (target, 1.0)
        best = _best({k: _took(columns, k, target, float(asked[k])) for k in range(len(columns.facts)) if k != target})
        length, sure = best if best is not None else (None, 0.0)
    parts = []
    if event is not None:
        name = columns.names[event[0]]
        why = "the words ask for it" if event[0] == target else "its name and its few values say whether it happened"
        parts.append(Part(topic="event", choice=name, confidence=round(event[1], 3), reason=why,
                          words=near.get(name, "")))  # fmt: skip
    if length is not None:
        name = columns.names[length]
        sure = float(asked[length]) if length == target else sure
        why = _why(columns, length, target)
        parts.append(Part(topic="duration", choice=name, confidence=round(sure, 3), reason=why,
                          words=near.get(name, "")))  # fmt: skip
    return tuple(parts)


def _says_how_long(columns: Columns, place: int) -> bool:
    fact = columns.facts[place]
    return fact.storage in ("integer", "float") and (fact.minimum or 0) >= 0 and fact.kind != "identifier"


def _took(columns: Columns, place: int, event: int, asked: float) -> float | None:
    """How much speaks for a column as the time that the event took; None where its values can't be one."""
    fact, words = columns.facts[place], name_words(columns.spelled[place])
    if not _says_how_long(columns, place) or fact.distinct <= FEW or _is_a_year(fact):
        return None
    unit, named = bool(time_unit(words)), any_says(words, "duration", "strong")
    time = any_says(words, "duration", "time")
    score = 2.0 * (unit or named or (time and len(words) == 1)) + 1.0 * (unit and named)
    score += 1.0 * (time or any_says(words, "duration", "weak")) + 0.8 * any_says(words[:1], "duration", "whole")
    others = (k for k in range(len(columns.facts)) if k not in (place, event) and 2 <= columns.facts[k].distinct <= FEW)
    score -= 1.2 * (not _akin(columns, place, event) and any(_shares(columns, place, k) for k in others))
    score += 1.8 * _akin(columns, place, event) + 0.8 * (abs(place - event) == 1) + 0.3 * (abs(place - event) == 2)
    score -= 2.5 * any_says(words, "born", "words") + 2.0 * any_says(words, "number", "words")
    score -= 1.2 * any_says(words, "calendar", "year") + 0.8 * any_says(words, "calendar", "day")
    return score + 1.5 * asked + 0.6 * float(columns.ties[place, event]) + 0.3 * (fact.distinct > 20)


def _happened(columns: Columns, place: int, length: int) -> float | None:
    """How much speaks for a column as the one that says whether it happened."""
    fact, words = columns.facts[place], name_words(columns.spelled[place])
    if not 2 <= fact.distinct <= FEW:
        return None
    score = 2.0 * any_says(words, "happened", "words") + 1.6 * _akin(columns, place, length)
    score += 0.9 * (abs(place - length) == 1) + 0.4 * (abs(place - length) == 2) + 0.5 * (fact.distinct == 2)
    return score + 0.6 * float(columns.ties[place, length])


def _akin(columns: Columns, one: int, other: int) -> bool:
    """Whether two names share a word, or begin or end alike: `d_rec` and `rec`, `deathtime` and `death`."""
    return _shares(columns, one, other) or _begin_alike(columns.names[one], columns.names[other])


def _shares(columns: Columns, one: int, other: int) -> bool:
    """Whether two names share a word that is no unit of time: `plt_days` and `plt_back`, `RFS_m` and `RFS_ev`."""
    mine, theirs = (
        {word for word in name_words(columns.spelled[place]) if not time_unit((word,))} for place in (one, other)
    )
    return bool(mine & theirs)


def _begin_alike(one: str, other: str) -> bool:
    a, b = one.lower(), other.lower()
    return len(a) >= 3 and len(b) >= 3 and (a.endswith(b) or b.endswith(a) or a[:3] == b[:3])


def _is_a_year(fact: ColumnProfile) -> bool:
    return fact.storage == "integer" and (fact.minimum or 0) >= 1700 and (fact.maximum or 0) <= 2150


def _best(scores: Mapping[int, float | None]) -> tuple[int, float] | None:
    """The place of the highest score and its share of all; None where none stands out."""
    known = {place: score for place, score in scores.items() if score is not None}
    if not known:
        return None
    values = np.array(list(known.values()))
    grown = np.exp(SHARPNESS * (values - values.max()))
    best = int(values.argmax())
    sure = float(grown[best] / grown.sum())
    return (list(known)[best], sure) if sure >= LEAST and values[best] > 1.0 else None


def _why(columns: Columns, length: int, event: int) -> str:
    words = name_words(columns.spelled[length])
    said = [f"it counts {unit}s"] if (unit := time_unit(words)) else []
    said += ["its name says how long"] if any_says(words, "duration", "strong") else []
    if length != event:
        said += [f"it shares its name with {columns.names[event]!r}"] if _akin(columns, length, event) else []
        said += ["it stands beside it"] if abs(length - event) == 1 else []
    return ", ".join(said) or "the words ask how long"
