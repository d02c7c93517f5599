"""Drift bars: from when on a difference is neither chance nor the data's usual motion."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import TYPE_CHECKING, Literal

import scipy

from agent_graph.artifacts import ColumnProfile, Decision, DriftBar
from agent_graph.profiling.labels import unlabelled

if TYPE_CHECKING:
    from agent_graph.roles.observability.inputs import ObservabilityInputs

MODERATE_PSI = 0.1  # "some change" in credit scoring (Siddiqi 2006); 0.25 is "major"
STRONG = 2.5  # times the bar: with it one column alone is an alarm
MODERATE_KS = 0.1
NUMBER_BINS = 10
MOST_LEVELS = 30
ROWS_PER_CELL = 5  # expected in the smallest window, below it the chi-squared approximation fails
FALSE_ALARMS = 0.01
INTRACLASS = 0.5  # how alike two rows of a group are taken to be
LARGEST_DESIGN_EFFECT = 20.0
FEWEST = 30  # rows of a window: below, nothing is told apart whatever happens
NEWEST_ROWS = 2_000  # at least so many make a reference, if there are as many

WATCHED: dict[str, Literal["number", "category", "text"]] = {
    "number": "number", "code": "category", "category": "category", "high_cardinality": "category",
    "boolean": "category", "text": "text",
}  # fmt: skip


@dataclass(frozen=True)
class DriftPlan:
    """Bars and sizes of the drift watch, with their reasons."""

    bars: tuple[DriftBar, ...]
    window: int
    minimum: int
    reference_share: float
    false_alarm_rate: float
    design_effect: float
    alarm_columns: int
    strength: float


@dataclass(frozen=True)
class _Sampling:
    """Sizes of reference and window in independent rows, and the false alarm level of one statistic."""

    reference: float
    window: float
    level: float

    @property
    def variance(self) -> float:
        return 1 / self.reference + 1 / self.window

    def psi(self, cells: int) -> float:
        """PSI that two clean samples exceed with probability `level`: (1/n + 1/m) times chi-squared."""
        return float(scipy.stats.chi2.isf(self.level, max(cells - 1, 1))) * self.variance

    def ks(self) -> float:
        """The same for the Kolmogorov-Smirnov distance (Smirnov's bound)."""
        return sqrt(-log(self.level / 2) / 2 * self.variance)


def drift_plan(inputs: ObservabilityInputs) -> DriftPlan:
    """The drift watch for the columns that the model sees."""
    columns = watched(inputs)
    target = inputs.problem.target
    labelled = 1 - unlabelled(target, inputs.profile.column(target.column))  # a model is trained on no others
    rows = max(1, round(inputs.profile.main.rows * labelled))
    share = _reference_share(inputs, rows)
    reference = max(1, round(rows * share))
    effect = design_effect(inputs)
    rate = FALSE_ALARMS / 10 if inputs.failed("clean_raises_no_alarm") else FALSE_ALARMS
    level = rate / (3 * (len(columns) + 1))
    minimum, window = _window(reference, effect, level)
    sampling = _Sampling(reference / effect, window / effect, level)
    strength = 1.5 if inputs.failed("drift_detected") else STRONG
    bars = tuple(_bar(inputs, profile, name, sampling, minimum) for name, profile in columns)
    alarm_columns = min(max(2, ceil(len(bars) / 10)), len(bars))
    return DriftPlan(bars, window, minimum, share, rate, effect, alarm_columns, strength)


def watched(inputs: ObservabilityInputs) -> list[tuple[str, ColumnProfile]]:
    """Columns that the model sees and whose distribution may be compared; times always move, so they aren't."""
    used = inputs.features.columns_used
    kept = {column.name for column in inputs.data.columns} & used - set(inputs.problem.used("time"))
    found = [(role.name, inputs.profile.column(role.name)) for role in inputs.problem.columns if role.name in kept]
    return [(name, profile) for name, profile in found if profile.kind in WATCHED]


def design_effect(inputs: ObservabilityInputs) -> float:
    """Rows that carry the evidence of one, because rows of a group resemble each other (Kish 1965)."""
    split = inputs.problem.split
    if split.kind != "group":
        return 1.0
    groups = max((inputs.profile.column(name).distinct for name in split.columns), default=1)
    size = inputs.profile.main.rows / max(groups, 1)
    return round(min(LARGEST_DESIGN_EFFECT, 1 + max(size - 1, 0) * INTRACLASS), 2)


def _reference_share(inputs: ObservabilityInputs, rows: int) -> float:
    """Newest share of the rows that stands for "now"."""
    if inputs.problem.split.kind != "time":
        return 1.0
    return round(min(1.0, max(inputs.features.validation_share, NEWEST_ROWS / rows)), 3)


def _window(reference: int, effect: float, level: float) -> tuple[int, int]:
    """Smallest window in which a major shift (PSI 0.25) stands out from chance, and the usual one."""
    quantile = float(scipy.stats.chi2.isf(level, NUMBER_BINS - 1)) * effect
    room = MODERATE_PSI * STRONG - quantile / reference
    needed = ceil(quantile / room) if room > 0 else reference
    minimum = max(FEWEST, min(max(100, needed), reference))
    return minimum, max(minimum, min(5_000, reference // 5))


def _bar(inputs: ObservabilityInputs, profile: ColumnProfile, name: str, sampling: _Sampling, minimum: int) -> DriftBar:
    """Bars of one column: the largest of what matters, what chance does, and what the column always did."""
    kind = WATCHED[profile.kind]
    bins = _bins(profile, kind, minimum)
    others = kind == "category" and profile.distinct > bins  # rarer levels share a cell, and so do missing values
    noise = sampling.psi(bins + others + (profile.missing > 0))
    habit = 1.5 * next((drift.psi for drift in inputs.profile.drift if drift.column == name), 0.0)
    matters = MODERATE_PSI / 2 if inputs.failed("drift_detected") else MODERATE_PSI
    psi, ground = max((matters, "a moderate shift"), (noise, "sampling noise"), (habit, "its motion in the past"))
    numeric = kind in ("number", "text")
    return DriftBar(
        column=name,
        kind=kind,
        bins=bins,
        psi=round(psi, 4),
        ks=round(max(MODERATE_KS, sampling.ks()), 4) if numeric else 1.0,
        unseen={"number": 1.0, "category": 0.05 if profile.kind == "high_cardinality" else 0.01, "text": 0.05}[kind],
        missing=0.02 if profile.missing == 0 else 0.05,
        why=f"PSI bar {psi:.3f} from {ground}; noise {noise:.3f} with {bins} bins, motion in the past {habit:.3f}",
    )


def _bins(profile: ColumnProfile, kind: str, minimum: int) -> int:
    """Quantile bins of a number; levels frequent enough to be counted in the smallest window."""
    if kind == "number":
        return max(2, min(NUMBER_BINS, profile.distinct))
    if kind == "text":
        return NUMBER_BINS
    frequent = sum(level.share * minimum >= ROWS_PER_CELL for level in profile.levels)
    return max(1, min(MOST_LEVELS, frequent))


def explained(inputs: ObservabilityInputs, plan: DriftPlan) -> tuple[Decision, ...]:
    """The plan's decisions with their reasons in plain words."""
    bars = plan.bars
    noisy = sum(bar.psi > MODERATE_PSI for bar in bars)
    alarm = f"alarm from {plan.alarm_columns} columns, or one at {plan.strength:g} times its bar"
    decisions = [
        Decision(
            what="drift bars",
            choice=f"PSI {MODERATE_PSI} or more for each of {len(bars)} columns; {noisy} of them higher",
            why="a bar is the largest of a moderate shift, 1.5 times the column's motion in the past, and chance",
        ),
        Decision(
            what="family-wise false alarms",
            choice=f"{plan.false_alarm_rate:.1%} of clean windows, over all columns; {alarm}",
            why=f"with {3 * (len(bars) + 1)} statistics a window, judging each at 5 % would cry wolf daily",
        ),
        Decision(
            what="window",
            choice=f"{plan.window} rows, never fewer than {plan.minimum}",
            why=f"PSI noise is about (bins - 1)(1/n + 1/m): below {plan.minimum} rows a major shift could be chance",
        ),
    ]
    if plan.reference_share < 1:
        why = "the data move with time, so the whole history would make every new window look drifted"
        decisions.append(Decision(what="reference", choice=f"newest {plan.reference_share:.0%} of the rows", why=why))
    if plan.design_effect > 1:
        why = f"rows of one group ({', '.join(inputs.problem.split.columns)}) resemble each other"
        decisions.append(Decision(what="design effect", choice=f"{plan.design_effect:g} rows count for one", why=why))
    skipped = [role.name for role in inputs.problem.features if inputs.profile.column(role.name).kind == "datetime"]
    skipped += [name for name in inputs.problem.used("time") if name in inputs.features.columns_used]
    if skipped:
        why = "a clock always moves; freshness is held by the data rules instead"
        decisions.append(Decision(what="columns not watched", choice=", ".join(skipped), why=why))
    return tuple(decisions)
