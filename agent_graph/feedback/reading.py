"""From a note to wishes and to the pieces that no rule understood; nothing is passed over in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_graph.artifacts import ROLE_NAMES, Note, RoleName, Wish
from agent_graph.feedback.clauses import Clause, Reading
from agent_graph.feedback.columns import Columns
from agent_graph.feedback.wording import (
    CONDITION,
    LONGEST,
    LONGEST_SENTENCE,
    MARK,
    QUESTION,
    bare,
    cuts,
    reason,
    script,
)
from agent_graph.role import Inputs, Role

MOST_SENTENCES = 100
MOST_TRIES = 1_500  # pieces of a note that are read, so that a long one takes a second or two, not minutes
_ASKED: tuple[RoleName, ...] = ("data_scientist", *ROLE_NAMES)  # columns are first of all the data scientist's
Told = tuple[tuple[Wish, ...], tuple[str, ...]]


def understand(note: Note, inputs: Inputs, team: Mapping[str, Role]) -> Told:
    """The wishes of a note for the role that it was sent to, and what was not understood, with the reason if known.

    `team`: all roles by name; a piece that another one would have understood is said to be that one's to decide.
    """
    text = script(note.text, [role.name for role in inputs.problem.columns])
    reader = _Reader(team[note.role], Columns(text, inputs), team)
    wishes: dict[Wish, None] = {}
    puzzles: list[str] = []
    for sentence in text.sentences[:MOST_SENTENCES]:
        found, unclear = reader.sentence(sentence)
        wishes |= dict.fromkeys(found)
        puzzles += unclear
    if len(text.sentences) > MOST_SENTENCES or len(note.text) > LONGEST:
        puzzles.append(
            f"the note is long: only its first {MOST_SENTENCES} sentences and {LONGEST:,} characters were read"
        )
    if reader.tired:
        puzzles.append(f"the note has too many pieces: after {MOST_TRIES:,} the rest was not read")
    return tuple(wishes), tuple(puzzles)


@dataclass(frozen=True)
class _Reader:
    role: Role
    columns: Columns
    team: Mapping[str, Role]
    known: dict[tuple[RoleName, str], Reading | None] = field(default_factory=dict)  # by role and piece

    @property
    def tired(self) -> bool:
        """Whether so many pieces were tried that the rest of the note is only told."""
        return len(self.known) >= MOST_TRIES

    def sentence(self, sentence: str) -> Told:
        """A sentence as one clause, else cut where it is understood best."""
        if len(sentence) > LONGEST_SENTENCE:
            return (), (f"{self._told(sentence)[:200]}… (too long a sentence)",)
        if QUESTION.match(sentence) and bare(sentence) == sentence:
            return (), (self._puzzle(sentence, "a question is no wish"),)
        return self._clause(sentence, "", whole=CONDITION.search(sentence) is not None)

    def _clause(self, text: str, lead: str, *, whole: bool) -> Told:
        """`lead`: how the clause before it began, for "don't use A, and B"; `whole`: a condition forbids cutting."""
        for _, tail in () if whole else reversed(cuts(reason(text))):  # "because it is noise, and add B"
            if self._read(bare(tail)):
                before = text[: text.rindex(tail)].rstrip(" ,").removesuffix(" and")
                wishes, puzzles = self._clause(before, lead, whole=whole)
                more, unclear = self._clause(tail, "", whole=whole)
                return (*wishes, *more), (*puzzles, *unclear)
        if found := self._read(bare(text)):
            return found, self._named_in_reason(text, found)
        text = bare(text)
        for head, tail in () if whole else cuts(text):
            if found := self._read(bare(head)):
                rest, unclear = self._clause(tail, _lead(head), whole=False)
                return (*found, *rest), unclear
        if lead and (found := self._read(f"{lead} {text}")):
            return found, ()
        parts = () if whole else cuts(text)
        if parts:
            head, tail = parts[-1]  # the shortest head is given up
            wishes, puzzles = self._clause(head, lead, whole=True)
            more, unclear = self._clause(tail, lead, whole=False)
            if wishes or more:
                return (*wishes, *more), (*puzzles, *unclear)
        return (), (self._puzzle(text, "", lead),)

    def _read(self, text: str) -> tuple[Wish, ...]:
        reading = self._tried(text)
        return reading.wishes if reading else ()

    def _tried(self, text: str, other: Role | None = None) -> Reading | None:
        """The first line of a table that understands every word; else the first that knows what is unclear."""
        role = other or self.role
        key = (role.name, text)
        if key not in self.known and not self.tired:
            plain = self._plain if other is None else None
            self.known[key] = _first(_readings(role, Clause(text, self.columns, plain)))
        return self.known.get(key)

    def _named_in_reason(self, text: str, found: tuple[Wish, ...]) -> tuple[str, ...]:
        """A reason is no wish; but where it names further columns, that they were left alone is said."""
        why = reason(text)
        known = {name for wish in found for name in wish.subjects}
        words = set(re.findall(rf"\w+|{MARK}", why))
        named = {name for name in self.columns.names if name in words}
        named |= {self.columns.script.mark(word).column or "" for word in words if re.fullmatch(MARK, word)}
        named -= {"", *known}
        return (f"{self._told(why).strip(' ,')} (taken as a reason, nothing was done about it)",) if named else ()

    def _plain(self) -> Any:
        """The playbook's design, which "twice as many" speaks of."""
        inputs = self.columns.inputs
        return self.role.playbook(inputs.model_copy(update={"setback": None}))

    def _puzzle(self, text: str, why: str, lead: str = "") -> str:
        unclear = ""
        for tried in (text, f"{lead} {text}" if lead else ""):
            reading = self._tried(tried) if tried and not why else None
            unclear = reading.unclear if reading and reading.unclear else unclear
        why = why or self._elsewhere(text) or unclear
        return f"{self._told(text)} ({why})" if why else self._told(text)

    def _elsewhere(self, text: str) -> str:
        """The role that would have understood it."""
        for name in _ASKED:
            other = self.team[name]
            reading = self._tried(text, other) if name != self.role.name else None
            if reading and reading.wishes:
                return f"that is the {other.words}'s to decide"
        return ""

    def _told(self, text: str) -> str:
        return self.columns.script.spelled(text)


def _readings(role: Role, clause: Clause) -> Iterator[Reading]:
    for kind in role.wishes:
        if (reading := kind.read(clause)) is not None:
            yield reading


def _first(readings: Iterator[Reading]) -> Reading | None:
    unclear: Reading | None = None
    for reading in readings:
        if reading.wishes:
            return reading
        unclear = unclear or reading
    return unclear


def _lead(head: str) -> str:
    """The words before the first column or thing: "don't use", "compare by", "no"."""
    words = head.split()
    return " ".join(words[: min(_LEADS.get(words[0].lower(), 1), len(words) - 1)]) if len(words) > 1 else ""


_LEADS = {"don't": 2, "do": 3, "leave": 2, "get": 3, "take": 2, "compare": 2, "never": 2, "only": 1, "must": 3}
