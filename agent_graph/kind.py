"""What a kind of problem is, as data: what is true of its answers. What to do about that is the roles' to say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from agent_graph.artifacts.profile import ColumnProfile, Profile
from agent_graph.errors import NotBuiltYet

Numbers = NDArray[np.float64]  # (n, K) shares in the order of the classes, or (n,) numbers
Truth = NDArray[np.generic]  # (n,) positions of classes, or numbers on the original scale
Truths = Literal[
    "value",     # it stands in one column
    "duration",  # in two: how long it took, and whether it happened yet
    "order",     # which row came first
    "none",      # nothing
]  # fmt: skip


def _for_any(column: ColumnProfile) -> bool:
    return True


def _never(text: str, profile: Profile) -> bool:
    return False


@dataclass(frozen=True)
class Metric:
    """One way to judge answers. `score` is NaN where it can't tell, such as of rows of one class only."""

    name: str
    words: str  # pattern of how people name it
    higher_is_better: bool
    score: Callable[[Truth, Numbers], float]
    fits: Callable[[ColumnProfile], bool] = _for_any  # whether it makes sense of labels such as the target's

    def named(self, text: str) -> tuple[int, int] | None:
        """Where a text names it first."""
        match = re.search(self.words, text, re.IGNORECASE)
        return None if match is None else match.span()

    def gain(self, one: float, other: float) -> float:
        """By how much `one` is better than `other`: above zero is better, whichever way the metric points."""
        return one - other if self.higher_is_better else other - one


@dataclass(frozen=True)
class Claim:
    """What speaks for a choice: how surely, why, and what else it could be."""

    choice: str
    confidence: float  # 0..1
    reason: str
    alternatives: tuple[str, ...] = ()


def unbuilt(*_: Any) -> Any:
    """Of a kind that isn't built: nothing works with its answers."""
    raise NotBuiltYet("nothing is known of this kind's answers")


@dataclass(frozen=True)
class Kind:
    """A kind of problem: how it is told from others, and what is true of what it answers."""

    name: str  # of --task, and in the report
    many: str  # several of its problems, as the line on what isn't built begins
    truth: Truths = "value"  # what past rows tell of the answer
    numeric: bool = False  # its answers are numbers, so is what they are learnt from
    event: bool = False  # one of two values is the one that is looked for
    asked: Callable[[str, Profile], bool] = _never  # that words and data together ask it, whatever the scorer weighs
    built: bool = True  # False: it is read and named, and the run ends with one clear line
    remedy: str = ""  # not built: what can be asked instead
    metrics: tuple[Metric, ...] = ()  # by which it may be judged; the first where nothing speaks for another
    beside: tuple[Metric, ...] = ()  # more that can be computed of its answers
    judged: Callable[[str, ColumnProfile], Claim] = unbuilt  # by which metric, where a statement names none

    @property
    def measured(self) -> tuple[Metric, ...]:
        """All metrics that there are for its answers."""
        return (*self.metrics, *self.beside)

    def metric(self, name: str) -> Metric:
        """The metric of that name; KeyError where there is none for these answers."""
        return {each.name: each for each in self.measured}[name]

    def judged_by(self, name: str) -> bool:
        """Whether its answers may be judged by the metric of that name."""
        return any(each.name == name for each in self.metrics)

    @property
    def refusal(self) -> str:
        """What to say where it isn't built; "" where it is."""
        if self.built:
            return ""
        return f"{self.many} aren't built yet{f': {self.remedy}' if self.remedy else OTHERWISE}"


OTHERWISE = "; ask for a column's value instead"
