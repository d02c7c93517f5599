"""Words that have a natural order: the lexicon and the numeric prefixes by which a category becomes a rank."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Each scale from the least to the most; words are compared without case, spaces and punctuation.
SCALES: tuple[tuple[str, ...], ...] = (
    ("po", "fa", "ta", "gd", "ex"),
    ("no", "mn", "av", "gd"),
    ("unf", "lwq", "rec", "blq", "alq", "glq"),
    ("sal", "sev", "maj2", "maj1", "mod", "min2", "min1", "typ"),
    ("unf", "rfn", "fin"),
    ("gtl", "mod", "sev"),
    ("poor", "fair", "average", "good", "verygood", "excellent"),
    ("fair", "good", "verygood", "premium", "ideal"),
    ("terrible", "bad", "poor", "ok", "good", "great", "excellent"),
    ("verylow", "low", "medium", "high", "veryhigh"),
    ("low", "moderate", "high", "critical"),
    ("verysmall", "small", "medium", "large", "verylarge"),
    ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl"),
    ("tiny", "small", "medium", "big", "huge"),
    ("none", "mild", "moderate", "severe"),
    ("minor", "moderate", "major", "critical"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("stronglydisagree", "disagree", "neutral", "agree", "stronglyagree"),
    ("i3", "i2", "i1", "si3", "si2", "si1", "vs2", "vs1", "vvs2", "vvs1", "if", "fl"),
    ("z", "y", "x", "w", "v", "u", "t", "s", "r", "q", "p", "o", "n", "m", "l", "k", "j", "i", "h", "g", "f", "e", "d"),
    ("month to month", "oneyear", "twoyear", "threeyear"),
    ("daily", "weekly", "monthly", "quarterly", "yearly"),
    ("bronze", "silver", "gold", "platinum"),
    ("basic", "standard", "premium"),
    ("primary", "secondary", "tertiary"),
    ("highschool", "somecollege", "associate", "bachelor", "master", "doctorate"),
    ("preschool", "1st4th", "5th6th", "7th8th", "9th", "10th", "11th", "12th", "hsgrad", "somecollege", "bachelors",
     "masters", "doctorate"),
    ("first", "second", "third", "fourth", "fifth"),
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ("beginner", "intermediate", "advanced", "expert"),
    ("junior", "mid", "senior", "lead"),
    ("young", "middleaged", "old"),
)  # fmt: skip
LETTERS = SCALES[19]  # single letters are grades only where the column's name says so
GRADED = re.compile(r"colou?r|grade|class|rating|tier|band", re.IGNORECASE)
SPAN = re.compile(
    r"^[^\d+<>-]{0,12}?(?P<sign>[<>])?\s*[$€£]?(?P<low>\d+(?:[.,]\d+)?)\s*(?:k|\+|%|-|–|to|\b)", re.IGNORECASE
)
RANGE = re.compile(r"\d\s*(?:-|–|to)\s*\d|^\s*[<>]|\d\s*\+|\bor (?:more|less|over|under)\b", re.IGNORECASE)


def order_of(name: str, levels: Sequence[str]) -> tuple[str, ...]:
    """The levels from least to most where they have a natural order; else ()."""
    if len(levels) < 3:
        return ()
    return _by_range(levels) or _by_scale(name, levels)


def _plain(level: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", level.lower())


def _by_scale(name: str, levels: Sequence[str]) -> tuple[str, ...]:
    plain = {_plain(level): level for level in levels}
    if len(plain) < len(levels):
        return ()
    for scale in SCALES:
        words = [_plain(word) for word in scale]
        if scale is LETTERS and not GRADED.search(name):
            continue
        if all(word in words for word in plain):
            return tuple(plain[word] for word in words if word in plain)
    return ()


def _by_range(levels: Sequence[str]) -> tuple[str, ...]:
    """Levels such as "0-9", "10-24", "55+" or "<1h": by their lower end, when most of them are ranges."""
    found: list[tuple[float, int, str]] = []
    for level in levels:
        match = SPAN.match(level)
        if match is None:
            return ()
        low = float(match["low"].replace(",", ""))
        found.append((low, {"<": -1, ">": 1}.get(match["sign"] or "", 0), level))
    if sum(bool(RANGE.search(level)) for level in levels) < max(2, len(levels) // 2):
        return ()
    ends = [(low, sign) for low, sign, _ in found]
    return tuple(level for _, _, level in sorted(found)) if len(set(ends)) == len(ends) else ()
