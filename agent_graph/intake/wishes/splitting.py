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
BY, PARTED = 0.9, 0.9  # what is split by is named; learning and testing are parted by a year
PASSIVE = (
    "was",
    "were",
    "been",
    "got",
    "wurde",
    "wurden",
    "worden",
    "ete",
    "fue",
    "stato",
    "werd",
    "foi",
    "zostal",
    "blev",
)
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
    yield from _named(page)
    yield from _parted(page)
    for leaned, bar in BARS.items():
        if meant := page.leaning(leaned, bar):
            yield found_at("split", leaned, meant, 0.55 + 0.3 * page.leans(leaned, meant.start))


def _named(page: Page) -> Iterator[Found]:
    """What the rows are to be split by: "split by customer", "nach Kunde aufteilen"."""
    for hit in page.hits(cues("tested", "by", page.languages)):
        words = page.line[hit.at : hit.to].split()
        noun = words[0] if page.languages[0] == "tr" else words[-1]
        told = page.line[: hit.at].split(" ")[-2:-1]
        if noun in FILLERS or (told and told[0] in PASSIVE):
            continue
        time = cues("tested", "by_time", page.languages).match(f"{noun} ") or noun.startswith("<t")
        yield found_at("split", "time" if time else "group", _piece(page, hit), BY)
        return


def _parted(page: Page) -> Iterator[Found]:
    """ "Train on everything before 2023, test after": words of learning and of testing, and a year between them."""
    for hit in page.hits(re.compile(r"<n\d+> ")):
        if not (1900 <= hit.amounts[0].value <= 2100 and hit.words.strip().isdigit()):
            continue
        begin, end = page.clause(hit.at)
        learns = [(one.at, one.to) for one in page.hits(cues("tested", "learn", page.languages), begin, end)]
        tests = [one for one in page.hits(cues("tested", "test", page.languages), begin, end)
                 if (one.at, one.to) not in learns]  # fmt: skip
        if learns and any(all(one.at >= to or one.to <= at for at, to in learns) for one in tests):
            yield found_at("split", "time", _piece(page, hit), PARTED)
            return


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
