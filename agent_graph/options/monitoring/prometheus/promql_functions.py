"""What PromQL's functions and operators make of numbers; see promql.py for how expressions are read."""

from __future__ import annotations

import math
import operator
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

Labels = frozenset[tuple[str, str]]


def increase(samples: list[tuple[float, float]], start: float, end: float) -> float | None:
    """Growth of a counter over its range, carried on to the edges as Prometheus does."""
    if len(samples) < 2:
        return None
    grown = samples[-1][1] - samples[0][1]
    grown += sum(one for (_, one), (_, two) in pairwise(samples) if two < one)
    seen = samples[-1][0] - samples[0][0]
    between = seen / (len(samples) - 1)
    before, after = samples[0][0] - start, end - samples[-1][0]
    if before >= 1.1 * between:
        before = between / 2
    if after >= 1.1 * between:
        after = between / 2
    if grown > 0 and samples[0][1] >= 0:
        before = min(before, seen * samples[0][1] / grown)
    return grown * (seen + before + after) / seen


def rate(samples: list[tuple[float, float]], start: float, end: float) -> float | None:
    grown = increase(samples, start, end)
    return None if grown is None else grown / (end - start)


RANGED: dict[str, Callable[..., float | None]] = {
    "rate": rate,
    "increase": increase,
    "max_over_time": lambda samples, *_: max(value for _, value in samples),
    "min_over_time": lambda samples, *_: min(value for _, value in samples),
    "avg_over_time": lambda samples, *_: sum(value for _, value in samples) / len(samples),
    "sum_over_time": lambda samples, *_: sum(value for _, value in samples),
    "count_over_time": lambda samples, *_: float(len(samples)),
}


def quantiles(share: float, buckets: dict[Labels, float]) -> dict[Labels, float]:
    """`histogram_quantile` of classic histograms: linear inside the bucket in which the quantile falls."""
    groups: dict[Labels, list[tuple[float, float]]] = defaultdict(list)
    for labels, count in buckets.items():
        bound = dict(labels).get("le")
        if bound is not None:
            rest = frozenset(item for item in labels if item[0] not in ("le", "__name__"))
            groups[rest].append((float(bound), count))
    return {labels: _quantile(share, sorted(found)) for labels, found in groups.items()}


def _quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    total = buckets[-1][1]
    if len(buckets) < 2 or not math.isinf(buckets[-1][0]) or total == 0:
        return math.nan
    rank = share * total
    place = next(index for index, (_, count) in enumerate(buckets) if count >= rank)
    if place == len(buckets) - 1:
        return buckets[-2][0]
    low, below = buckets[place - 1] if place else (0.0, 0.0)
    high, count = buckets[place]
    return low + (high - low) * ((rank - below) / (count - below) if count > below else 0.0)


def divided(one: float, other: float) -> float:
    """As IEEE 754 has it: nothing by nothing is no number."""
    if other:
        return one / other
    return math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one)


AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "count": lambda values: float(len(values)),
    "avg": lambda values: sum(values) / len(values),
}


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "^": operator.pow, "%": math.fmod,
    "/": divided,
}  # fmt: skip
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
