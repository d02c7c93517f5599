"""The part of PromQL that alerting rules need, evaluated, so that their tests run where promtool isn't installed.

Source of the semantics: prometheus.io/docs/prometheus/latest/querying, and `promql/functions.go` for how a rate is
carried on to the edges of its range. What isn't known here is an UnsupportedError, never a guess.
"""

from __future__ import annotations

import math
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import promql_parser

from agent_graph.options.monitoring.prometheus.promql_functions import (
    AGGREGATES,
    ARITHMETIC,
    COMPARISONS,
    RANGED,
    Labels,
    quantiles,
)

LOOK_BACK_S = 300.0
Vector = dict[Labels, float]
Value = float | Vector


class UnsupportedError(ValueError):
    """A function or a form of expression that isn't evaluated here."""


@dataclass(frozen=True)
class Series:
    """One time series: labels (with `__name__`), and (seconds, value) in the order of time."""

    labels: dict[str, str]
    samples: tuple[tuple[float, float], ...]


def evaluate(text: str, series: Sequence[Series], at: float) -> Value:
    """The value of an expression at a moment; ValueError when it is no PromQL, UnsupportedError when not known here."""
    return _value(promql_parser.parse(text), series, at)


def _value(node: Any, series: Sequence[Series], at: float) -> Value:
    match node:
        case promql_parser.NumberLiteral():
            return float(node.val)
        case promql_parser.ParenExpr():
            return _value(node.expr, series, at)
        case promql_parser.UnaryExpr():
            return _mapped(operator.neg, _value(node.expr, series, at))
        case promql_parser.VectorSelector():
            return _instant(node, series, at)
        case promql_parser.AggregateExpr():
            return _aggregate(node, _vector(node.expr, series, at))
        case promql_parser.BinaryExpr():
            return _binary(node, _value(node.lhs, series, at), _value(node.rhs, series, at))
        case promql_parser.Call():
            return _call(node, series, at)
    raise UnsupportedError(f"{type(node).__name__} is not evaluated here")


def _vector(node: Any, series: Sequence[Series], at: float) -> Vector:
    found = _value(node, series, at)
    if not isinstance(found, dict):
        raise UnsupportedError("a number stands where a vector must")
    return found


def _number(node: Any, series: Sequence[Series], at: float) -> float:
    found = _value(node, series, at)
    if isinstance(found, dict):
        raise UnsupportedError("a vector stands where a number must")
    return found


def _mapped(change: Callable[[float], float], value: Value) -> Value:
    return {_unnamed(labels): change(v) for labels, v in value.items()} if isinstance(value, dict) else change(value)


def _unnamed(labels: Labels) -> Labels:
    return frozenset(item for item in labels if item[0] != "__name__")


def _chosen(selector: Any, series: Sequence[Series]) -> list[Series]:
    if selector.at is not None or selector.matchers.or_matchers:
        raise UnsupportedError("`@` and `or` in a selector are not evaluated here")
    found = [each for each in series if selector.name in (None, each.labels.get("__name__"))]
    for matcher in selector.matchers.matchers:
        kind, wanted = str(matcher.op).rpartition(".")[2], matcher.value
        found = [each for each in found if _fits(kind, wanted, each.labels.get(matcher.name, ""))]
    return found


def _fits(kind: str, wanted: str, text: str) -> bool:
    same = re.fullmatch(wanted, text) is not None if kind in ("Re", "NotRe") else text == wanted
    return same == (kind in ("Re", "Equal"))


def _instant(selector: Any, series: Sequence[Series], at: float) -> Vector:
    """The last sample of each series, unless it is too old."""
    at -= selector.offset.total_seconds() if selector.offset else 0.0
    found: Vector = {}
    for each in _chosen(selector, series):
        known = [value for time, value in each.samples if at - LOOK_BACK_S < time <= at]
        if known:
            found[frozenset(each.labels.items())] = known[-1]
    return found


