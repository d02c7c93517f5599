"""Kinds of wishes that only set a number or a word: a topic, a unit, a place in the design."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent_graph.artifacts import Wish
from agent_graph.feedback.amounts import Unit, amounts, comparison, meets, multiple, number, positive
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.wording import left_over, without
from agent_graph.profiling.names import lexicon
from agent_graph.role import Finding, WishKind

Settle = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Lens:
    """A place of a design for a number; `subjects` tell which one where there are several. KeyError: there is none."""

    label: str
    get: Callable[[Any, str | None], float | None]
    put: Callable[[Any, str | None, float], Any]


def at(path: str, *, whole: bool = False, write: Callable[[float], Any] | None = None,
       seen: Callable[[Any], float] | None = None) -> Lens:  # fmt: skip
    """The lens of a field such as "canary.soak_s"; `write` and `seen` turn numbers into the field's form and back."""

    def put(design: Any, _: str | None, value: float) -> Any:
        if whole and value != int(value):
            raise Refused(f"{path} is a whole number, not {value:g}")
        return replaced(design, path, write(value) if write else int(value) if whole else value)

    def get(design: Any, _: str | None) -> float | None:
        value = reached(design, path)
        return None if value is None else seen(value) if seen else float(value)

    return Lens(path, get, put)


def reached(design: Any, path: str) -> Any:
    """The value at a dotted path."""
    for name in path.split("."):
        design = getattr(design, name)
    return design


def replaced(design: Any, path: str, value: Any) -> Any:
    """The design with another value at a dotted path."""
    head, _, rest = path.partition(".")
    inner = replaced(getattr(design, head), rest, value) if rest else value
    return design.model_copy(update={head: inner})


def settled_as_is(design: Any, inputs: Any) -> Any:
    """What most numbers ask of the rest of their design: nothing."""
    return design


_VERBS = lexicon("to be is add set use make keep let should must may allow accept permit tolerate at than bar")


VAGUE = r"\b(?:more|fewer|less|longer|shorter|higher|lower|bigger|larger|smaller|faster|slower|greater)\b"


PERMITTED = r"\b(?:tolerate|allow|accept|permit|up to)\b"  # what may be is itself the bound, not a bound on the bound


@dataclass(frozen=True)
class Number:
    """A kind of wish that sets one number: its topic, its unit, its place."""

    name: str
    topic: str  # regular expression; what it matches is taken as understood
    unit: Unit
    lens: Lens
    about: str = ""  # further words without meaning beside the topic
    subjects: bool = False  # the clause may name columns; without them the number holds for all
    needs_subject: bool = False
    settle: Settle = settled_as_is  # what else must follow
    only: str = ""  # regular expression without which the clause is about something else

    def kind(self) -> WishKind:
        """The line of the table."""
        return WishKind(self.name, self.read, self.carry, self.judge)

    def worded(self, *patterns: tuple[str, float]) -> WishKind:
        """A further line of the table: words of a whole clause that stand for a number, as "no cache" does for 0."""

        def read(clause: Clause) -> Reading | None:
            found = (value for p, value in patterns if re.fullmatch(p, clause.text.strip(), re.IGNORECASE))
            value = next(found, None)
            return None if value is None else Reading((clause.wish(self.name, (), f"= {number(value)}"),))

        return WishKind(self.name, read, self.carry, self.judge)

    def read(self, clause: Clause) -> Reading | None:
        """The number of a clause about the topic, when all its words are understood."""
        text = positive(clause.text)
        topics = [match.span() for match in re.finditer(self.topic, text, re.IGNORECASE)]
        if not topics or not re.search(self.only, text, re.IGNORECASE):
            return None
        rest = without(text, topics)
        found = [(a, value) for a in amounts(rest) if (value := a.in_unit(self.unit)) is not None]
        times = multiple(rest) if not found else None
        if len(found) > 1:
            return None
        rest = without(rest, [found[0][0].span] if found else [times[1]] if times else [])
        sign, span = comparison(rest)
        rest = without(rest, [span] if span else [])
        if not found and not times:
            rest = re.sub(VAGUE, " ", rest, flags=re.IGNORECASE)
        subjects = self._named(clause, rest)
        if subjects is None:
            return None
        if found:
            permitted = re.search(PERMITTED, text, re.IGNORECASE) is not None
            wanted = f"{'=' if permitted else sign} {number(found[0][1])}"
            return Reading(self._wishes(clause, subjects, wanted))
        return self._multiplied(clause, subjects, times[0] if times else None)

    def _named(self, clause: Clause, rest: str) -> tuple[str, ...] | None:
        """The columns that are named beside topic and number; None when a word is left that isn't understood."""
        open_words = left_over(rest, lexicon(self.about))
        if not open_words:
            return None if self.needs_subject else ()
        if not self.subjects:
            return None
        phrase = re.sub(rf"\b(?:{'|'.join(lexicon(self.about) | _VERBS)})\b", " ", rest, flags=re.IGNORECASE)
        found = clause.columns.listed(" ".join(phrase.split()))
        return found.names or None

    def _wishes(self, clause: Clause, subjects: tuple[str, ...], value: str) -> tuple[Wish, ...]:
        return tuple(clause.wish(self.name, (one,), value) for one in subjects) or (clause.wish(self.name, (), value),)

    def _multiplied(self, clause: Clause, subjects: tuple[str, ...], factor: float | None) -> Reading:
        if factor is None or clause.plain is None or subjects:
            return Reading(unclear="say the number")
        if self.unit == "share" and factor < 1:  # half the traffic is a share, not half of what it was
            return Reading(self._wishes(clause, (), f"= {number(factor)}"))
        base = self.lens.get(clause.plain(), None)
        if base is None:
            return Reading(unclear="there is no number yet to multiply: say the number")
        value = base * factor
        return Reading(self._wishes(clause, (), f"= {number(float(int(value)) if self.unit == 'count' else value)}"))

    def carry(self, design: Any, wish: Wish, inputs: Any) -> Any:
        """The design with the number in its place, and what follows from it."""
        _, _, bar = (wish.value or "").partition(" ")
        if self.judge(design, wish, inputs)[0] == "followed":
            return design  # a stricter bar than the one asked for stays
        try:
            changed = self.lens.put(design, wish.subjects[0] if wish.subjects else None, float(bar))
        except KeyError as error:
            raise Refused(f"{error.args[0]!r} has no {self.lens.label} in this design") from None
        return self.settle(changed, inputs)

    def judge(self, design: Any, wish: Wish, inputs: Any) -> Finding:
        """Whether the number that stands there keeps the wish."""
        subject = wish.subjects[0] if wish.subjects else None
        of = f" of {subject!r}" if subject else ""
        try:
            found = self.lens.get(design, subject)
        except KeyError:
            return "not followed", f"{subject!r} has no {self.lens.label} in this design"
        if found is None:
            return "not followed", f"{self.lens.label}{of} is not set"
        kept = meets(found, wish.value or "= nan")
        return ("followed" if kept else "not followed"), f"{self.lens.label}{of} is {number(found)}, asked {wish.value}"


