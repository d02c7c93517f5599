"""Numbers with their units, comparisons, multiples and cadences, as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Unit = Literal["s", "ms", "min", "h", "days", "share", "count", "plain", "MB", "bytes", "cores"]
Sign = Literal[">=", "<=", "="]
_WORDS = {
    word: float(place) for place, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen"])
} | {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "hundred": 100.0,
     "dozen": 12.0}  # fmt: skip
_SECONDS = {
    r"ms|milliseconds?|msecs?": 0.001, r"s|secs?|seconds?": 1.0, r"mins?|minutes?": 60.0, r"h|hrs?|hours?": 3600.0,
    r"d|days?": 86_400.0, r"weeks?": 7 * 86_400.0, r"months?": 30 * 86_400.0, r"quarters?": 90 * 86_400.0,
    r"years?|yrs?": 365 * 86_400.0,
}  # fmt: skip
_BYTES = {
    r"kb|kib|ki": 2.0**10, r"mb|mib|mi|megabytes?": 2.0**20, r"gb|gib|gi|gigabytes?": 2.0**30,
    r"tb|tib|terabytes?": 2.0**40,
}  # fmt: skip
_TIMES = {"k": 1e3, "thousand": 1e3, "million": 1e6}
_UNITS = {**{p: ("time", s) for p, s in _SECONDS.items()}, **{p: ("bytes", s) for p, s in _BYTES.items()},
          r"%|percent|per cent|pct": ("share", 0.01), r"cores?|cpus?|vcpus?": ("cores", 1.0)}  # fmt: skip
_AMOUNT = re.compile(
    r"(?<![\w.,])(?P<number>\d{1,3}(?:[,_]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+|half an?|" + "|".join(_WORDS) + r")"
    r"(?:\s*-?\s*(?P<times>k|thousand|million)(?!\w))?"
    r"(?:\s*-?\s*(?P<unit>" + "|".join(_UNITS) + r")(?!\w))?(?![\w])",
    re.IGNORECASE,
)
_SIGNS: tuple[tuple[str, Sign], ...] = (
    (r"\b(?:no|not) (?:less|fewer|lower|smaller) than|\b(?:not|never) below|\bat least|\bminimum(?: of)?|>=|\bor more\b"
     r"|\bnot under|\bat the least", ">="),
    (r"\b(?:no|not) (?:more|longer|higher|larger|greater|older) than|\b(?:not|never) (?:above|over)|\bat (?:the )?most"
     r"|\bmaximum(?: of)?|<=|\bor (?:less|fewer)\b|\bup to\b|\bwithin\b|\binside\b", "<="),
    (r"\b(?:more|greater|higher|longer) than|\babove|\bover\b|\bbeyond|\bexceeds?|>|\bmin\b", ">="),
    (r"\b(?:less|fewer|lower|shorter|faster|smaller|quicker|older) than|\bbelow|\bunder\b|<|\bmax\b", "<="),
    (r"==?|\bequals?(?: to)?|\bexactly", "="),
)  # fmt: skip
_MULTIPLE = re.compile(
    r"\b(?P<twice>twice(?: as (?:many|much|long|large|big))?|doubles?|two times(?: as (?:many|much|long))?)\b"
    r"|\b(?P<half>half(?: (?:as (?:many|much|long)|of))?|halve)\b|\b(?P<triple>triples?|three times(?: as (?:many"
    r"|much|long))?)\b",
    re.IGNORECASE,
)
_NOT = r"\b(?:do not|don't|never|must not|mustn't|can't|cannot|may not|should not|shouldn't)"
_DEFAULT: dict[Unit, tuple[str, float]] = {  # unit of a field → kind of amount that it takes, and its size
    "s": ("time", 1.0), "ms": ("time", 0.001), "min": ("time", 60.0), "h": ("time", 3600.0), "days": ("time", 86_400.0),
    "share": ("share", 1.0), "MB": ("bytes", 2.0**20), "bytes": ("bytes", 1.0), "cores": ("cores", 1.0),
}  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """A number as said; `measure` is "time" (seconds), "share", "bytes", "cores" or "" when no unit stands by it."""

    value: float
    measure: str
    span: tuple[int, int]

    def in_unit(self, unit: Unit) -> float | None:
        """The value in a field's unit; None when it measures something else."""
        if unit in ("count", "plain"):
            return self.value if not self.measure or (unit == "plain" and self.measure == "share") else None
        if unit == "share" and not self.measure:
            return self.value if self.value <= 1 else self.value / 100 if self.value <= 100 else None
        measure, size = _DEFAULT[unit]
        if not self.measure:
            return None if unit == "days" else self.value  # "for 3" may be weeks
        return float(f"{self.value / size:.12g}") if self.measure == measure else None


def positive(text: str) -> str:
    """The text in which "don't search for more than" is "search at most"."""
    text = re.sub(rf"{_NOT} exceed", "at most", text, flags=re.IGNORECASE)
    text = re.sub(rf"{_NOT} (\w+) (?:for |on )?(?:more|longer) than", r"\1 at most", text, flags=re.IGNORECASE)
    return re.sub(rf"{_NOT} (\w+) (?:for |on )?(?:fewer|less) than", r"\1 at least", text, flags=re.IGNORECASE)


def amounts(text: str) -> tuple[Amount, ...]:
    """All numbers of a text, in order."""
    return tuple(_read(match) for match in _AMOUNT.finditer(text))


def _read(match: re.Match[str]) -> Amount:
    said = match["number"].lower()
    value = 0.5 if said.startswith("half") else _WORDS.get(said)
    value = float(re.sub("[,_]", "", said)) if value is None else value
    value *= _TIMES.get((match["times"] or "").lower(), 1.0)
    unit = (match["unit"] or "").lower()
    measure, size = next((found for p, found in _UNITS.items() if unit and re.fullmatch(p, unit)), ("", 1.0))
    return Amount(float(f"{value * size:.12g}"), measure, match.span())


def comparison(text: str) -> tuple[Sign, tuple[int, int] | None]:
    """ ">=", "<=" or "=", and where that is said."""
    for pattern, sign in _SIGNS:
        if match := re.search(pattern, text, re.IGNORECASE):
            return sign, match.span()
    return "=", None


def multiple(text: str) -> tuple[float, tuple[int, int]] | None:
    """ "twice", "half", "triple" as a factor, and where it stands; "half an hour" is an amount."""
    match = _MULTIPLE.search(text)
    if match is None or re.match(r"half an?\b", text[match.start() :], re.IGNORECASE):
        return None
    return (2.0 if match["twice"] else 0.5 if match["half"] else 3.0), match.span()


def number(value: float) -> str:
    """A number as it stands in a wish."""
    return f"{value:.12g}"


def meets(found: float, wanted: str) -> bool:
    """Whether a number keeps "<= 50", ">= 0.9" or "= 3"; equal up to rounding."""
    sign, _, text = wanted.partition(" ")
    bar = float(text)
    near = abs(found - bar) <= 1e-6 * max(1.0, abs(bar))
    return near or (sign == ">=" and found > bar) or (sign == "<=" and found < bar)
