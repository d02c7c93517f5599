"""What a run tells while it goes on, as values: a terminal, a page and a program hear the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["intake", "told", "runtime", "design", "gate", "step", "check", "prove", "report"]


@dataclass(frozen=True)
class Event:
    """Something a person may want to see while it happens. `role` is "" outside the roles; "told" has to be seen."""

    stage: Stage
    role: str
    text: str
    verdict: str = ""  # for checks and finished gates
    seconds: float = 0.0
    why: str = ""  # what a check that failed was told by
    at: float = 0.0  # seconds since the epoch, once it is on record


def silent(event: Event) -> None:
    """The voice of a run that nobody watches."""
