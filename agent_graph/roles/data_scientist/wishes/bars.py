"""Wishes for metrics beside the one that judges, and for the bars that must be passed."""

from __future__ import annotations

import re
from typing import Any

from agent_graph import register
from agent_graph.artifacts import FeatureDesign, Threshold, Wish
from agent_graph.feedback.amounts import amounts, comparison, meets, number
from agent_graph.feedback.clauses import Clause, Reading
from agent_graph.feedback.metrics import GAIN, metric_in
from agent_graph.feedback.wording import left_over, without
from agent_graph.profiling.names import lexicon
from agent_graph.role import Finding

_SECOND = lexicon("also report show add include secondary metric second further additional print list too extra")


def _rest(text: str, span: tuple[int, int], about: frozenset[str]) -> tuple[str, ...]:
    return left_over(without(text, [span]), about)


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
    metric = register.metrics().get(named[0])
    better = ">=" if metric is None or metric.higher_is_better else "<="
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
