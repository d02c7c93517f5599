"""Spellings of one value: capitals, blanks, and the many ways to say yes and no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import polars as pl

from agent_graph.artifacts import Spelling, Written
from agent_graph.profiling import plain

MOST = 2_000  # values of a column whose spellings are compared
FEW = 60  # up to so many, every class is listed, so that a spelling to come is understood too
OFTEN = 5  # rows a value, on average: else they are names or prose
YES = frozenset("yes y true t 1 1.0 ja j oui o si sí sì s sim да tak on".split())  # noqa: SIM905
NO = frozenset("no n false f 0 0.0 nein non não nao nie нет off nee".split())  # noqa: SIM905
SHORT = frozenset("y t 1 1.0 j o s n f 0 0.0".split())  # noqa: SIM905  # say so only beside a whole word
FULL = (YES | NO) - SHORT
SEXES = {
    "m": "male",
    "f": "female",
    "w": "female",
    "man": "male",
    "woman": "female",
    "male": "male",
    "female": "female",
}
MARKS = frozenset(
    "unknown none missing na n/a ? - -- . * n.d. nd k.a. unclear unbekannt inconnu desconocido pending tbd".split()  # noqa: SIM905
)
JOINT = re.compile(r"(?<=[^\W\d_])[-_ ]+(?=[^\W\d_])")


def find(cells: pl.Series) -> Written | None:
    """Which texts of a column (no missing among them) are spellings of one value; None when each is its own."""
    some = cells.head(2_000)
    if some.n_unique() > max(FEW, len(some) / OFTEN):
        return None
    counted = cells.value_counts(name="times").sort(["times", cells.name], descending=[True, False])
    if len(counted) > MOST or len(counted) > max(FEW, len(cells) / OFTEN):
        return None
    times = dict(zip(counted[cells.name].to_list(), counted["times"].to_list(), strict=True))
    truth = _truth(times)
    if truth is None:
        return _written(_alike(times), times, ())
    missing = tuple(sorted(text for text in times if fold(text) in MARKS))
    return _written(_truths(times, truth), times, missing)


def fold(text: str) -> str:
    """A cell without outer blanks, in small letters: as the generated project folds it."""
    return text.strip(plain.BLANKS).lower()


def _alike(times: dict[str, int]) -> dict[str, list[str]]:
    """Texts by the value that they spell, which is the most frequent of them without outer blanks."""
    groups: dict[str, list[str]] = {}
    folded = {fold(text) for text in times}
    sexes = SEXES if {"male", "female"} & folded and len(folded - set(SEXES)) <= 3 else {}
    for text in times:
        norm = sexes.get(fold(text)) or " ".join(JOINT.sub(" ", unicodedata.normalize("NFKC", fold(text))).split())
        groups.setdefault(norm, []).append(text)
    return {_name(texts): texts for texts in groups.values()}


def _truth(times: dict[str, int]) -> frozenset[str] | None:
    """The folded texts when all of them say yes or no, both in several ways or beside a mark for "unknown"; else None.

    A single letter or digit says so only beside a whole word: T, F and N may mean anything.
    """
    folded = {fold(text) for text in times} - {""}
    words = folded - MARKS
    yes, no = words & YES, words & NO
    if not yes or not no or words - YES - NO or not words & FULL:
        return None
    initials = {word[0] for word in words & FULL} | {"0", "1"}
    return (
        frozenset(words)
        if all(word[0] in initials or len(word) > 1 for word in words - FULL) or len(words) == 2
        else None
    )


def _truths(times: dict[str, int], truth: frozenset[str]) -> dict[str, list[str]]:
    groups = [[text for text in times if fold(text) in truth & side] for side in (YES, NO)]
    return {_name([t for t in texts if fold(t) in FULL] or texts): texts for texts in groups}


def _name(texts: Sequence[str]) -> str:
    return texts[0].strip(plain.BLANKS)  # they stand in the order of their numbers


def _written(groups: dict[str, list[str]], times: dict[str, int], missing: tuple[str, ...]) -> Written | None:
    united = {name: texts for name, texts in groups.items() if len(texts) > 1}
    if not united and not missing:
        return None
    listed = groups if len(groups) <= FEW else united
    pairs = {fold(text): name for name, texts in listed.items() for text in texts} if united else {}
    says = tuple(_said(name, texts, times) for name, texts in _first(united.items()))
    if len(united) > len(says):
        says += (f"{len(united) - len(says)} more values had several spellings, which were united",)
    if missing:
        says += (", ".join(f"{text!r} ({times[text]:,})" for text in missing) + " read as missing",)
    return Written(
        missing=missing, says=says,
        spellings=tuple(Spelling(folded=folded, meant=meant) for folded, meant in sorted(pairs.items())),
    )  # fmt: skip


def _first(groups: Iterable[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    return sorted(groups, key=lambda group: -len(group[1]))[:4]


def _said(name: str, texts: Sequence[str], times: dict[str, int]) -> str:
    shown = ", ".join(f"{text!r} ({times[text]:,})" for text in texts[:8])
    return f"{shown} united as {name!r}"
