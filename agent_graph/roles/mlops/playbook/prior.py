"""What is known of the answer without any model: class shares, the median, and buckets for its histogram."""

from __future__ import annotations

from itertools import pairwise

from agent_graph.artifacts import QUANTILES, ColumnProfile, Problem, Profile
from agent_graph.artifacts.deployment_design import ClassPrior
from agent_graph.profiling.labels import unlabelled

PROBABILITY_BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def class_prior(problem: Problem, profile: Profile) -> tuple[ClassPrior, ...]:
    """Shares of the classes among labelled rows, as the target rule makes them; uniform where the profile can't say."""
    classes = problem.target.classes
    if not classes:
        return ()
    raw = _shares(problem, profile.column(problem.target.column))
    total = sum(raw)
    shares = [share / total for share in raw] if total > 0 else [1 / len(classes)] * len(classes)
    rounded = [round(share, 6) for share in shares]
    largest = max(range(len(rounded)), key=rounded.__getitem__)
    rounded[largest] = round(1 - sum(rounded[:largest] + rounded[largest + 1 :]), 6)
    return tuple(ClassPrior(label=label, share=share) for label, share in zip(classes, rounded, strict=True))


def _shares(problem: Problem, target: ColumnProfile) -> list[float]:
    known = 1 - unlabelled(problem.target, target)
    if problem.target.rule == "as_is":
        levels = {level.value.strip().lower(): level.share for level in target.levels}
        return [levels.get(label.strip().lower(), 0.0) for label in problem.target.classes]
    if problem.target.rule in ("above", "below"):
        above = _share_above(target, problem.target.threshold or 0.0) * known
        return [known - above, above] if problem.target.rule == "above" else [above, known - above]
    named = sum(level.share for level in target.levels if level.value in problem.target.values)
    return [named, known - named] if problem.target.rule == "other_than" else [known - named, named]


def _share_above(target: ColumnProfile, threshold: float) -> float:
    """Share of values above the threshold, from the quantiles (linear between them)."""
    points = [target.minimum or 0.0, *target.quantiles, target.maximum or 0.0]
    ranks = [0.0, *QUANTILES[: len(target.quantiles)], 1.0]
    if threshold < points[0]:
        return 1.0
    for (low, high), (start, end) in zip(pairwise(points), pairwise(ranks), strict=True):
        if low <= threshold < high:
            return 1 - (start + (end - start) * (threshold - low) / (high - low))
    return 0.0


def value_prior(problem: Problem, profile: Profile) -> float | None:
    """The median of a numeric target; None for classes."""
    if problem.target.classes:
        return None
    target = profile.column(problem.target.column)
    return target.quantiles[3] if len(target.quantiles) == len(QUANTILES) else (target.mean or 0.0)


def value_buckets(problem: Problem, profile: Profile) -> tuple[float, ...]:
    """Upper bounds for the histogram of predictions: tenths for probabilities, the target's quantiles for numbers."""
    if problem.target.classes:
        return PROBABILITY_BUCKETS
    target = profile.column(problem.target.column)
    ends = [value for value in (target.minimum, *target.quantiles, target.maximum) if value is not None]
    bounds = sorted({float(f"{value:.6g}") for value in ends})
    return tuple(bounds) or (0.0,)
