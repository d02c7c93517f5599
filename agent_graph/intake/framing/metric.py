"""By what the answers are judged, and the wishes that go with it: range, top k, totals."""

from __future__ import annotations

import re

from agent_graph import register
from agent_graph.artifacts import Assumption, ColumnProfile, Metric, Problem, Specification, Task
from agent_graph.errors import BadInput
from agent_graph.intake.framing.statement import Statement
from agent_graph.kind import Kind

SAID = 0.9  # as sure as a choice is that the words speak of
TOP_K = (
    r"\b(?:the|our|top|first|best|worst|only)\s+(\d[\d,]*)\s+(?:\w+\s+){0,3}?(?:most|at risk|likeliest"
    r"|riskiest|highest|with the)",
    r"\btop[- ](\d[\d,]*)\b(?!\s*(?:%|percent))", r"\b(\d[\d,]*)\s+(?:\w+\s+){0,2}?(?:most at risk"
    r"|likeliest|riskiest|most likely)",
    r"(?:can|could|able to|capacity to)\s+(?:only\s+)?(?:call|visit|check|inspect|contact|review"
    r"|audit)\s+(?:about\s+)?(\d[\d,]*)",
)  # fmt: skip


def settle_metric(
    specification: Specification, task: Task, column: ColumnProfile, statement: Statement
) -> tuple[Metric, tuple[Metric, ...], Assumption]:
    """The metric, two to four secondary ones, and how sure; BadInput when the one given doesn't fit."""
    kind = register.kind(task)
    if specification.metric is not None:
        if fault := metric_misfit(specification.metric, kind, column):
            raise BadInput(fault)
        metric, sure, reason = specification.metric, 1.0, "given"
    elif named := _named(kind, column, statement.text):
        metric, sure, reason = named, 0.97, "the statement names it"
    else:
        claim = kind.judged(statement.text, column)
        metric, sure, reason = claim.choice, claim.confidence, claim.reason
        if sure < SAID and wants_totals(statement) and kind.metric(metric).typical:
            metric, reason = _adding_up(kind, column, metric), "totals matter, and only means add up to them"
    second = tuple(each.name for each in kind.metrics if each.name != metric and each.fits(column))[:3]
    return (
        metric,
        second,
        Assumption(topic="metric", choice=metric, confidence=sure, reason=reason, alternatives=second),
    )


def metric_misfit(metric: str, kind: Kind, column: ColumnProfile) -> str:
    """Why answers of that kind, of that column, can't be judged by a metric; "" where they can."""
    if not kind.judged_by(metric):
        fitting = ", ".join(each.name for each in kind.metrics)
        return f"metric {metric!r} doesn't fit a {kind.name} problem: choose one of {fitting}"
    if metric == "rmsle" and (column.minimum or 0) < 0:
        return f"metric 'rmsle' needs a target without negative values, {column.name!r} has some: choose rmse or mae"
    return ""


def with_metric(problem: Problem, metric: str) -> Problem | None:
    """The same question judged by another metric, the former one beside it; None when it doesn't fit the task."""
    if not register.kind_of(problem).judged_by(metric):
        return None
    others = dict.fromkeys((problem.metric, *problem.secondary_metrics))
    secondary = tuple(name for name in others if name != metric)
    return problem.model_copy(update={"metric": metric, "secondary_metrics": secondary})


def _named(kind: Kind, column: ColumnProfile, text: str) -> str | None:
    """The metric that a text names first, by its longest name ("PR AUC" is no "AUC"), of those that may judge."""
    spans = {each.name: each.named(text) for each in kind.metrics if each.fits(column)}
    found = {name: span for name, span in spans.items() if span is not None}
    return min(found, key=lambda name: (found[name][0], -found[name][1]), default=None)


def wants_interval(statement: Statement) -> bool:
    """Whether a range is asked for, not only one number."""
    return statement.says(
        r"\b(a|the|with|give|need|want)\s+(\w+\s+)?(range|interval|band|error bars?|upper and lower"
        r"|low and high|uncertainty)\b"
        r"|\brange, not only|confidence (interval|band)|how (sure|certain) (it|you|we|the)|prediction interval"
        r"|from[- ]to"
    )  # fmt: skip


def _adding_up(kind: Kind, column: ColumnProfile, metric: Metric) -> Metric:
    """The kind's first metric that a mean does best in."""
    return next((each.name for each in kind.metrics if not each.typical and each.fits(column)), metric)


def totals_hold(statement: Statement, task: Task, metric: Metric) -> bool:
    """Whether totals are held to: not where a metric was asked for in which a median does best, whose total differs."""
    return wants_totals(statement) and not register.kind(task).metric(metric).typical


def wants_totals(statement: Statement) -> bool:
    """Whether the sum of the predictions must agree with the sum of what happens."""
    return statement.says(
        r"\btotals?\b[^.]{0,30}\b(matter|right|agree|correct|add up)|add up|should average|budget for the"
        r"|calibrated|reserves?\b"
    )


def top_k(statement: Statement, rows: int) -> int | None:
    """How many of the highest scores will be acted on, when the statement says so."""
    for pattern in TOP_K:
        for match in re.finditer(pattern, statement.text, re.IGNORECASE):
            value = int(match.group(1).replace(",", ""))
            if 1 < value < rows:
                return value
    return None
