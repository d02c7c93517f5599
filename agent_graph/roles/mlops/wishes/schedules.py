"""Wishes about when the cycle runs: one schedule takes in, watches, trains where called for and answers."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import DeploymentDesign, Wish
from agent_graph.feedback.cadences import cadence, cron, keeps, read
from agent_graph.feedback.clauses import Clause, Reading
from agent_graph.feedback.fields import replaced
from agent_graph.feedback.wording import left_over, without
from agent_graph.profiling.names import lexicon
from agent_graph.role import Finding

_STEPS = (  # words that name a step of the cycle, words without meaning beside them
    (r"\bre-?train(?:ing|s)?\b", "least job schedule scheduled automatically model"),
    (r"\b(?:monitor(?:ing)?|drift checks?|check (?:for )?drift)\b",
     "least job schedule scheduled drift"),
    (r"\b(?:batch(?:es)?|score|scoring|predict(?:ions?)?)\b", "least job schedule scheduled rows "
                                                                                "customers predictions batch"),
)  # fmt: skip


def read_schedule(clause: Clause) -> Reading | None:
    """ "retrain weekly", "monitor every 6 hours", "score every Monday at 6"."""
    for topic, about in _STEPS:
        topics = [match.span() for match in re.finditer(topic, clause.text, re.IGNORECASE)]
        rest = without(clause.text, topics)
        found = cadence(rest) if topics else None
        if found and not left_over(without(rest, found[1]), lexicon(about)):
            return Reading((clause.wish("schedule", ("schedule",), str(found[0])),))
    return None


def carry_schedule(design: DeploymentDesign, wish: Wish, inputs: Any) -> DeploymentDesign:
    """The design with that cron line."""
    path = wish.subjects[0]
    line: DeploymentDesign = replaced(design, path, cron(read(wish.value or ""), getattr(design, path)))
    return line


def judge_schedule(design: DeploymentDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether the cron line runs as often as wished."""
    line = getattr(design, wish.subjects[0])
    kept = keeps(line, read(wish.value or ""))
    return ("followed" if kept else "not followed"), f"{wish.subjects[0]} is {line!r}, asked {wish.value}"
