"""Which columns a phrase speaks of: by name, by words of the name, by words that people use for one another."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agent_graph.feedback.wording import MARK, Script
from agent_graph.profiling.concepts import akin, meaningful
from agent_graph.profiling.names import lexicon, stem, stems, words
from agent_graph.role import Inputs

_SETS = (
    "bill charge invoice fee",
    "phone telephone call mobile",
    "duration tenure loyalty",
    "internet online web",
    "parent child family dependent",
    "partner spouse married marital wife husband",
    "zip postcode postal",
    "town city",
    "nation nationality country",
    "ethnicity race ethnic",
)  # fmt: skip
_AROUND = re.compile(
    r"^(?:(?:the|an?|both|this|that|these|those|our|my|its|their|his|her|column|columns|feature|features"
    r"|field|fields|variable|variables|attribute|attributes|named|called|of|on|in|for|from|with|by|about)\s+)+"
    r"|\s+(?:column|columns|feature|features|field|fields|variable|variables|attribute|attributes|at all|any ?more"
    r"|please"
    r"|either|too|as well|again|as an? (?:feature|input|predictor)|as (?:features|inputs|predictors)|data|types?"
    r"|levels?|groups?|flags?)$",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\s+(?:from|in|for|by|out of|of|to) (?:the |our )?(?:models?|features?|data|training|predictions?|design|inputs?"
    r"|estimators?|dataset|columns)$",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"^(?:all|every|any|both|each)\s+(?:of\s+)?(?:the\s+)?|^the (?=\w+s\b)", re.IGNORECASE)
_JOINTS = re.compile(r"\s*,\s*(?:(?:and|or|nor)\s+)?|\s+(?:and|or|nor|as well as|plus|&)\s+", re.IGNORECASE)
_SMALL = lexicon("s the a of in on to for customer row column feature their its all any every both each everything")
LEAST_PART = 1 / 2  # of a name's words that must be said: a long name is not meant by one of its words
MOST_TOLD, MOST_ITEMS = 6, 40


@dataclass(frozen=True)
class Found:
    """The columns of a phrase; `why` says what stands in the way, and then there are none."""

    names: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True)
class Columns:
    """The columns of a problem, as a note may call them."""

    script: Script
    inputs: Inputs

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All names after the joins, in the table's order."""
        return tuple(role.name for role in self.inputs.problem.columns)

    @cached_property
    def numeric(self) -> frozenset[str]:
        """Columns that hold numbers."""
        found = ((name, self.inputs.profile.column(name).storage) for name in self.names)
        return frozenset(name for name, storage in found if storage in ("integer", "float", "boolean"))

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """Columns of numbers that aren't flags: who says "the bills" doesn't mean whether they come on paper."""
        return tuple(name for name in self.names if name in self.numeric and self._kind(name) != "boolean")

    def _kind(self, name: str) -> str:
        return self.inputs.profile.column(name).kind

    def listed(self, phrase: str, *, numbers: bool = False) -> Found:
        """The columns of an enumeration; all its items must be known. `numbers`: only columns of numbers are meant."""
        items = [item for item in _JOINTS.split(stripped(phrase)) if item.strip()]
        if not items or len(items) > MOST_ITEMS:
            return Found((), "no column is named" if not items else "too many columns in one breath")
        found: dict[str, None] = {}
        for item in items:
            one = self.named(item, numbers=numbers)
            if one.why:
                return one
            found |= dict.fromkeys(one.names)
        return Found(tuple(found))

    def named(self, item: str, *, numbers: bool = False) -> Found:
        """The columns that one item names: one, or for a plural all that it fits."""
        if exact := self._exact(" ".join(item.split()), numbers=numbers):
            return Found(exact)
        item = stripped(item)
        if re.fullmatch(MARK, item):
            mark = self.script.mark(item)
            if mark.column is not None:
                return Found((mark.column,))
            item = mark.text
        elif re.search(MARK, item):
            return Found((), f"no column is called {self.script.spelled(item)!r}")
        several = _SEVERAL.match(item) is not None
        item = _SEVERAL.sub("", item).strip()
        pool = self.quantities if numbers else self.names
        fits = self._fitting(item, pool)
        if not fits:
            return Found((), f"no {'numeric ' if numbers else ''}column is called {item!r}")
        if len(fits) == 1 or several or _is_plural(item):
            return Found(fits)
        told = ", ".join(map(repr, fits[:MOST_TOLD])) + (" …" if len(fits) > MOST_TOLD else "")
        return Found((), f"{item!r} may be {told}: name one")

    def _exact(self, item: str, *, numbers: bool) -> tuple[str, ...]:
        """The column of that very name, even if it is a word such as "data" that means nothing elsewhere."""
        found = tuple(name for name in self.names if name.lower() == item.lower())
        return found if len(found) == 1 and (not numbers or found[0] in self.numeric) else ()

    def _fitting(self, item: str, pool: tuple[str, ...]) -> tuple[str, ...]:
        """The columns on the first rung that has any: the name, its case, its words, a part of it, kindred words."""
        if item in self.names:
            return (item,) if item in pool else ()
        said = tuple(word for word in stems(item) if word not in _SMALL)
        rungs: tuple[Callable[[str], bool], ...] = (
            lambda name: name.lower() == item.lower(),
            lambda name: bool(words(name)) and words(name) == words(item),
            lambda name: bool(said) and stems(name) == stems(item),
            lambda name: bool(said) and set(stems(name)) == set(said),
            lambda name: _is_part(said, name),
        )
        for rung in rungs:
            if fits := tuple(name for name in pool if rung(name)):
                return fits
        return ()


def stripped(phrase: str) -> str:
    """A phrase without articles and words such as "column" around it."""
    former = None
    phrase = phrase.strip(" ,.:;()-")
    while former != phrase:
        former = phrase
        phrase = _AROUND.sub("", _FROM.sub("", phrase)).strip(" ,.:;()-")
    return phrase


@lru_cache(maxsize=1)
def _index() -> dict[str, int]:
    return {stem(word): place for place, line in enumerate(_SETS) for word in line.split()}


def _kin(word: str, name: tuple[str, ...]) -> bool:
    own = _index()
    return any(akin(word, part) >= 0.7 or word == part or (word in own and own.get(part) == own[word]) for part in name)


def _is_part(said: tuple[str, ...], name: str) -> bool:
    own = stems(name)
    told = [word for word in meaningful(own) if word not in _SMALL]
    return bool(said) and len(said) >= LEAST_PART * len(told) and all(_kin(word, own) for word in said)


def _is_plural(item: str) -> bool:
    last = (words(item) or ("",))[-1]
    return len(last) > 3 and last.endswith("s") and not last.endswith(("ss", "us", "is")) and stem(last) != last
