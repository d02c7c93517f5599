"""Numbers that stand for "no value": -200, 9999 and their kind, known by their look and found by their isolation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

LOW = frozenset({
    -9.0, -99.0, -999.0, -9999.0, -99999.0, -999999.0, -9999999.0, -99.9, -999.9, -99.99, -999.99, -9999.99, -88.0,
    -888.0,
    -8888.0, -200.0, -32768.0, -2147483648.0, -1e30, -9.96921e36,
})  # fmt: skip
HIGH = frozenset({
    99.0, 999.0, 9999.0, 99999.0, 999999.0, 9999999.0, 99999999.0, 999999999.0, 99.9, 999.9, 9999.9, 99.99, 999.99,
    9999.99,
    88.0, 888.0, 8888.0, 32767.0, 65535.0, 2147483647.0, 4294967295.0, 1e20, 1e30,
})  # fmt: skip
BARRED = frozenset({-999.0, -9999.0, -99999.0, -999999.0, -9999999.0})  # below positive numbers, nothing else is meant
FEWEST_OTHERS = 5  # different numbers beside it
SPANS = 2.0  # so many spans of all others lie between it and them
LEAST_ROWS = 2
GAPS = 5.0  # below nothing but positive numbers, so many times the widest gap among them


def find(values: pl.Series, known: frozenset[float] = frozenset()) -> tuple[float, ...]:
    """Sentinels of a column of numbers; `known` are those of the table's other columns, for which less is asked."""
    if values.min() not in LOW and values.max() not in HIGH:  # most columns end here
        return ()
    counted = values.drop_nulls().value_counts(name="times").sort(values.name)
    numbers, times = counted[values.name].cast(pl.Float64).to_list(), counted["times"].to_list()
    first, last = 0, len(numbers) - 1
    while first < last and numbers[first] in LOW:
        first += 1
    while last > first and numbers[last] in HIGH:
        last -= 1
    core = numbers[first : last + 1]
    if len(core) < FEWEST_OTHERS:
        return ()
    widest = max(after - before for before, after in pairwise(core))
    found = [
        numbers[place]
        for place in (*range(first), *range(last + 1, len(numbers)))
        if _stands_alone(core, widest, numbers[place], times[place], known)
    ]
    return tuple(found)


def _stands_alone(others: Sequence[float], widest: float, value: float, times: int, known: frozenset[float]) -> bool:
    """Whether a value lies far outside of the others, which are sorted; `widest` is the widest gap among them."""
    low, high = others[0], others[-1]
    gap, span = (low - value if value < low else value - high), high - low
    if gap > SPANS * span and (times >= LEAST_ROWS or (gap > 10 * span and abs(value) >= 999)):
        return True
    below_all = value < 0 <= low and times >= 3
    if below_all and (gap > GAPS * widest or value in BARRED):
        return True
    return value in known and times >= LEAST_ROWS and (below_all or gap > widest)
