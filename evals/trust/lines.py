"""What one part of the measurement came to: lines of one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

Say = Callable[[str], None]  # hears what is going on
Verdict = Literal["passed", "failed", "not checked"]


@dataclass
class Line:
    """One row: `held` of `of` attempts ended as they have to; `faults` names the others.

    `needed` is the share that has to hold (1.0: all of them). A line of no attempts is never passed: it is
    "not checked" when `reason` says why, and failed otherwise. A fault beyond the attempts that didn't hold, as of a
    worker that broke when all were made, fails the line whatever its share.
    """

    part: str
    what: str
    needed: float = 1.0
    held: int = 0
    of: int = 0
    faults: list[str] = field(default_factory=list)
    reason: str = ""
    figures: str = ""  # what else was measured, in words
    seconds: float = 0.0

    def saw(self, name: str, fault: str | None) -> None:
        """One attempt: `fault` is None when it ended as it has to."""
        self.of += 1
        if fault is None:
            self.held += 1
        else:
            self.faults.append(f"{name}: {fault}")

    @property
    def verdict(self) -> Verdict:
        if len(self.faults) > self.of - self.held:
            return "failed"
        if self.of == 0:
            return "not checked" if self.reason else "failed"
        return "passed" if self.held >= self.needed * self.of else "failed"


@contextmanager
def timed(line: Line) -> Iterator[Line]:
    """Adds the time that the block takes, in seconds."""
    started = monotonic()
    try:
        yield line
    finally:
        line.seconds += monotonic() - started
