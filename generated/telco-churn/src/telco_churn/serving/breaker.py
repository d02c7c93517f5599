"""A circuit breaker: a model that keeps failing is left alone for a while, then tried with one request."""

from __future__ import annotations

import time
from collections.abc import Callable


class CircuitBreaker:
    """Opens after `failures` errors in a row; lets one attempt through every `reset_s` seconds until it succeeds."""

    def __init__(self, failures: int, reset_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._failures = failures
        self._reset_s = reset_s
        self._clock = clock
        self._in_a_row = 0
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        """Whether requests are kept away."""
        return self._in_a_row >= self._failures

    def allows(self) -> bool:
        """Whether this request may try the model."""
        if not self.is_open:
            return True
        if self._clock() < self._next_try:
            return False
        self._next_try = self._clock() + self._reset_s  # only one request probes at a time
        return True

    def succeeded(self) -> None:
        """The model answered: back to normal."""
        self._in_a_row = 0

    def failed(self) -> None:
        """The model raised or ran out of time."""
        self._in_a_row += 1
        if self.is_open:
            self._next_try = self._clock() + self._reset_s