@dataclass(frozen=True)
class Word:
    """A kind of wish that puts one of a few values into a field: patterns of the whole clause, each with its value."""

    name: str
    path: str
    patterns: tuple[tuple[str, Any], ...]  # full matches, courtesies and ends set aside
    settle: Settle = settled_as_is

    def kind(self) -> WishKind:
        """The line of the table."""
        return WishKind(self.name, self.read, self.carry, self.judge)

    def read(self, clause: Clause) -> Reading | None:
        """The value whose pattern is the whole clause."""
        for pattern, value in self.patterns:
            if re.fullmatch(pattern, clause.text.strip(), re.IGNORECASE):
                return Reading((clause.wish(self.name, (), str(value)),))
        return None

    def carry(self, design: Any, wish: Wish, inputs: Any) -> Any:
        """The design with that value."""
        value = next(value for _, value in self.patterns if str(value) == wish.value)
        return self.settle(replaced(design, self.path, value), inputs)

    def judge(self, design: Any, wish: Wish, inputs: Any) -> Finding:
        """Whether the field holds that value."""
        found = reached(design, self.path)
        return (
            "followed" if str(found) == wish.value else "not followed"
        ), f"{self.path} is {found}, asked {wish.value}"


NO = (
    r"(?:no|without(?: any)?|(?:(?:we|i) )?(?:do not|don't|never) (?:use|do|make|keep|apply|have|run|want|need)(?: "
    r"any| an?| the)?"
    r"|disable(?: the)?|turn off(?: the)?|switch off(?: the)?|drop(?: the)?|remove(?: the)?|skip(?: the)?)"
)


YES = r"(?:use|with|enable|turn on|switch on|keep|add|apply|do|make|have)(?: an?| the)?"


def switch(topic: str) -> tuple[str, str]:
    """Patterns of "no <topic>" and of "use <topic>"."""
    off = (
        rf"(?:{NO} (?:{topic})|(?:switch|turn) (?:the )?(?:{topic}) off|(?:{topic})(?: is| should be)? (?:off|not "
        rf"needed))"
    )
    on = rf"(?:{YES} (?:{topic})|(?:switch|turn) (?:the )?(?:{topic}) on|(?:{topic})(?: is| should be)? on)"
    return off, on
