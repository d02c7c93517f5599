"""That a statement asks how long until: its words, and beside them a duration and whether it happened."""

from __future__ import annotations

import re

from agent_graph.artifacts.profile import Profile
from agent_graph.profiling.names import has, lexicon

WORDS = re.compile(
    r"how long (they|he|she|it|a \w+|people|patients|each|until|before|customers"
    r"|someone)\b[^.]{0,40}\b(live|survive|last|stay|until|before)"
    r"|\bsurvival (time|curve|analysis|probabilit)|\bstill (alive|active|running|working) when\b"
    r"|\bcensor\w*|\btime[- ]to[- ](event|failure|death|churn)"
    r"|\balive after\b|\bchance of (being alive|surviving)\b[^.]{0,30}\b(year|month)|\bhazard\b"
    r"|\btime until\b|\blifetime distribution", re.IGNORECASE)  # fmt: skip
TIME_NAMES = lexicon(
    "time days day futime duration tenure followup follow months survtime stime t length lifetime start stop"
)
EVENT_NAMES = lexicon("event status death die dead censored cens observed relapse failed fail delta churn")


def asked(text: str, profile: Profile) -> bool:
    """Whether words of it stand in the text, and the columns that it takes in the main table."""
    if not WORDS.search(text):
        return False
    numbers = [c for c in profile.main.columns if c.kind == "number" and c.distinct > 20]
    timed = any(has(c.name, TIME_NAMES) or c.name.lower().endswith("time") for c in numbers)
    return timed and any(c.distinct == 2 and has(c.name, EVENT_NAMES) for c in profile.main.columns)
