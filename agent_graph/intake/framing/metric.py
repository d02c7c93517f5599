"""By what the answers are judged, and the wishes that go with it: range, top k, totals."""

from __future__ import annotations

import re

from agent_graph.artifacts import Assumption, ColumnProfile, Metric, Problem, Specification, Task
from agent_graph.errors import BadInput
from agent_graph.feedback.metrics import FITS, NAMED
from agent_graph.intake.framing.statement import Statement

RELATIVE = re.compile(
    r"(\d+\s*%|percent\w*|relative(ly)?|proportion\w*)[^.]{0,120}\b(as much|equally|same|off|error|wrong)"
    r"|\b\d+\s*% (off|out|wrong)"
    r"|count as much as|as bad as|relative error", re.IGNORECASE)  # fmt: skip
TYPICAL = re.compile(
    r"typical error|typically off|average(ly)? off|off by on average|on average.{0,30}\boff\b|(absolute"
    r"|median) error|mean absolute",
    re.IGNORECASE,
)
MONEY = re.compile(
    r"\b(price|pric\w+|cost|worth|value|valu\w+|sell for|sold for|salary|revenue|rent|premium|claim amount|charge)\b",
    re.IGNORECASE,
)
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
    fitting = FITS[task]
    if specification.metric is not None:
        if specification.metric not in fitting:
            raise BadInput(
                f"metric {specification.metric!r} doesn't fit a {task} problem: choose one of {', '.join(fitting)}"
            )
        if specification.metric == "rmsle" and (column.minimum or 0) < 0:
            raise BadInput(
                f"metric 'rmsle' needs a target without negative values, {column.name!r} has some: choose rmse or mae"
            )
        metric, sure, reason = specification.metric, 1.0, "given"
    else:
        metric, sure, reason = _from_words(task, column, statement)
    second = tuple(m for m in fitting if m != metric and _sensible(m, column))[:3]
    return (
        metric,
        second,
        Assumption(topic="metric", choice=metric, confidence=sure, reason=reason, alternatives=second),
    )


def with_metric(problem: Problem, metric: str) -> Problem | None:
    """The same question judged by another metric, the former one beside it; None when it doesn't fit the task."""
    chosen = next((name for name in FITS[problem.task] if name == metric), None)
    if chosen is None:
        return None
    others = dict.fromkeys((problem.metric, *problem.secondary_metrics))
    secondary = tuple(name for name in others if name != chosen)
    return problem.model_copy(update={"metric": chosen, "secondary_metrics": secondary})


def _sensible(metric: Metric, column: ColumnProfile) -> bool:
    low = column.minimum
    return not (metric in ("rmsle", "mape") and (low is None or low < 0 or (metric == "mape" and low == 0)))


def _from_words(task: Task, column: ColumnProfile, statement: Statement) -> tuple[Metric, float, str]:
    named = next((m for p, m in NAMED if statement.says(p) and m in FITS[task] and _sensible(m, column)), None)
    if named:
        return named, 0.97, "the statement names it"
    if task == "binary":
        return "roc_auc", 0.8, "two classes: how well those looked for are ranked before the others"
    if task == "multiclass":
        return "log_loss", 0.8, "several classes: how good the probabilities are"
    positive = (column.minimum or 0) >= 0
    if RELATIVE.search(statement.text) and positive:
        return "rmsle", 0.95, "the statement weighs errors relative to the size"
    if TYPICAL.search(statement.text):
        return "mae", 0.9, "the statement speaks of the typical error"
    if task == "count":
        return "poisson_deviance", 0.85, "a count: errors weigh by what is expected, and totals agree"
    if positive and _skewed(column) and (MONEY.search(statement.text) or MONEY.search(column.name)):
        return "rmsle", 0.75, "an amount of money with a long tail: being off in percent is what counts"
    if positive and column.quantiles and column.quantiles[3] > 0 and column.quantiles[-1] > 12 * column.quantiles[3]:
        return "rmsle", 0.6, "positive with a very long tail"
    return "rmse", 0.7, "a number: large errors weigh more"


def _skewed(column: ColumnProfile) -> bool:
    """The upper tail is much longer than the lower one."""
    if not column.quantiles or column.mean is None:
        return False
    low, middle, high = column.quantiles[1], column.quantiles[3], column.quantiles[5]
    return high - middle > 1.5 * (middle - low)


def wants_interval(statement: Statement) -> bool:
    """Whether a range is asked for, not only one number."""
    return statement.says(
        r"\b(a|the|with|give|need|want)\s+(\w+\s+)?(range|interval|band|error bars?|upper and lower"
        r"|low and high|uncertainty)\b"
        r"|\brange, not only|confidence (interval|band)|how (sure|certain) (it|you|we|the)|prediction interval"
        r"|from[- ]to"
    )  # fmt: skip


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
