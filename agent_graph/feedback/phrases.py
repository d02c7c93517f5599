"""Patterns around columns: "leave out X", "X should not be used", "use X", shared by the roles that know columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent_graph.feedback.clauses import Clause, Reading

_NOT = r"(?:do not|don't|dont|never|no longer|not)"
_MODAL = r"(?:should|must|may|can|has to|have to|needs? to|ought to|is to|are to)"
_MODAL_NOT = (
    r"(?:should not|shouldn't|must not|mustn't|may not|can't|cannot|can not|should never|must never|is not "
    r"to|are not to)"
)
_PART = (
    r"(?:used|included|kept|considered|(?:an? )?(?:features?|inputs?|predictors?)|part of .{3,20}|in (?:the|our) "
    r"(?:model|features))"
)
MAKE = (
    r"(?:(?:add|use|include|make|build|create|compute|calculate|take|try|derive)\s+)?(?:(?:an?|the|some|new)\s+)*"
    r"(?:features? (?:for|with|of|like) (?:the )?)?"
)
END = r"(?:\s+(?:as )?(?:an? )?(?:new )?features?)?"
LEAVE = (
    r"(?:i'd|i would|we'd|we would) rather not (?:have|use|see|include) (?P<columns>.+?)(?: in (?:it|there))?",
    rf"neither (?P<columns>.+? nor .+?) {_MODAL} be {_PART}",
    r"use neither (?P<columns>.+? nor .+)",
    rf"(?:(?:we|i|you) )?{_NOT} (?:(?:want|need)(?: (?:you|us|it|the model))?(?: to (?:use|see|know|include))?|use"
    rf"|include|keep|feed|consider|take|train on|rely on|look at|touch|learn from|pass|watch|monitor) (?P<columns>.+)",
    r"(?:leave out|drop|ignore|exclude|remove|omit|without|no|not|skip|avoid(?: using)?|stop (?:using|watching"
    r"|monitoring)"
    r"|get rid of|throw (?:out|away)|take out|forget(?: about)?|discard|delete|eliminate|disregard) (?P<columns>.+)",
    r"(?:leave|take|throw|kick|keep) (?P<columns>.+?) (?:out|away)(?: of (?:the|our) (?:model|features|data"
    r"|training))?",
    rf"(?P<columns>.+?) {_MODAL_NOT} be {_PART}",
    rf"(?P<columns>.+?) {_MODAL} (?:go|be (?:dropped|left out|removed|ignored|excluded|omitted|discarded))",
)
ONLY = (r"(?:use|keep|include|take)? ?only(?: use| keep| include)? (?P<columns>.+)", r"(?:use )?nothing but "
                                                                                     r"(?P<columns>.+)",
        r"(?:use|keep|include) (?P<columns>.+?) (?:only|alone|and nothing else)")  # fmt: skip
KEEP = (
    rf"{_NOT} (?:drop|remove|exclude|ignore|leave out|omit|discard|skip|forget) (?P<columns>.+)",
    r"(?:use|include|keep|add|bring back|put back|reinstate|restore|reconsider|watch|monitor) (?P<columns>.+?)(?: "
    r"back)?(?: in)?",
    rf"(?P<columns>.+?) {_MODAL} be {_PART}",
    r"put (?P<columns>.+?) back(?: in)?",
)


def matched(patterns: Sequence[str], text: str) -> re.Match[str] | None:
    """The first pattern that is the whole text."""
    found = (re.fullmatch(pattern, text.strip(), re.IGNORECASE) for pattern in patterns)
    return next((match for match in found if match), None)


def of_columns(clause: Clause, kind: str, patterns: Sequence[str], value: str | None = None) -> Reading | None:
    """One wish for each column of the enumeration that one of the patterns holds; all of them must be known."""
    unclear = ""
    for pattern in patterns:
        if (match := matched([pattern], clause.text)) is None:
            continue
        found = clause.columns.listed(match["columns"])
        if found.names:
            return Reading(tuple(clause.wish(kind, (name,), value) for name in found.names))
        unclear = unclear or found.why
    return Reading(unclear=unclear) if unclear else None
