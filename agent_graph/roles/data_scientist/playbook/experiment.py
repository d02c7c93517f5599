"""The online experiment that would show the effect, with its size computed from the problem's own numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy

from agent_graph import register
from agent_graph.artifacts import QUANTILES, AbPlan, ColumnProfile, Problem, Profile
from agent_graph.kind import Effect
from agent_graph.profiling.labels import unlabelled

ALPHA, POWER = 0.05, 0.8
WORTHWHILE = 0.1  # of the base rate or of the baseline's error: less would hardly pay for a change


def sample_size(std: float, effect: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Units per arm for a two-sided test of two means (Cohen 1988): 2 ((z(1 - alpha/2) + z(power)) std / effect)^2."""
    z = float(scipy.stats.norm.ppf(1 - alpha / 2) + scipy.stats.norm.ppf(power))
    return max(2, math.ceil(2 * (z * std / effect) ** 2))


def plan(problem: Problem, profile: Profile) -> AbPlan:
    """The experiment for this problem: a proportion for classes, the size of the error for numbers."""
    hypothesis, metric, base, std = _PLANS[register.kind_of(problem).effect](problem, profile)
    effect = WORTHWHILE * base
    size = sample_size(std, effect)
    return AbPlan(
        hypothesis=hypothesis,
        unit=problem.unit,
        primary_metric=metric,
        baseline_rate=base,
        baseline_std=std,
        minimum_effect=effect,
        alpha=ALPHA,
        power=POWER,
        sample_size_per_arm=size,
        traffic_share=min(1.0, max(0.05, math.ceil(20 * 2 * size / max(profile.main.rows, 1)) / 20)),
        guardrails=("error", "latency_ms", "complaint"),
    )


def positive_share(problem: Problem, profile: Profile) -> float | None:
    """Share of rows of the positive class as the profile's levels tell; None when they can't."""
    target = problem.target
    try:
        column = profile.column(target.column)
    except KeyError:
        return None
    known = 1 - unlabelled(target, column)
    if known <= 0:
        return None
    shares = {level.value: level.share / known for level in column.levels}
    if target.rule == "as_is":
        share = shares.get(target.classes[1])
    elif target.rule in ("one_of", "other_than"):
        inside = sum(shares.get(value, 0.0) for value in target.values)
        share = inside if target.rule == "one_of" else 1 - inside
    else:
        above = _above(column, target.threshold or 0.0)
        share = 1 - above if above is not None and target.rule == "below" else above
    return None if share is None else float(min(max(share, 0.001), 0.999))


def class_shares(problem: Problem, profile: Profile) -> tuple[float, ...] | None:
    """Share of each class; None when the profile's levels can't tell."""
    if len(problem.target.classes) == 2:
        positive = positive_share(problem, profile)
        return None if positive is None else (1 - positive, positive)
    levels = {level.value: level.share for level in profile.column(problem.target.column).levels}
    shares = [levels.get(name, 0.0) for name in problem.target.classes]
    return tuple(share / sum(shares) for share in shares) if all(shares) else None


def _above(column: ColumnProfile, threshold: float) -> float | None:
    if not column.quantiles or column.minimum is None or column.maximum is None:
        return None
    values = (column.minimum, *column.quantiles, column.maximum)
    return 1 - float(np.interp(threshold, values, (0.0, *QUANTILES, 1.0)))


def _rate(problem: Problem, profile: Profile) -> tuple[str, str, float, float]:
    rate = positive_share(problem, profile) or 0.5
    positive, unit = problem.target.classes[1], problem.unit
    chosen = f"the {problem.top_k} {unit}s ranked highest" if problem.top_k else f"the {unit}s flagged"
    hypothesis = (
        f"Acting on {chosen} by the model changes the share of {problem.target.column} = {positive} by at least "
        f"{WORTHWHILE:.0%} of its present {rate:.1%}, compared with {unit}s chosen as today."
    )
    return hypothesis, f"share of {unit}s with {problem.target.column} = {positive}", rate, math.sqrt(rate * (1 - rate))


def _corrections(problem: Problem, profile: Profile) -> tuple[str, str, float, float]:
    rate = 1 - max(class_shares(problem, profile) or (0.5,))
    hypothesis = (
        f"Showing the model's suggestion lowers the share of {problem.unit}s whose {problem.target.column} has to be "
        f"corrected by at least {WORTHWHILE:.0%} of the {rate:.1%} that the commonest class would need."
    )
    return (
        hypothesis,
        f"share of {problem.unit}s with a corrected {problem.target.column}",
        rate,
        math.sqrt(rate * (1 - rate)),
    )


def _error(problem: Problem, profile: Profile) -> tuple[str, str, float, float]:
    column = profile.column(problem.target.column)
    values = (column.minimum or 0.0, *column.quantiles, column.maximum or 0.0)
    sample = np.interp(
        (np.arange(999) + 0.5) / 999, (0.0, *QUANTILES, 1.0), values if column.quantiles else np.zeros(9)
    )
    errors = np.abs(sample - np.median(sample))
    base, std = float(errors.mean()) or 1.0, float(errors.std()) or 1.0
    hypothesis = (
        f"Deciding by the model's estimate of {problem.target.column} lowers the mean absolute error by at least "
        f"{WORTHWHILE:.0%} of the {base:.3g} that the median value for every {problem.unit} would have."
    )
    return hypothesis, f"absolute error of {problem.target.column} per {problem.unit}", base, std


_PLANS: dict[Effect, Callable[[Problem, Profile], tuple[str, str, float, float]]] = {
    "rate": _rate,
    "corrections": _corrections,
    "error": _error,
}
