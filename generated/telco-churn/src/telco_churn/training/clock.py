"""Wall-clock time that a search may use."""

import time
from collections.abc import Callable


class Clock:
    """Counts down from the moment it is made."""

    def __init__(self, seconds: float) -> None:
        self.started = time.monotonic()
        self.seconds = seconds

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds to go; negative when time is over."""
        return self.seconds - self.spent

    def within(self, seconds: float) -> Callable[[], bool]:
        """A question that turns True once `seconds` from now, or all the time, are over."""
        end = min(time.monotonic() + seconds, self.started + self.seconds)
        return lambda: time.monotonic() >= end