def _over(node: Any, series: Sequence[Series], at: float, change: Callable[..., float | None]) -> Vector:
    """`change(samples, start, end)` of each series' samples in the range."""
    if not isinstance(node, promql_parser.MatrixSelector):
        raise UnsupportedError("subqueries are not evaluated here")
    selector, span = node.vector_selector, node.range.total_seconds()
    at -= selector.offset.total_seconds() if selector.offset else 0.0
    found: Vector = {}
    for each in _chosen(selector, series):
        inside = [(time, value) for time, value in each.samples if at - span < time <= at]
        value = change(inside, at - span, at) if inside else None
        if value is not None:
            found[_unnamed(frozenset(each.labels.items()))] = value
    return found


def _call(node: Any, series: Sequence[Series], at: float) -> Value:
    name, given = node.func.name, node.args
    if name in RANGED:
        return _over(given[0], series, at, RANGED[name])
    if name == "time":
        return at
    if name == "abs":
        return _mapped(abs, _value(given[0], series, at))
    if name == "vector":
        value = _value(given[0], series, at)
        return {frozenset(): value} if isinstance(value, float) else value
    if name == "scalar":
        values = [*_vector(given[0], series, at).values()]
        return values[0] if len(values) == 1 else math.nan
    if name == "absent":
        return {} if _vector(given[0], series, at) else {frozenset(): 1.0}
    if name == "histogram_quantile":
        return quantiles(_number(given[0], series, at), _vector(given[1], series, at))
    raise UnsupportedError(f"{name}() is not evaluated here")


def _aggregate(node: Any, vector: Vector) -> Vector:
    if str(node.op) not in AGGREGATES:
        raise UnsupportedError(f"{node.op}() is not evaluated here")
    chosen = node.modifier
    by = chosen is None or str(chosen.type).endswith("By")
    names = set(chosen.labels) if chosen else set()
    groups: dict[Labels, list[float]] = defaultdict(list)
    for labels, value in vector.items():
        groups[frozenset(item for item in _unnamed(labels) if (item[0] in names) == by)].append(value)
    return {labels: AGGREGATES[str(node.op)](values) for labels, values in groups.items()}


def _binary(node: Any, left: Value, right: Value) -> Value:
    name = str(node.op)
    if node.modifier is not None and not str(node.modifier.card).endswith(("OneToOne", "ManyToMany")):
        raise UnsupportedError("group_left and group_right are not evaluated here")
    key = _matching(node.modifier)
    if name in ("and", "or", "unless"):
        return _set_operation(name, left, right, key)
    flag = node.modifier is not None and node.modifier.return_bool
    if not isinstance(left, dict) and not isinstance(right, dict):
        return float(COMPARISONS[name](left, right)) if name in COMPARISONS else ARITHMETIC[name](left, right)
    found: Vector = {}
    for labels, one, other in _pairs(left, right, key):
        if name in ARITHMETIC:
            found[_unnamed(labels)] = ARITHMETIC[name](one, other)
        elif flag:
            found[_unnamed(labels)] = float(COMPARISONS[name](one, other))
        elif COMPARISONS[name](one, other):
            found[labels] = one if isinstance(left, dict) else other
    return found


def _matching(modifier: Any) -> Callable[[Labels], Labels]:
    matching = modifier.matching if modifier is not None else None
    if matching is None:
        return _unnamed
    names, on = set(matching.labels), str(matching.type).endswith("Include")
    return lambda labels: frozenset(item for item in _unnamed(labels) if (item[0] in names) == on)


def _pairs(left: Value, right: Value, key: Callable[[Labels], Labels]) -> list[tuple[Labels, float, float]]:
    """What is compared or calculated with each other, and the labels of the outcome."""
    if not isinstance(left, dict):
        return [(labels, left, value) for labels, value in right.items()] if isinstance(right, dict) else []
    if not isinstance(right, dict):
        return [(labels, value, right) for labels, value in left.items()]
    others = {key(labels): value for labels, value in right.items()}
    return [(labels, value, others[key(labels)]) for labels, value in left.items() if key(labels) in others]


def _set_operation(name: str, left: Value, right: Value, key: Callable[[Labels], Labels]) -> Vector:
    if not isinstance(left, dict) or not isinstance(right, dict):
        raise UnsupportedError(f"`{name}` joins vectors")
    ours, theirs = {key(labels) for labels in left}, {key(labels) for labels in right}
    if name == "or":
        return left | {labels: value for labels, value in right.items() if key(labels) not in ours}
    return {labels: value for labels, value in left.items() if (key(labels) in theirs) == (name == "and")}
