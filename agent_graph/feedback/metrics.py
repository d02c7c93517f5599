"""Wishes about metrics: the one that judges, those beside it, and the bars that must be passed."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import HIGHER_IS_BETTER, FeatureDesign, Metric, Task, Threshold, Wish
from agent_graph.feedback.amounts import amounts, comparison, meets, number
from agent_graph.feedback.kinds import Clause, Finding, Kind, Reading, Refused
from agent_graph.feedback.wording import left_over, without
from agent_graph.profiling.names import lexicon

GAIN = "gain_over_baseline"
FITS: dict[Task, tuple[Metric, ...]] = {
    "binary": ("roc_auc", "log_loss", "pr_auc", "accuracy", "f1"),
    "multiclass": ("log_loss", "f1_macro", "accuracy"),
    "regression": ("rmse", "mae", "r2", "rmsle", "mape"),
    "count": ("poisson_deviance", "rmse", "mae", "rmsle", "r2"),
}
NAMED: tuple[tuple[str, Metric], ...] = (
    (r"\b(roc[ _-]?)?auc\b|area under the roc", "roc_auc"), (r"\bpr[ _-]?auc|average precision"
    r"|precision[- ]recall", "pr_auc"),
    (r"\blog[ _-]?loss|cross[- ]entropy", "log_loss"), (r"\bmacro[ _-]?f1"
    r"|f1[ _-]?macro", "f1_macro"), (r"\bf1\b", "f1"),
    (r"\baccuracy\b|share of (correct|right)", "accuracy"), (r"\brmsle\b", "rmsle"), (r"\brmse\b"
    r"|root mean square", "rmse"),
    (r"\bmape\b", "mape"), (r"\bmae\b", "mae"), (r"\br2\b|r-squared"
    r"|r²", "r2"), (r"\bpoisson deviance", "poisson_deviance"),
)  # fmt: skip


_NAMED: tuple[tuple[str, str], ...] = (
    *NAMED,
    (r"\bgain over (?:the )?baseline\b|\bbeat(?:s|ing)? (?:the )?baseline\b|\bbetter than (?:the )?baseline\b", GAIN),
)  # fmt: skip


_JUDGE = lexicon(
    "judge judged optimise optimize optimised optimized optimising optimizing tune tuned metric score scored scoring "
    "evaluate evaluated evaluation measure measured use using maximise maximize minimise minimize select main primary "
    "objective criterion it's quality performance select selected switch"
)


_SECOND = lexicon("also report show add include secondary metric second further additional print list too extra")


def metric_in(text: str) -> tuple[str, tuple[int, int]] | None:
    """The metric that a text names, by its longest name ("PR AUC" is no "AUC"), and where."""
    found = [(match.span(), name) for pattern, name in _NAMED if (match := re.search(pattern, text, re.IGNORECASE))]
    if not found:
        return None
    span, name = max(found, key=lambda one: one[0][1] - one[0][0])
    return name, span


def _rest(text: str, span: tuple[int, int], about: frozenset[str]) -> tuple[str, ...]:
    return left_over(without(text, [span]), about)


def read_metric(clause: Clause) -> Reading | None:
    """ "judge by log loss", "optimise F1"."""
    named = metric_in(clause.text)
    if named is None or named[0] == GAIN or amounts(without(clause.text, [named[1]])):
        return None
    said = frozenset(left_over(without(clause.text, [named[1]])))
    if said - _JUDGE:
        return None
    return Reading((clause.wish("metric", (), named[0]),))


def carry_metric(design: Any, wish: Wish, inputs: Any) -> Any:
    """Nothing of a role's design: the metric is settled with the question."""
    if inputs.problem.metric != wish.value:
        fitting = FITS[inputs.problem.task]
        doubt = "" if wish.value in fitting else f", and {wish.value} doesn't judge a {inputs.problem.task} problem"
        raise Refused(f"the question was settled with {inputs.problem.metric}{doubt}: a new one begins with --metric")
    return design


def judge_metric(design: Any, wish: Wish, inputs: Any) -> Finding:
    """Whether the problem is judged by it."""
    kept = inputs.problem.metric == wish.value
    return ("followed" if kept else "not followed"), f"the problem's metric is {inputs.problem.metric}"


def read_second(clause: Clause) -> Reading | None:
    """ "also report F1"."""
    named = metric_in(clause.text)
    if (
        named is None
        or named[0] == GAIN
        or not re.search(r"\b(report|show|second\w*|add|further|print|list)\b", clause.text, re.IGNORECASE)
    ):
        return None
    return None if _rest(clause.text, named[1], _SECOND) else Reading((clause.wish("secondary_metric", (), named[0]),))


def carry_second(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The design that reports it too."""
    if judge_second(design, wish, inputs)[0] == "followed":
        return design
    return design.model_copy(update={"secondary_metrics": (*design.secondary_metrics, wish.value)})


def judge_second(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether it is among the metrics."""
    all_ = (design.metric, *design.secondary_metrics)
    return ("followed" if wish.value in all_ else "not followed"), f"reported are {', '.join(all_)}"


def read_bar(clause: Clause) -> Reading | None:
    """ "AUC at least 0.82", "beat the baseline by 5 %"."""
    named = metric_in(clause.text)
    if named is None:
        return None
    rest = without(clause.text, [named[1]])
    sign, span = comparison(rest)
    rest = without(rest, [span] if span else [])
    found = amounts(rest)
    if len(found) != 1 or left_over(
        without(rest, [found[0].span]), lexicon("threshold bar reach score sealed hold out test")
    ):
        return None
    value = found[0].in_unit("plain")
    if value is None:
        return None
    better: str = ">=" if HIGHER_IS_BETTER.get(named[0], True) else "<="
    return Reading((clause.wish("threshold", (named[0],), f"{better if sign == '=' else sign} {number(value)}"),))


def carry_bar(design: FeatureDesign, wish: Wish, inputs: Any) -> FeatureDesign:
    """The design with that bar; a metric that wasn't measured becomes a secondary one."""
    name, (sign, _, value) = wish.subjects[0], (wish.value or "").partition(" ")
    bar = Threshold(
        metric=name, direction="min" if sign == ">=" else "max", value=float(value), why="asked for in review"
    )
    kept = tuple(one for one in design.thresholds if one.metric != name)
    changed = design.model_copy(update={"thresholds": (*kept, bar)})
    if name in (GAIN, design.metric, *design.secondary_metrics):
        return changed
    return changed.model_copy(update={"secondary_metrics": (*design.secondary_metrics, name)})


def judge_bar(design: FeatureDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether a bar on that metric stands at the value or is stricter."""
    sign = (wish.value or "").partition(" ")[0]
    bars = [bar for bar in design.thresholds if bar.metric == wish.subjects[0]]
    told = ", ".join(f"{bar.direction} {number(bar.value)}" for bar in bars) or "none"
    good = any((bar.direction == "min") == (sign == ">=") and meets(bar.value, wish.value or "") for bar in bars)
    return ("followed" if good else "not followed"), f"bar on {wish.subjects[0]}: {told}, asked {wish.value}"


METRIC = Kind("metric", read_metric, carry_metric, judge_metric)
