"""Seconds of a call, once or as the median of several."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def timed(way: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    started = time.perf_counter()
    way()
    return time.perf_counter() - started


def median(way: Callable[[], object], count: int) -> float:
    """Median seconds of `count` calls."""
    return statistics.median(timed(way) for _ in range(count))
