"""A statement as a line of words in which amounts are signs, so that cue phrases of any language can be looked for.

"Call the first fifty, in under 20 ms" becomes "call the first <n0> , in under <t1> . ".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agent_graph.intake.evidence.letters import fold
from agent_graph.intake.evidence.segments import Segment, segments
from agent_graph.intake.wishes.amounts import Amount, amounts_of
from agent_graph.intake.wishes.heads import TOPICS, leanings
from agent_graph.intake.wishes.phrases import table

_TOKEN = re.compile(
    r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,'’]\d+)*|[^\W\d_]+\d+[^\W_]*|[^\W\d_]+"
    r"|\+\+|[%$€£&#]|[.!?…;\n]+|[,:()\[\]–—]"
)
LONG_ENOUGH, TOPICAL = 3, 0.5  # letters of a word of a topic, and what it counts beside a small word
_SMALL_CUES = 1  # own words that a statement needs before its language is believed


@dataclass(frozen=True)
class Token:
    """A folded word, number or sign, and where it stands in the statement."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Hit:
    """Where a phrase was found: characters in the statement, and the amounts that stand in it."""

    words: str
    start: int
    end: int
    amounts: tuple[Amount, ...]
    at: int  # place in the line
    to: int


@dataclass(frozen=True)
class Page:
    """The statement with its words, amounts, pieces and languages."""

    text: str

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Words, numbers and signs in order; what ends a sentence is "."."""
        return tuple(_tokens(self.text))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The language of the statement and English, whose words stand in all of them."""
        return tuple(dict.fromkeys((language_of(self.text), "en")))

    @cached_property
    def amounts(self) -> tuple[Amount, ...]:
        """All amounts in order."""
        return tuple(amounts_of([token.text for token in self.tokens], self.languages))

    @cached_property
    def pieces(self) -> tuple[Segment, ...]:
        """The pieces that each say one thing."""
        return segments(self.text)

    @cached_property
    def _leanings(self) -> dict[str, list[float]]:
        found = leanings([piece.text for piece in self.pieces])
        return {topic: [float(value) for value in found[:, place]] for place, topic in enumerate(TOPICS)}

    def leans(self, topic: str, character: int) -> float:
        """How likely the piece that holds a character speaks of a topic, by its near meaning."""
        for piece, sure in zip(self.pieces, self._leanings[topic], strict=True):
            if piece.start <= character < piece.end:
                return sure
        return 0.0

    def leaning(self, topic: str, bar: float) -> Hit | None:
        """The piece that speaks of a topic most surely, if any does so above a bar."""
        sure = self._leanings[topic]
        if not sure or max(sure) < bar:
            return None
        return self.whole(self.pieces[sure.index(max(sure))])

    def whole(self, piece: Segment) -> Hit:
        """A piece as a hit."""
        words = self.text[piece.start : piece.end].strip()
        start = self.text.index(words, piece.start)
        place, last = self.place(start), self.place(start + len(words) - 1)
        stop = self.line.find(" ", last) + 1
        return Hit(words, start, start + len(words), self.hit(place, stop).amounts, place, stop)

    @cached_property
    def _laid(self) -> tuple[str, list[int], list[int]]:
        """The line; where each of its words begins in it; the token with which each begins."""
        signs = {one.first: (place, one) for place, one in enumerate(self.amounts)}
        line, starts, firsts, place = "", [], [], 0
        while place < len(self.tokens):
            starts.append(len(line))
            firsts.append(place)
            if place in signs:
                number, amount = signs[place]
                line, place = line + f"<{amount.sign}{number}> ", amount.last + 1
            else:
                line, place = line + self.tokens[place].text + " ", place + 1
        return line, starts, firsts

    @property
    def line(self) -> str:
        """Folded words, each with a space behind it; amounts are signs such as <n0>."""
        return self._laid[0]

    def hits(self, wanted: re.Pattern[str], at: int = 0, to: int | None = None) -> Iterator[Hit]:
        """Where a pattern stands in the line, in order."""
        for match in wanted.finditer(self.line, at, len(self.line) if to is None else to):
            if match.end() > match.start():
                yield self.hit(match.start(), match.end())

    def hit(self, at: int, to: int) -> Hit:
        """A stretch of the line as it stands in the statement."""
        _, starts, firsts = self._laid
        first = firsts[bisect_right(starts, at) - 1]
        after = bisect_right(starts, to - 1)
        last = (firsts[after] if after < len(firsts) else len(self.tokens)) - 1
        start, end = self.tokens[first].start, self.tokens[last].end
        inside = tuple(self.amounts[int(number)] for number in re.findall(r"<[a-z](\d+)>", self.line[at:to]))
        return Hit(self.text[start:end], start, end, inside, at, to)

    def place(self, character: int) -> int:
        """Where the word that holds a character of the statement begins in the line."""
        _, starts, firsts = self._laid
        token = bisect_right([each.start for each in self.tokens], character) - 1
        return starts[max(0, bisect_right(firsts, max(0, token)) - 1)]

    def clause(self, at: int) -> tuple[int, int]:
        """The sentence around a place of the line: its begin and end there."""
        begin = self.line.rfind(" . ", 0, at)
        end = self.line.find(" . ", at)
        return (begin + 3 if begin >= 0 else 0), (end + 1 if end >= 0 else len(self.line))

    def piece(self, character: int) -> Segment | None:
        """The piece that holds a character."""
        return next((one for one in self.pieces if one.start <= character < one.end), None)


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        found = match.group()
        if found[0] in ".!?…;\n":
            yield Token(".", match.start(), match.end())
        elif found in ",:()[]–—":
            yield Token(",", match.start(), match.end())
        else:
            yield Token(fold(found) or found, match.start(), match.end())


@lru_cache(maxsize=256)
def language_of(text: str) -> str:
    """The language whose small words the text uses most; English where it uses too few."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    topical = [fold(word) for word in words if len(word) > LONG_ENOUGH]
    counted = {
        name: sum(word in own for word in words) + TOPICAL * sum(word in _topic_words()[name] for word in topical)
        for name, own in _own_words().items()
    }
    best = max(counted, key=lambda name: counted[name])
    return best if counted[best] >= _SMALL_CUES else "en"


@lru_cache(maxsize=1)
def _topic_words() -> dict[str, frozenset[str]]:
    """Longer words that the cue tables list for a language."""
    found: dict[str, set[str]] = {name: set() for name in table("languages")}
    for each in ("few", "costs", "act", "stack", "tested"):
        for topic in table(each).values():
            for name in set(topic) & set(found):
                found[name] |= {
                    fold(word) for phrase in topic[name] for word in re.findall(r"[^\W\d_]{4,}(?!\*)", phrase)
                }
    return {name: frozenset(words) for name, words in found.items()}


@lru_cache(maxsize=1)
def _own_words() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in table("languages").items()}
