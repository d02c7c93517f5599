"""On what it shall be tested: later times, groups that weren't seen; and the words that name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from agent_graph.intake.evidence.letters import FILLERS
from agent_graph.intake.wishes.acting import found_at
from agent_graph.intake.wishes.found import Found, Tested
from agent_graph.intake.wishes.page import Hit, Page
from agent_graph.intake.wishes.phrases import cues

Kind = Literal["time", "group", "random"]
BARS = {"time": 0.75, "group": 0.8}  # of near meaning, where no cue stands


def split_in(page: Page) -> Tested:
    """The kind that the words tell most surely, with what is beside it in `found`."""
    found = sorted(_told(page), key=lambda one: -one.confidence)
    if not found:
        return Tested()
    kind: Kind = "time" if found[0].value == "time" else "group" if found[0].value == "group" else "random"
    return Tested(kind=kind, noun=_noun(page, found[0]), found=tuple(found))


def _told(page: Page) -> Iterator[Found]:
    topics: tuple[tuple[Kind, str, bool, float], ...] = (
        ("time", "later", True, 0.88), ("time", "future", False, 0.8), ("group", "together", False, 0.84),
        ("group", "unseen", False, 0.82), ("random", "shuffled", True, 0.6),
    )  # fmt: skip
    for kind, topic, tested, sure in topics:
        for hit in page.hits(cues("tested", topic, page.languages)):
            tests = _tests(page, hit)
            if tested and not tests:
                continue
            yield found_at("split", kind, _piece(page, hit), sure + 0.08 * tests)
            break
    for leaned, bar in BARS.items():
        if meant := page.leaning(leaned, bar):
            yield found_at("split", leaned, meant, 0.55 + 0.3 * page.leans(leaned, meant.start))


def _tests(page: Page, hit: Hit) -> bool:
    """Whether the sentence speaks of testing, too."""
    begin, end = page.clause(hit.at)
    around = page.line[begin : hit.at] + "_ " + page.line[hit.to : end]
    return cues("tested", "test", page.languages).search(around) is not None


def _piece(page: Page, hit: Hit) -> Hit:
    """The whole piece that a cue stands in, so that its nouns can be matched to columns."""
    piece = page.piece(hit.start)
    return hit if piece is None else page.whole(piece)


def _noun(page: Page, found: Found) -> str:
    """The words of the piece that carry meaning; which of them names a column is seen with the table."""
    words = re.findall(r"[^\W\d_]{3,}", found.words)
    return " ".join(word for word in words if word.lower() not in FILLERS)
