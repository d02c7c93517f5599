"""When to ask a busy server again."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Clock:
    """Time and chance, exchangeable in tests."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random  # uniform in [0, 1)


@dataclass(frozen=True)
class Patience:
    """How long one question may take."""

    tries: int = 3  # answers looked at
    network_tries: int = 5  # exchanges that failed on the way
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0  # also of a server's own wish: asked to wait longer, we don't wait at all
    timeout_s: float = 600.0  # of one exchange, from the first byte sent to the last one read


def wait_for(failures: int, retry_after: float | None, patience: Patience, clock: Clock) -> float | None:
    """Seconds to wait after that many failures (1 is the first): full jitter, or what the server asks for at least.

    None when the server asks for more than we have. Full jitter: Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
    """
    ceiling = min(patience.longest_wait_s, patience.first_wait_s * 2.0 ** (failures - 1))
    jitter = clock.chance() * ceiling
    if retry_after is None:
        return jitter
    if retry_after > patience.longest_wait_s:
        return None
    return retry_after + min(jitter, 1.0)  # many clients are told the same second


def retry_after(headers: Mapping[str, str], wall: float) -> float | None:
    """Seconds that a Retry-After header asks for, as number or HTTP date; None when absent or unreadable."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - wall)
    except (ValueError, TypeError, OverflowError):
        return None
