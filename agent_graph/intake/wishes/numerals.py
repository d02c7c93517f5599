"""Numbers written in words, in ten languages: "twenty-five", "fünfundzwanzig", "quatre-vingt-dix", "yirmi beş"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from agent_graph.intake.wishes.phrases import table

_SUFFIXES = re.compile(r"(?:(?:[sy]?[iu]n?|[ln][ae]r)?(?:d[ae]n?|t[ae]n?|[iuy][nm]?[aeiu]?|n?[iu]n|l[iu]k|er|ar)?)$")
_SCALES = (100.0, 1000.0, 1_000_000.0)


@lru_cache(maxsize=16)
def _words(language: str) -> dict[str, float]:
    pairs = (pair.split(":") for pair in table("numbers")[language]["words"].split())
    return {word: float(value) for word, value in pairs}


@lru_cache(maxsize=20_000)
def word_value(word: str, language: str) -> float | None:
    """What one folded word counts: "zwölf" 12, "fünfundzwanzig" 25, "tweehonderd" 200; None where it is no number."""
    known, rules = _words(language), table("numbers")[language]
    if word in known:
        return known[word]
    if rules.get("suffix"):
        stems = [stem for stem in known if len(stem) >= 3 and word.startswith(stem)]
        fitting = [stem for stem in stems if _SUFFIXES.fullmatch(word[len(stem) :])]
        return known[max(fitting, key=len)] if fitting else None
    return _joined(word, language) if "joint" in rules and len(word) > 5 else None


def _joined(word: str, language: str) -> float | None:
    """A number that is written as one word of several."""
    known, joint = _words(language), table("numbers")[language]["joint"]
    for scale in (each for each, value in known.items() if value in (100.0, 1000.0)):
        head, found, tail = word.partition(scale)
        if found:
            first = 1.0 if not head or head in ("ein", "een", "ett") else word_value(head, language)
            last = 0.0 if not tail else word_value(tail.removeprefix(joint), language)
            return None if first is None or last is None else first * known[scale] + last
    for tens in (each for each, value in known.items() if 20 <= value <= 90):
        if joint and word.endswith(joint + tens):
            unit = {"ein": 1.0, "een": 1.0}.get(word[: -len(joint + tens)], known.get(word[: -len(joint + tens)]))
            return None if unit is None or unit > 9 else known[tens] + unit
        if not joint and word.startswith(tens):
            unit = {"uno": 1.0, "un": 1.0, "ett": 1.0, "en": 1.0}.get(word[len(tens) :], known.get(word[len(tens) :]))
            if unit is not None and unit <= 9:
                return known[tens] + unit
    return None


def run_value(words: Sequence[str], start: int, language: str) -> tuple[float, int] | None:
    """The number that begins at a word, and the place after its last word; None where none begins there."""
    total, part, place, smallest = 0.0, 0.0, start, float("inf")
    joints = frozenset(table("numbers")[language]["and"])
    while place < len(words):
        at = place + 1 if place > start and words[place] in joints and place + 1 < len(words) else place
        value = word_value(words[at], language)
        if value is None or not _follows(value, part, smallest):
            break
        if value in _SCALES and part:
            part *= value
            total, part = (total + part, 0.0) if value >= 1000 else (total, part)
        elif value == 20 and part == 4 and language == "fr":
            part = 80.0
        elif value >= 1000 and value in _SCALES:
            total += value
        else:
            part += value
        smallest, place = value, at + 1
    return (total + part, place) if place > start else None


def _follows(value: float, part: float, smallest: float) -> bool:
    """Whether a number word goes on with the ones before it: "two hundred", "twenty five", but not "one two"."""
    if smallest == float("inf") or (value in _SCALES and value > smallest):
        return True
    if value == 20 and part == 4:
        return True
    if smallest in _SCALES:
        return value < smallest
    if part in (60.0, 80.0) and value < 20:
        return True
    return (smallest >= 20 or (smallest == 10 and part in (70.0, 90.0))) and value < 10
