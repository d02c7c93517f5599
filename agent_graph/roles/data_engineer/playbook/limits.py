"""Limits that nature or the calendar sets, known by a column's name and kept by every value that was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_graph.profiling.names import lexicon, words

if TYPE_CHECKING:
    from agent_graph.artifacts import ColumnProfile

PLACES = (
    (lexicon("lat latitude"), 90.0, "a latitude lies between -90 and 90"),
    (lexicon("lon lng long longitude"), 180.0, "a longitude lies between -180 and 180"),
)
YEARS = 1700, 2200  # values of a column that counts years of the calendar
NEW_YEARS = 10  # rows may come in for that long at the least before the contract is looked at again
CYCLES = {"month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59), "second": (0, 59)}


def natural_limits(column: ColumnProfile) -> tuple[float, float, str] | None:
    """Lowest and highest value that can be, and why; None when the name or the values don't tell.

    A name alone says little ("long" may be a length, "day" a day of the year): degrees must have decimals, and of a
    calendar's cycle the whole must have been seen.
    """
    low, high = column.minimum, column.maximum
    if low is None or high is None:
        return None
    named = frozenset(words(column.name))
    for names, limit, why in PLACES:
        if named & names and column.storage == "float" and -limit <= low and high <= limit:
            return -limit, limit, why
    for unit, (first, last) in CYCLES.items():
        if unit in named and column.storage == "integer" and (low, high) == (first, last):
            return float(first), float(last), f"the {unit} counts from {first} to {last}, and all of them were seen"
    if any(word.startswith(("year", "yr")) for word in named) and YEARS[0] <= low and high <= YEARS[1]:
        return _years(low, high)
    return None


def _years(low: float, high: float) -> tuple[float, float, str]:
    """Calendar years: a tenth of the number 2000 is no margin; older rows are corrected, newer ones keep coming."""
    span = max(high - low, NEW_YEARS)
    why = f"years seen from {low:g} to {high:g}; half of that span before and a whole one after, {NEW_YEARS} at least"
    return low - span // 2, high + span, why
