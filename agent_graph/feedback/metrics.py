"""Metrics by the names that people give them, and the wish for the one that judges."""

from __future__ import annotations

import re
from typing import Any

from agent_graph import register
from agent_graph.artifacts import Wish
from agent_graph.feedback.amounts import amounts
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.wording import left_over, without
from agent_graph.profiling.names import lexicon
from agent_graph.role import Finding, WishKind

GAIN = "gain_over_baseline"
GAIN_WORDS = r"\bgain over (?:the )?baseline\b|\bbeat(?:s|ing)? (?:the )?baseline\b|\bbetter than (?:the )?baseline\b"
_JUDGE = lexicon(
    "judge judged optimise optimize optimised optimized optimising optimizing tune tuned metric score scored scoring "
    "evaluate evaluated evaluation measure measured use using maximise maximize minimise minimize select main primary "
    "objective criterion it's quality performance select selected switch"
)


def metric_in(text: str) -> tuple[str, tuple[int, int]] | None:
    """The metric that a text names, by its longest name ("PR AUC" is no "AUC"), and where; whatever it can judge."""
    found = [(span, name) for name, metric in register.metrics().items() if (span := metric.named(text))]
    if gain := re.search(GAIN_WORDS, text, re.IGNORECASE):
        found.append((gain.span(), GAIN))
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
        fits = register.kind_of(inputs.problem).judged_by(wish.value or "")
        doubt = "" if fits else f", and {wish.value} doesn't judge a {inputs.problem.task} problem"
        raise Refused(f"the question was settled with {inputs.problem.metric}{doubt}: a new one begins with --metric")
    return design


def judge_metric(design: Any, wish: Wish, inputs: Any) -> Finding:
    """Whether the problem is judged by it."""
    kept = inputs.problem.metric == wish.value
    return ("followed" if kept else "not followed"), f"the problem's metric is {inputs.problem.metric}"


METRIC = WishKind("metric", read_metric, carry_metric, judge_metric)
