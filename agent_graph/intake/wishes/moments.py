"""When the prediction is made, and what a row is, in the person's own words."""

from __future__ import annotations

from agent_graph.intake.wishes.acting import found_at
from agent_graph.intake.wishes.found import Found
from agent_graph.intake.wishes.page import Hit, Page
from agent_graph.intake.wishes.phrases import cues

FEWEST, MOST = 2, 14  # words of a moment


def moment_in(page: Page) -> Found | None:
    """ "before the blade touches anybody", "at sign-up": from its first word to the next comma."""
    for hit in page.hits(cues("moments", "moment", page.languages)):
        _, end = page.clause(hit.at)
        comma = page.line.find(" , ", hit.to - 1, end)
        stretch = page.line[hit.at : comma + 1 if comma >= 0 else end].split(" ")[:MOST]
        words = [word for word in stretch if word]
        if len(words) >= FEWEST:
            whole = page.hit(hit.at, hit.at + len(" ".join(words)) + 1)
            return found_at("moment", whole.words, whole, 0.7)
    return None


def unit_in(page: Page) -> Found | None:
    """What one row is: the last word of "one row per customer"."""
    for hit in page.hits(cues("moments", "unit", page.languages)):
        word = hit.words.split()[-1].strip(",;.")
        start = page.text.rindex(word, hit.start, hit.end)
        named = Hit(word, start, start + len(word), (), hit.at, hit.to)
        return found_at("unit", word.lower(), named, 0.85)
    return None
