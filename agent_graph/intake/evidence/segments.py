"""A statement cut into the pieces that each say one thing: sentences, and their parts where a turn is marked.

The turning words of ten languages are listed, because a wish and what is ruled out often share a sentence ("give me
the price, but not the one with tax").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SHORT_FORMS = (
    "e.g", "i.e", "etc", "vs", "approx", "no", "nr", "dr", "mr", "mrs", "ms", "st", "inc", "ltd", "z.b", "bzw", "ca",
    "usw", "d.h", "u.a", "p.ex", "p.e", "ej", "ecc", "bijv", "m.i.v", "t.ex", "bl.a", "np", "itd", "vb", "vs", "örn",
    "sr", "sra", "mme", "prof", "min", "max", "incl", "resp", "tzw", "ok", "tel", "fig", "cf",
)  # fmt: skip
TURNS = (
    "but", "so", "because", "since", "although", "though", "however", "whereas", "while", "except", "please", "then",
    "which", "aber", "sondern", "weil", "denn", "damit", "obwohl", "allerdings", "bitte", "nur", "mais", "car",
    "parce", "donc", "pour", "sauf", "pero", "porque", "aunque", "salvo", "así", "ma", "perché", "però", "quindi",
    "tranne", "maar", "want", "omdat", "dus", "zodat", "behalve", "mas", "então", "embora", "exceto", "ale", "bo",
    "ponieważ", "więc", "żeby", "men", "eftersom", "så", "utom", "ama", "çünkü", "fakat", "ancak", "yani", "not",
    "nicht", "pas", "nie", "inte", "niet", "non", "não",
)  # fmt: skip
LONG = 14  # words: a sentence above is cut at a turn, too
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n+|;\s+|(?<=\w):\s+|\s+[-–—•*]\s+|\s*=>\s*|\s*->\s*")
_BRACKETS = re.compile(r"\(([^()]{12,})\)")
_TURN = re.compile(
    rf",\s+(?=(?:and\s+|und\s+|et\s+|y\s+|e\s+|en\s+|i\s+|och\s+|ve\s+)?(?:{'|'.join(TURNS)})\b)", re.IGNORECASE
)
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Segment:
    """A piece of the statement, in order; `start` and `end` count its characters in the statement."""

    text: str
    start: int
    end: int


def segments(statement: str) -> tuple[Segment, ...]:
    """The pieces of a statement in their order; together they hold all of its words."""
    found: list[Segment] = []
    for start, end in _sentences(statement):
        found += [Segment(statement[a:b].strip(" \t\n,;:-–—•*"), a, b) for a, b in _parts(statement, start, end)]
    return tuple(piece for piece in found if _LETTERS.search(piece.text))


def _sentences(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in _END.finditer(text):
        before = text[start : match.start()].rstrip("\"'”’)]")
        last = before.rsplit(None, 1)[-1].rstrip(".").lower() if before.split() else ""
        short = before.endswith(".") and (last in SHORT_FORMS or len(last) == 1)
        if short and "\n" not in match.group():
            continue
        spans.append((start, match.start()))
        start = match.end()
    return [*spans, (start, len(text))]


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence's brackets by themselves, and what is around them cut at turns where it is long."""
    spans, place = [], start
    for match in _BRACKETS.finditer(text, start, end):
        spans += [(place, match.start()), (match.start(1), match.end(1))]
        place = match.end()
    spans.append((place, end))
    return [part for a, b in spans for part in _turned(text, a, b)]


def _turned(text: str, start: int, end: int) -> list[tuple[int, int]]:
    if len(text[start:end].split()) <= LONG:
        return [(start, end)]
    cuts = [match.end() for match in _TURN.finditer(text, start, end)]
    kept = [cut for cut in cuts if len(text[start:cut].split()) >= 4 and len(text[cut:end].split()) >= 3]
    return list(zip([start, *kept], [*kept, end], strict=True))
