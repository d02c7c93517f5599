"""What a kind of problem is, as data: what is true of its answers. What to do about that is the roles' to say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts.problem import Problem, Target
from agent_graph.artifacts.profile import ColumnProfile, Profile
from agent_graph.errors import NotBuiltYet

if TYPE_CHECKING:
    from scipy import sparse

Numbers = NDArray[np.float64]  # (n, K) shares in the order of the classes, or (n,) numbers
Truth = NDArray[np.generic]  # (n,) positions of classes, or numbers on the original scale
Truths = Literal[
    "value",     # it stands in one column
    "series",    # it stands in one column, as the later ones of a series
    "duration",  # in two: how long it took, and whether it happened yet
    "order",     # which row came first
    "none",      # nothing
]  # fmt: skip


Effect = Literal[
    "rate",         # how often what is looked for happens
    "corrections",  # how often an answer has to be put right
    "error",        # how far off it is
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
    typical: bool = False  # a median does best in it: its total is another than the mean's

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
    otherwise: bool = False  # counts only where nothing else is claimed


@dataclass(frozen=True)
class Said:
    """What a statement says beside a column that might hold the answer."""

    text: str
    wish: str = ""  # the part that asks
    likely: bool = False  # it asks whether something happens
    told: tuple[str, ...] = ()  # values of the column that it names
    usual: str | None = None  # the value that says that nothing happened, where the column has one


def unbuilt(*_: Any) -> Any:
    """Of a kind that isn't built: nothing works with its answers."""
    raise NotBuiltYet("nothing is known of this kind's answers")


class InvalidPredictions(ValueError):
    """A predictions file isn't what it must be; the message says which line of the contract is broken."""


def finite(table: pl.DataFrame, name: str) -> Numbers:
    """A column of a predictions file, texts, as numbers; InvalidPredictions where one isn't finite."""
    numbers = table[name].cast(pl.Float64, strict=False).to_numpy()
    bad = np.flatnonzero(~np.isfinite(numbers.astype(np.float64)))
    if len(bad):
        raise InvalidPredictions(f"{name} isn't a finite number in {len(bad):,} rows, first in line {bad[0] + 2}")
    return numbers.astype(np.float64)


def _no_claim(column: ColumnProfile, said: Said) -> Claim | None:
    return None


def _no_misfit(column: ColumnProfile) -> str:
    return ""


@dataclass(frozen=True)
class AnswerColumn:
    """Which column can hold its answer, and what the answers are then."""

    takes: tuple[str, ...] = ()  # shapes of columns whose values are answers as they stand, whatever is said
    claim: Callable[[ColumnProfile, Said], Claim | None] = _no_claim  # that it is asked of such a column
    misfit: Callable[[ColumnProfile], str] = _no_misfit  # "needs …: choose another": why its values can't be; "" if so
    classes: Callable[[ColumnProfile, str | None], tuple[str, ...]] = unbuilt  # the second: what is looked for


@dataclass(frozen=True)
class Signal:
    """How answers of any scale are compared with the truth, to tell a signal from chance by permuting the labels."""

    name: str
    fair: float  # above chance: weak signals are worth building on, too
    ranked: Callable[[Target, Truth, Numbers], tuple[Truth, Numbers]]  # labels and columns of answers, made comparable
    score: Callable[[Truth, Numbers], float]


@dataclass(frozen=True)
class Shape:
    """What an answer is: the one contract of labels, a predictions file, and what is compared of them."""

    name: str
    folder: Path  # its templates: `files/<role>` are laid over every project, `joints` are pieces of shared files
    label: Callable[[Target], pl.Expr]  # `label`, of the raw column: text for classes, float for numbers, else missing
    outputs: Callable[[Target], list[pl.Expr]]  # the same as floats `y0`, `y1` …
    truth: Callable[[pl.Series, Target], Truth]  # labels as answers are compared with them
    columns: Callable[[Target], tuple[str, ...]]  # of a predictions file, beside `row`
    read: Callable[[pl.DataFrame, Target], Numbers]  # a file of texts; InvalidPredictions where a line isn't sound
    dummy: Callable[[Problem, Truth, int], Numbers]  # the best answer to so many rows that doesn't look at them
    signal: Signal
    strata: bool  # rows can be parted by their labels, each part in its share


