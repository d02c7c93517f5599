"""The user's own words for what one row is and when the prediction is made."""

from __future__ import annotations

import re
from functools import lru_cache

from agent_graph.intake.framing.statement import Statement
from agent_graph.profiling.names import words

UNIT = (
    r"one (?:row|line|record) (?:per|for each|for every|is one|is a|is an)\s+([a-z][\w-]*(?:\s(?!with|who"
    r"|and|in|of|from|that|by|per|for|we|they|at)[a-z][\w-]*)?)",
    r"each (?:row|line|record) (?:is|holds|describes|stands for)\s+(?:one |a |an |the )?([a-z][\w-]*)",
    r"for (?:each|every) ([a-z][\w-]*)",
    r"\b(?:reports?|records?|logs?) (?:every|each|all)\s+(?:[a-z][\w-]*\s){0,4}?([a-z][\w-]*) (?:to|by|in|with) ",
    r"(?:how likely it is|probability|chance|likelihood) that (?:the|a|an)\s+([a-z][\w-]*)",
    r"which ([a-z][\w-]*?)s?\s+(?:are|is|will|would)",
    r"what an? ([a-z][\w-]*)\s+(?:will|would|is|costs?|sells?)",
    r"(?:every|each)\s+(?:\w+ )?([a-z][\w-]*)\s+(?:strike|sale|sold)",
    r"(?:price|estimate|value|forecast|prediction) (?:for|of) (?:a|an|each|every)\s+([a-z][\w-]*)",
    r"from (?:a|an|each|every)\s+([a-z][\w-]*)'s",
    r"here are [\d,]+ (?:\w+ )?([a-z][\w-]*?)s\b",
    r"(?:has|holds|lists|with|are) (?:every|each|all|about|some)?\s*(?:[\d,]+ )?([a-z][\w-]*?)s?\s+(?:with"
    r"|over|that|from|sold)",
    r"each (?:\w+ )?([a-z][\w-]*)",
)  # fmt: skip
MOMENT = (
    r"\(((?:before|when|as soon as)[^()]{4,70})\)",
    r"\b(before (?:it|we|the|they|a|an|you|he|she|any|each)\b[^,.();]{3,60})",
    r"\b(when (?:a|an|the) [^,.();]{4,60})",
    r"\b((?:as soon as|at the moment(?: that)?|the moment) [^,.();]{4,60})",
    r"\b(at (?:the )?(?:enrolment|enrollment|admission|signup|sign-up|registration|application|booking"
    r"|intake|check-in|checkout|birth|diagnosis|scene|time of \w+|start of [\w ]{3,25}|end of [\w ]{3,25}"
    r"|point of \w+|arrival|order|first \w+))\b",
    r"\b(as they (?:come|arrive|are)[^,.();]{0,30})",
    r"\b(each (?:month|week|day|morning|quarter|night|sunday|monday|year)|every (?:month|week|day|morning"
    r"|quarter|night|hour|six hours))\b",
    r"\b((?:a|an) walk-in [^,.();]{3,50})",
)  # fmt: skip
NOT_UNITS = frozenset({
    "row", "time", "one", "file", "day", "month", "week", "hour", "year", "it", "them", "they", "group", "column",
    "number", "person who", "the", "what", "that", "each", "more", "about", "data", "thing", "case", "from", "its",
    "used", "specie", "new", "his", "her", "their", "following", "sort", "kind", "since", "until", "night",
})  # fmt: skip


@lru_cache(maxsize=8)
def unit_of(statement: Statement) -> str:
    """What one row is: "customer"; "row" when the statement doesn't say."""
    for pattern in UNIT:
        for match in re.finditer(pattern, statement.text, re.IGNORECASE):
            found = match.group(1).strip().lower()
            if words(found) and found not in NOT_UNITS and len(found) > 2:
                return found
    return "row"


def moment_of(statement: Statement) -> str:
    """When the prediction is made: "before the plane leaves"; "when asked" when the statement doesn't say."""
    for pattern in MOMENT:
        if match := re.search(pattern, statement.text, re.IGNORECASE):
            found = re.sub(r"\s+", " ", match.group(1)).strip()
            return f"when {found}" if found.lower().startswith(("a ", "an ")) else found[0].lower() + found[1:]
    return "when asked"


def title_of(name: str) -> str:
    """A title of the project's folder name: `telco-churn` is "Telco churn"."""
    return " ".join(words(name)).capitalize() or "Project"
