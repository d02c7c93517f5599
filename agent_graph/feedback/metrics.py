"""Metrics by the names that people give them, and the wish for the one that judges."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import Metric, Task, Wish
from agent_graph.feedback.amounts import amounts
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.wording import left_over, without
from agent_graph.profiling.names import lexicon
from agent_graph.role import Finding, WishKind

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


def metric_in(text: str) -> tuple[str, tuple[int, int]] | None:
    """The metric that a text names, by its longest name ("PR AUC" is no "AUC"), and where."""
    found = [(match.span(), name) for pattern, name in _NAMED if (match := re.search(pattern, text, re.IGNORECASE))]
    if not found:
        return None
    span, name = max(found, key=lambda one: one[0][1] - one[0][0])
    return name, span


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


METRIC = WishKind("metric", read_metric, carry_metric, judge_metric)
