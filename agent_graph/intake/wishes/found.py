"""What was found in the words: each thing with its value, the words it rests on and how sure it is."""

from __future__ import annotations

from typing import Literal

from agent_graph.artifacts.reading import Act
from agent_graph.artifacts.value import Artifact


class Found(Artifact):
    """One thing that the words ask for; `start` and `end` count characters of the statement."""

    key: str  # "orchestration", "top_k" …
    value: str
    words: str  # as they stand in the statement
    start: int
    end: int
    confidence: float


class Ahead(Artifact):
    """How far ahead is asked, as it was said; what is not said is None or ""."""

    count: float | None = None  # of `unit`
    unit: Literal["", "hour", "day", "week", "month", "quarter", "year", "season", "step"] = ""
    cadence: str = ""  # the unit that answers come in: "28 days, day by day" has "day"
    found: tuple[Found, ...] = ()


class Tested(Artifact):
    """On what it shall be tested, as it was said; `noun` names the group or the time."""

    kind: Literal["", "time", "group", "random"] = ""
    noun: str = ""
    found: tuple[Found, ...] = ()


class Wished(Artifact):
    """All that a statement wishes beside the question itself."""

    languages: tuple[str, ...] = ()  # likeliest first
    stack: tuple[Found, ...] = ()  # serving, cloud, privacy, latency_ms …; a key may stand more than once
    declined: tuple[Found, ...] = ()  # tools that are named to be left out
    act: Act = Act()
    act_found: tuple[Found, ...] = ()
    horizon: Ahead = Ahead()
    split: Tested = Tested()
    metric: tuple[Found, ...] = ()  # candidates, likeliest first
    moment: Found | None = None
    unit: Found | None = None

    def value(self, key: str) -> str | None:
        """The likeliest value of a stack wish."""
        return next((found.value for found in self.stack if found.key == key), None)
