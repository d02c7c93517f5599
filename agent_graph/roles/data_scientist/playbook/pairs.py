"""Pairs of numbers that belong together, found by their names and ranges: a dozen patterns, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agent_graph.artifacts import ColumnProfile, Transform

MOST = 12
PART = frozenset({"used", "utilized", "open", "active", "carrying", "satisfactory", "occupied", "failed", "late"})
WHOLE = frozenset({"total", "limit", "capacity", "max", "maximum", "available"})
AMOUNT = frozenset({"amount", "price", "cost", "debt", "installment", "payment", "rent", "loan", "limit", "balance"})
INCOME = frozenset({"income", "salary", "revenue", "earnings", "wage"})
DURATION = frozenset({"tenure", "months", "term", "duration", "periods", "days"})
AREA = frozenset({"area", "sf", "sqft", "surface", "sqm"})
LAND = frozenset({"lot", "land", "plot", "garden", "garage", "pool", "vnr"})
DERIVED = frozenset({"num", "count", "accounts", "number", "to", "per", "ratio", "percent", "pct", "rate", "total"})
FILLER = frozenset({"num", "number", "of", "count", "n", "the", "amount", "sf", "accounts"})
OPPOSITES = (
    ("max", "min"), ("high", "low"), ("end", "start"), ("after", "before"), ("last", "first"),
    ("systolic", "diastolic"), ("upper", "lower"), ("to", "from"),
)  # fmt: skip
SIDES = (("length", "width"), ("x", "y"), ("width", "height"))


@dataclass(frozen=True)
class Number:
    """A numeric column under the name that it has after the joins, with the words of that name."""

    name: str
    profile: ColumnProfile
    words: frozenset[str]

    @property
    def median(self) -> float:
        """The middle value."""
        return self.profile.quantiles[3]


@dataclass(frozen=True)
class Couple:
    """Two columns, what is done with them, and why."""

    transform: Transform
    left: str
    right: str
    why: str


def words_of(name: str) -> frozenset[str]:
    """The words of a column name in lower case: `Total.Bsmt.SF` and `totalBsmtSf` alike."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return frozenset(re.findall(r"[a-z]+|\d+", split.lower()))


def couples(numbers: Sequence[tuple[str, ColumnProfile]]) -> tuple[Couple, ...]:
    """The pairs worth a feature of their own, at most a dozen."""
    known = [Number(name, profile, words_of(name)) for name, profile in numbers if len(profile.quantiles) == 7]
    patterns: tuple[Callable[[Sequence[Number]], Iterator[Couple]], ...] = (
        _ages, _per_period, _shares, _burdens, _floor_areas, _halves, _spans, _sides, _diagonals, _turnover,
    )  # fmt: skip
    found: dict[tuple[str, str, str], Couple] = {}
    for pattern in patterns:
        for couple in pattern(known):
            found.setdefault((couple.transform, couple.left, couple.right), couple)
    return tuple(found.values())[:MOST]


def _is_year(number: Number) -> bool:
    low, high = number.profile.minimum, number.profile.maximum
    if low is None or high is None or number.profile.distinct > 200:
        return False
    bound = 1700 if number.words & {"year", "yr"} or any(w.startswith(("yr", "year")) for w in number.words) else 1900
    middle = number.profile.quantiles
    return middle[0] >= bound and middle[-1] <= 2100 and all(value == int(value) for value in (low, high))


def _ages(numbers: Sequence[Number]) -> Iterator[Couple]:
    years = [number for number in numbers if _is_year(number)]
    if len(years) < 2:
        return
    now = max(years, key=lambda number: (number.profile.quantiles[0], number.name))
    for then in years:
        if then is not now and then.median <= now.median:
            yield Couple("difference", now.name, then.name, "years between the two: an age says more than either year")


def _per_period(numbers: Sequence[Number]) -> Iterator[Couple]:
    for length in numbers:
        if not length.words & DURATION or (length.profile.minimum or 0) < 0 or length.words & {"since", "last"}:
            continue
        for sum_ in numbers:
            if sum_ is length or sum_.words & {"limit", "utilized", "ever"}:
                continue
            if sum_.words & {"total", "amount", "sum"} and sum_.median > 10 * length.median > 0:
                yield Couple("ratio", sum_.name, length.name, "the sum per period: what one period brings on average")


def _shares(numbers: Sequence[Number]) -> Iterator[Couple]:
    for part in numbers:
        for whole in numbers:
            told = part.words - PART
            if part is whole or not (told < whole.words | WHOLE and told - FILLER - WHOLE):
                continue
            if not (part.words & PART and whole.words & WHOLE - part.words):
                continue
            if all(a <= b for a, b in zip(part.profile.quantiles, whole.profile.quantiles, strict=True)):
                yield Couple("ratio", part.name, whole.name, "the part over its whole: how far a limit is used up")


def _burdens(numbers: Sequence[Number]) -> Iterator[Couple]:
    incomes = [n for n in numbers if n.words & INCOME and not n.words & AMOUNT and n.profile.missing < 0.5]
    for income in incomes[:1]:
        for amount in [n for n in numbers if n.words & AMOUNT and n.median > 0 and not n.words & DERIVED][:2]:
            yield Couple(
                "ratio", amount.name, income.name, "the amount as a share of income: what it means to the payer"
            )


def _floor_areas(numbers: Sequence[Number]) -> Iterator[Couple]:
    areas = [number for number in numbers if number.words & AREA and not number.words & LAND]
    if len(areas) < 2:
        return
    main = max(areas, key=lambda number: (number.median, number.name))
    for other in areas:
        if other is not main and "total" in other.words:
            yield Couple("sum", main.name, other.name, "both areas together: the size that a person would name")


def _halves(numbers: Sequence[Number]) -> Iterator[Couple]:
    for full in numbers:
        for half in numbers:
            if full.words - {"full"} == half.words - {"half"} and "full" in full.words and "half" in half.words:
                yield Couple("sum", full.name, half.name, "full and half ones counted together")


def _spans(numbers: Sequence[Number]) -> Iterator[Couple]:
    for upper, lower in OPPOSITES:
        for high in numbers:
            for low in numbers:
                if upper in high.words and lower in low.words and high.words - {upper} == low.words - {lower}:
                    yield Couple("difference", high.name, low.name, f"from {lower} to {upper}: the span between them")


def _sides(numbers: Sequence[Number]) -> Iterator[Couple]:
    by_name = {number.name.lower(): number for number in numbers}
    for first, second in SIDES:
        if first in by_name and second in by_name:
            left, right = by_name[first].name, by_name[second].name
            yield Couple("product", left, right, "side by side: the surface that the two measurements span")
            yield Couple("ratio", left, right, "one side over the other: the shape, whatever the size")


def _diagonals(numbers: Sequence[Number]) -> Iterator[Couple]:
    by_word = {word: number for number in numbers for word in number.words}
    north = by_word.get("lat") or by_word.get("latitude")
    east = by_word.get("long") or by_word.get("lon") or by_word.get("lng") or by_word.get("longitude")
    if north is not None and east is not None:
        why = "a place's position along the other diagonal, which a tree can't cut with one split"
        yield Couple("sum", north.name, east.name, why)
        yield Couple("difference", north.name, east.name, why)


def _turnover(numbers: Sequence[Number]) -> Iterator[Couple]:
    for price in [n for n in numbers if n.words & {"price", "rate"} and n.words & {"unit", "per", "each"}]:
        for count in [n for n in numbers if n.words & {"quantity", "qty", "units", "count"} and n is not price]:
            yield Couple("product", price.name, count.name, "price times quantity: what is paid in all")
