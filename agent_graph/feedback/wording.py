"""A note's text taken apart: names and quotations held together, sentences, parts, words that carry no meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent_graph.profiling.names import lexicon

LONGEST = 20_000  # characters of a note that are read
LONGEST_SENTENCE = 600
MOST_PARTS = 24  # of a sentence; what follows is read as one part
FIRST_MARK, MOST_MARKS = 0xE000, 6_000  # private signs that stand for a name or a quotation
MARK = "[\ue000-\uf8ff]"
_QUOTED = re.compile(r"\"([^\"\n]{1,300})\"|“([^”\n]{1,300})”|`([^`\n]{1,300})`|(?<!\w)['‘]([^'’\n]{1,300})['’](?!\w)")
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": ",", "\u00a0": " ", "≥": ">=", "≤": "<="}
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\s*[;\n]+\s*|[.!?]+$")
_BULLET = re.compile(r"^\s*(?:[-*•]+|\d{1,2}[.)])\s+")
_JOINTS = re.compile(
    r"\s*,\s*(?:(?:and|but|then|also|or)\s+)*|\s+(?:and then|and also|and|but|then|plus|as well as)\s+(?=\S)"
)
_REASON = re.compile(
    r"(?:,\s*(?:it|they|this|that)(?:'s|'re| is| are)|[,(]?\s*\b(?:because|since (?:it|they|we|that|this)|as (?:it"
    r"|they) (?:is|are)|so that|in order to|which is"
    r"|otherwise|it is (?:un)?fair|for fairness|for privacy reasons|for legal reasons))\b.*$",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:(?:also|and|then|but|so|first|second|third|finally|next|ok|okay|hi|hello|thanks|well|please|kindly|now|again)"
    r"[\s,]+|(?:can|could|would|will) (?:you|we) (?:please )?|(?:i|we|you) (?:would like|want|need|'d like|wish|prefer)"
    r"(?: you)? to |(?:i|we|you) (?:would like|want|need|prefer) |(?:you|we|it) (?:should|must|may|can|ought to) "
    r"(?:also )?"
    r"(?!be\b)|let's |let us |make sure (?:that )?(?:you |we |to )?|(?:try|remember|be sure) to )+",
    re.IGNORECASE,
)
CONDITION = re.compile(r"\b(?:if|unless|except|until|whether|instead|rather than|provided|in case)\b", re.IGNORECASE)
QUESTION = re.compile(
    r"^(?:why|what|how|who|where|when|which|is|are|was|were|does|did|do you|has|have)\b", re.IGNORECASE
)
FILLER = lexicon(
    "the a an of for in on at to with by from as is are be been being it its it's this that these those there we i you "
    "our my your us me please should shall must want need would like let make set put use take have has keep hold run "
    "value values number limit bar threshold promise so too also just model models project s go get give per than up "
    "down one's may can "
    "could will raise lower increase decrease change reduce move bring ensure require required demand allow accept "
    "exactly about around roughly ca total overall new own any each every all"
)


@dataclass(frozen=True)
class Mark:
    """What a private sign stands for: its text, and the column of that very name."""

    text: str
    column: str | None


@dataclass(frozen=True)
class Script:
    """A note whose odd names and quotations are one sign each."""

    text: str
    marks: tuple[Mark, ...]

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Sentences and lines, in order, without bullets."""
        lines = (_BULLET.sub("", line) for line in self.text.splitlines())
        pieces = (" ".join(piece.split()) for line in lines for piece in _SENTENCES.split(line))
        return tuple(piece.strip(" ,.!") for piece in pieces if re.search(rf"\w|{MARK}", piece))

    def mark(self, sign: str) -> Mark:
        """The mark behind a private sign."""
        return self.marks[ord(sign) - FIRST_MARK]

    def spelled(self, text: str) -> str:
        """The text as the person wrote it."""
        return re.sub(MARK, lambda match: self.mark(match[0]).text, text)


def script(text: str, names: Sequence[str]) -> Script:
    """The first 20,000 characters of a note; `names` are those of the columns."""
    clean = "".join(sign if sign in "\n\t" or unicodedata.category(sign)[0] != "C" else " " for sign in text[:LONGEST])
    marks: list[Mark] = []
    known = set(names)

    def signed(match: re.Match[str]) -> str:
        if len(marks) >= MOST_MARKS:
            return match[0]
        inner = next((group for group in match.groups() if group is not None), match[0])
        marks.append(Mark(inner, inner if inner in known else None))
        return chr(FIRST_MARK + len(marks) - 1)

    odd = sorted((name for name in known if _odd(name)), key=len, reverse=True)
    if odd:
        either = "|".join(re.escape(name) for name in odd)
        clean = re.sub(rf"(?<!\w)[\"'`]({either})[\"'`](?!\w)|(?<!\w)({either})(?!\w)", signed, clean)
    return Script(_QUOTED.sub(signed, clean).translate(_PLAIN), tuple(marks))


def _odd(name: str) -> bool:
    """Whether a name would be torn apart, or read as words of the note, if it didn't stand as one sign."""
    visible = len(name.strip()) > 2 and not any(unicodedata.category(sign)[0] == "C" for sign in name)
    return visible and re.fullmatch(r"[^\W\d_]+", name) is None


def bare(sentence: str) -> str:
    """A sentence without courtesies at its head and reasons at its end."""
    head = _REASON.sub("", sentence).strip(" ,.!?)")
    return _POLITE.sub("", head).strip() or head or sentence


def reason(sentence: str) -> str:
    """The reason that a sentence ends in; "" when it gives none, or nothing else."""
    found = _REASON.search(sentence)
    return found[0] if found and found.start() > 0 else ""


def cuts(sentence: str) -> list[tuple[str, str]]:
    """Ways to cut a sentence in two at its joints, the longest head first."""
    joints = list(_JOINTS.finditer(sentence))[:MOST_PARTS]
    found = [(sentence[: joint.start()], sentence[joint.end() :]) for joint in reversed(joints)]
    return [(head.strip(), tail.strip()) for head, tail in found if head.strip() and tail.strip()]


def left_over(text: str, extra: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Words, numbers, signs of comparison and marks of a text that carry meaning."""
    found: Iterator[re.Match[str]] = re.finditer(rf"[^\W\d_]+(?:'[^\W\d_]+)?|\d[\d.,]*|{MARK}|[<>=%]+", text.lower())
    return tuple(match[0] for match in found if match[0] not in FILLER and match[0] not in extra)


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with these pieces blanked out."""
    signs = list(text)
    for start, end in spans:
        signs[start:end] = " " * (end - start)
    return "".join(signs)


def plain(words: str, most: int = 160) -> str:
    """Words of a note as prose that may stand in a generated document: one line, no marks of templates."""
    line = " ".join(words.split()).translate({ord("{"): "(", ord("}"): ")"})
    line = re.sub(r"\b(TODO|FIXME|XXX|HACK)\b", lambda match: match[0].lower(), line)
    return line if len(line) <= most else line[: most - 1] + "…"
