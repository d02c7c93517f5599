"""The user's words taken apart: sentences, what they want, what they say is known or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from agent_graph.errors import BadInput
from agent_graph.profiling.names import stems, words

LONGEST = 20_000
WANT = re.compile(
    r"\b(we|i|they|you|us|me)?\s*(would like|want|wants|need|needs|wish|aim|hope|like to know|are asked"
    r"|have)\b\s*(to|the|a|an|your|is|you)?"
    r"|\b(predict|estimate|forecast|tell (us|me|the|them)|give (us|me|each)|find out|flag|classify|suggest"
    r"|score|say|decide|guess|model)\b"
    r"|\b(how (likely|many|much|long)|which|whether|what)\b|\b(probability|chance|risk|likelihood)\b"
    r"|\bgoal\b|\bto know\b",
    re.IGNORECASE,
)
STRONG_WANT = re.compile(
    r"\b(want|need|would like|predict|estimate|forecast|give (me|us)|tell (us|me)|suggested|classify"
    r"|probability|how likely|how many"
    r"|should expect|goal|flag|fair price|detect|identify|guess)\b", re.IGNORECASE)  # fmt: skip
SOURCES = re.compile(r"\b(?:from|based on|using|given)\b(?! (?:each|the same|now|the last))([^.?!;]*)", re.IGNORECASE)
LIKELY = re.compile(
    r"how likely|probability|chance (that|of)|likelihood|risk of|at risk|whether|likely to|will \w+ or not"
    r"|odds|how probable|\bwill the\b"
    r"|\bwho will\b|\bwhich \w+ (of [\w ]+ )?(will|are going to)\b", re.IGNORECASE)  # fmt: skip
NOT_THERE = re.compile(
    r"(will not|won't|wont|can't|cannot|can not|do(es)? not|don't|doesn't|aren't|isn't|are not|is not|not yet)\s+"
    r"(yet\s+|then\s+|always\s+)?(be\s+)?(there|available|known|know|have|exist|present|recorded|filled"
    r"|measured|at hand)"
    r"|\b(only|is|are|were|was)?\s*(known|filled( in)?|recorded|entered|decided|measured|added|written"
    r"|noted|assigned|computed|set|available|settled)"
    r"\s+(in\s+)?((by|at)\s+[\w\s']{1,40}?)?(only\s+)?(after(wards?)?|later|once|when it is over|at the end)\b"
    r"|\bunknown (at|when|before|until)\b|\bonly after\b|\bafter the fact\b|\bin hindsight\b",
    re.IGNORECASE)  # fmt: skip
KNOWN = re.compile(
    r"\b(we know|is known|are known|known at|known when|known before|from what|from (a|an|the|its|their"
    r"|each)\b[^.]{0,40}"
    r"|from\b|based on|using|given|for each|we have|we see|we are told|radios? in|with (their|its|the))",
    re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """A problem in the user's own words."""

    text: str

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Sentences, in order, whitespace made single."""
        flat = re.sub(r"\s+", " ", self.text).strip()
        return tuple(s.strip() for s in re.split(r"(?<=[.!?;])\s+(?=[A-Z0-9\"'(])", flat) if s.strip())

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Stems of all words."""
        return stems(self.text)

    @cached_property
    def goal(self) -> str:
        """The sentences that say what is wanted, lists in brackets left out; the whole text when none does."""
        wanted = [without_lists(s) for s in self.sentences if STRONG_WANT.search(s) and not NOT_THERE.search(s)]
        return " ".join(wanted) or without_lists(self.text)

    @cached_property
    def wish(self) -> str:
        """The goal from its first word of wanting on: "From its settings we want to know whether …" loses its head."""
        clauses = []
        for sentence in self.sentences:
            if NOT_THERE.search(sentence):
                continue
            found = STRONG_WANT.search(sentence)
            if found:
                clauses.append(without_lists(sentence[found.start() :]))
        return " ".join(clauses) or self.goal

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """What the wish names as its sources: "… from price and location", "… given its age"."""
        return tuple(SOURCES.findall(self.wish))

    @cached_property
    def core(self) -> str:
        """The wish without its sources."""
        return SOURCES.sub(" ", self.wish)

    @cached_property
    def lists(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Enumerations of three or more, in brackets or after a colon or verb: (words before it, its items)."""
        found = [
            (m.string[: m.start()][-80:], _items(m.group(1)))
            for s in self.sentences
            for m in re.finditer(r"\(([^()]+)\)", s)
        ]
        for sentence in self.sentences:
            if match := re.search(
                r"\b(we know|known:|you know|given|based on|using)\b:?\s+([^().]+)", sentence, re.IGNORECASE
            ):
                found.append((sentence[: match.start(2)][-80:], _items(match.group(2))))
        return tuple((before, items) for before, items in found if len(items) >= 3)

    @cached_property
    def known(self) -> tuple[str, ...]:
        """Items of those lists that tell what is known at the moment of prediction."""
        return tuple(item for before, items in self.lists if KNOWN.search(before) for item in items)

    @cached_property
    def absent(self) -> tuple[str, ...]:
        """Sentences that name what will not be there when the prediction is made."""
        return tuple(s for s in self.sentences if NOT_THERE.search(s))

    def says(self, pattern: str) -> bool:
        """Whether the pattern (a regular expression, any case) stands in the text."""
        return re.search(pattern, self.text, re.IGNORECASE) is not None

    def mentions(self, phrase: str) -> bool:
        """Whether the words of a phrase stand in the text one after another, by their stems."""
        wanted, have = stems(phrase), self.stems
        return bool(wanted) and any(have[k : k + len(wanted)] == wanted for k in range(len(have) - len(wanted) + 1))


def read_statement(text: str) -> Statement:
    """The statement; BadInput when it is empty or longer than 20,000 characters."""
    if not text.strip():
        raise BadInput("the statement is empty: say in a sentence or two what is to be predicted, and for what")
    if len(text) > LONGEST:
        raise BadInput(
            f"the statement has {len(text):,} characters, the limit is {LONGEST:,}: keep the question and its rules"
        )
    return Statement(text)


def without_lists(text: str) -> str:
    """The text without what stands in round brackets."""
    return re.sub(r"\([^()]*\)", " ", text)


def _items(text: str) -> tuple[str, ...]:
    parts = re.split(r",|;|\band\b|\bor\b", text)
    return tuple(part.strip(" .'\"") for part in parts if part.strip(" .'\"") and len(words(part)) <= 6)


def items(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The single things that enumerations name."""
    return tuple(item for text in texts for item in _items(text))
