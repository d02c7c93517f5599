"""How far ahead is asked, in the words' own unit; the steps follow once the table's frequency is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, cast, get_args

from agent_graph.intake.evidence.letters import fold
from agent_graph.intake.wishes.acting import found_at
from agent_graph.intake.wishes.amounts import unit_of
from agent_graph.intake.wishes.found import Ahead, Found
from agent_graph.intake.wishes.page import Hit, Page
from agent_graph.intake.wishes.phrases import cues, pattern, table

Unit = Literal["hour", "day", "week", "month", "quarter", "year", "season"]
_IN_YEAR = {"hour": 8760.0, "day": 364.0, "week": 52.0, "month": 12.0, "quarter": 4.0, "year": 1.0, "season": 1.0}
_IN = {("hour", "day"): 24.0, ("hour", "week"): 168.0, ("day", "week"): 7.0, ("day", "month"): 30.0,
       ("week", "month"): 4.0, ("day", "year"): 365.0, ("day", "quarter"): 91.0, ("hour", "month"): 720.0}  # fmt: skip
_NEAR = 3  # words between a length of time and what says that it lies ahead


def horizon_in(page: Page) -> Ahead:
    """The stretch that is asked for, and the steps that answers come in."""
    told = (*_lengths(page), *_singles(page))
    lengths = sorted(told, key=lambda one: (-one[2].confidence, -one[2].start))  # what is said later mends
    if not lengths:
        return Ahead(cadence=_cadence(page))
    count, unit, found = lengths[0]
    return Ahead(count=count, unit=cast("Unit", unit), cadence=_cadence(page), found=(found,))


def steps_ahead(ahead: Ahead, frequency: str) -> int | None:
    """Rows of a table of some frequency ("hour" to "year") in the stretch; None where it isn't said or whole."""
    if ahead.count is None or frequency not in _IN_YEAR:
        return None
    unit = ahead.unit
    if unit in ("step", frequency):
        return max(1, round(ahead.count))
    if unit not in _IN_YEAR:
        return None
    ratio = _IN.get((frequency, unit)) or _IN_YEAR[frequency] / _IN_YEAR[unit]
    steps = ahead.count * ratio
    return round(steps) if steps >= 1 else None


def _lengths(page: Page) -> Iterator[tuple[float, str, Found]]:
    """ "The next eight quarters", "two years out", "les trois mois à venir"."""
    for hit in page.hits(re.compile(r"<t\d+> ")):
        amount = hit.amounts[0]
        if amount.unit not in get_args(Unit):
            continue
        begin, end = page.clause(hit.at)
        ahead = " ".join(page.line[begin : hit.at].split(" ")[-_NEAR - 1 :])
        behind = " ".join(page.line[hit.to : end].split(" ")[:_NEAR]) + " "
        before = cues("ahead", "before", page.languages).search(ahead) is not None
        after = cues("ahead", "after", page.languages).search(behind) is not None
        if before or after:
            yield (
                amount.count,
                amount.unit,
                found_at("horizon", f"{amount.count:g} {amount.unit}", hit, 0.92 if before else 0.85),
            )
    for hit in page.hits(pattern(_between(page.languages))):
        unit = _unit_in(hit)
        if unit and hit.amounts:
            count = hit.amounts[0].value
            yield count, unit, found_at("horizon", f"{count:g} {unit}", hit, 0.88)


@lru_cache(maxsize=32)
def _between(languages: tuple[str, ...]) -> tuple[str, ...]:
    """A number, "next", a unit: "drei weiteren Monaten", "i prossimi" stands before it."""
    leads = [word for name in languages for word in table("ahead")["before"].get(name, ())]
    return tuple(f"<n> {lead} {_nouns()}" for lead in leads)


@lru_cache(maxsize=1)
def _nouns() -> str:
    units = table("units")["time"]
    return "|".join(word for unit in get_args(Unit) for word in units[unit]["words"].split())


def _unit_in(hit: Hit) -> str:
    found = unit_of(fold(hit.words.split()[-1]))
    return found[1] if found else ""


def _singles(page: Page) -> Iterator[tuple[float, str, Found]]:
    """ "Next year", "tomorrow"; "each quarter of next year" is four of them."""
    for told, phrases in table("ahead")["single"].items():
        unit, _, count = told.partition("=")
        for hit in page.hits(pattern(tuple(phrases))):
            yield float(count), unit, found_at("horizon", f"{count} {unit}", hit, 0.75)


def _cadence(page: Page) -> str:
    """The first cadence that the words name."""
    hits = [
        (hit.at, unit)
        for unit, phrases in table("ahead")["cadence"].items()
        for hit in page.hits(pattern(tuple(phrases)))
    ]
    return min(hits)[1] if hits else ""