@dataclass(frozen=True)
class Plain:
    """A plain model that any other must beat. `fit`: rows, their truth, the rows asked about → answers to these."""

    name: str
    fit: Callable[[Problem, sparse.csr_matrix, Truth, sparse.csr_matrix], Numbers]


@dataclass(frozen=True)
class Honesty:
    """How far answers are from meaning what they say."""

    words: str  # what `error` measures
    error: float  # 0 where they do; NaN where these rows can't tell
    chance: float  # how large it may grow over so many rows by chance alone


@dataclass(frozen=True)
class Calibration:
    """When answers mean what they say, and what makes them."""

    error: Callable[[Truth, Numbers], float]  # on the whole
    measured: Callable[[Problem, Truth, Numbers], Honesty]  # the same, or what counts where the problem is judged so
    by: str  # the method that mends it
    why: str
    always: bool  # answers that don't are of little use; else only where totals are said to matter


@dataclass(frozen=True)
class Training:
    """What estimators can learn of it."""

    loss: Callable[[str], tuple[str, str]]  # what to make small where answers are judged by that metric, and why
    losses: tuple[str, ...]  # that may be made small
    penalty: str  # name of the linear estimator's parameter
    transforms: tuple[str, ...] = ("none",)  # of the target


@dataclass(frozen=True)
class Watching:
    """What is seen of answers whose truth isn't known yet."""

    name: str  # of the number that whoever uses them would ask for
    kpi: str  # which sort that is
    why: str
    kpis: tuple[str, ...]  # all sorts that can be had
    shift: Literal["share", "deviations"]  # how far answers moved: rows that change class, standard deviations
    value: str  # the number of an answer whose histogram a service keeps


NOWHERE = Path(__file__).parent / "kinds" / "-"  # a folder that isn't there
NO_SHAPE = Shape(
    "", NOWHERE, unbuilt, unbuilt, unbuilt, unbuilt, unbuilt, unbuilt, Signal("", 0.0, unbuilt, unbuilt), strata=False
)


@dataclass(frozen=True)
class Kind:
    """A kind of problem: how it is told from others, and what is true of what it answers."""

    name: str  # of --task, and in the report
    line: str  # what is asked, as "… is <name>" begins
    many: str  # several of its problems, as the line on what isn't built begins
    truth: Truths = "value"  # what past rows tell of the answer
    numeric: bool = False  # its answers are numbers, so is what they are learnt from
    event: bool = False  # one of two values is the one that is looked for
    asked: Callable[[str, Profile], bool] = _never  # that words and data together ask it, whatever the scorer weighs
    built: bool = True  # False: it is read and named, and the run ends with one clear line
    remedy: str = ""  # not built: what can be asked instead
    folder: Path = NOWHERE  # templates of its own, laid over its shape's
    metrics: tuple[Metric, ...] = ()  # by which it may be judged; the first where nothing speaks for another
    beside: tuple[Metric, ...] = ()  # more that can be computed of its answers
    column: AnswerColumn = AnswerColumn()
    shape: Shape = NO_SHAPE
    plain: Plain = Plain("", unbuilt)
    calibration: Calibration = Calibration(unbuilt, unbuilt, "none", "", always=False)
    training: Training = Training(unbuilt, (), "")
    watching: Watching = Watching("", "", "", (), "deviations", "")
    effect: Effect = "error"  # what an experiment with its users would measure
    bins: Callable[[Truth, Numbers], tuple[Numbers, Numbers]] = unbuilt  # what was said and what came, for a picture
    counts: bool = False  # answers are numbers of things: they add up
    judged: Callable[[str, ColumnProfile], Claim] = unbuilt  # by which metric, where a statement names none
    origin: str = ""  # package and version that bring it; "" is built in

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
