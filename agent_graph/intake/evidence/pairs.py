"""Evidence that a column is what a statement asks for: named numbers for each column, from words and values together.

How a column is near a piece of the statement is measured in several ways; where it is near counts by what the piece
does. Being near what is asked speaks for a column, being near a list of what is known speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray

from agent_graph.artifacts import ColumnProfile
from agent_graph.intake.evidence.columns import SHAPES, Columns
from agent_graph.intake.evidence.encoder import directions
from agent_graph.intake.evidence.letters import FILLERS, abbreviates, alike, content_words, fold, tokens
from agent_graph.profiling.concepts import akin
from agent_graph.profiling.names import stems

Floats = NDArray[np.float64]
WEIGHED = ("wish", "known", "late", "act", "outcome")  # roles that say something of a column
KNOWN = WEIGHED.index("known")
MOST_LISTED = 300  # columns: above, things aren't dealt out one to one
PLAIN_VALUES = frozenset({"yes", "no", "true", "false", "none", "other", "unknown"})
MOST_LEVELS = 30
_ITEMS = re.compile(r",|;|/|\s(?:and|und|et|y|e|en|i|och|ve|or|oder|ou|o|of|lub|eller|veya)\s")


@dataclass(frozen=True)
class Said:
    """A statement's pieces, by their words."""

    pieces: tuple[str, ...]

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Content words of each piece."""
        return tuple(tuple(dict.fromkeys(content_words(piece))) for piece in self.pieces)

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """All content words, numbered."""
        return {word: place for place, word in enumerate(dict.fromkeys(w for each in self.words for w in each))}

    @cached_property
    def items(self) -> tuple[tuple[str, int], ...]:
        """Things that enumerations name, each with the number of its piece."""
        found = []
        for place, piece in enumerate(self.pieces):
            parts = [part.strip(" .?!'\"") for part in _ITEMS.split(piece)]
            if len(parts) >= 2:
                found += [(part, place) for part in parts if content_words(part) and len(part.split()) <= 8]
        return tuple(found)


@dataclass(frozen=True)
class Pairs:
    """How near each column is to each piece, by letters, meaning, synonyms and values: all columns × pieces."""

    said: Said
    columns: Columns

    @cached_property
    def _own(self) -> tuple[dict[str, int], Floats]:
        """Words of all names, numbered, and each column's weights of them (columns × words): shared words say less."""
        split = [tokens(name) for name in self.columns.spelled]
        numbered = {word: place for place, word in enumerate(dict.fromkeys(w for each in split for w in each))}
        times: dict[str, int] = {}
        for each in split:
            for word in set(each):
                times[word] = times.get(word, 0) + 1
        weights = np.zeros((len(split), max(1, len(numbered))))
        for row, each in enumerate(split):
            for word in each:
                weights[row, numbered[word]] = (0.3 if word in FILLERS or word.isdigit() else 1.0) / times[word] ** 0.5
        total = weights.sum(axis=1, keepdims=True)
        return numbered, weights / np.where(total > 0, total, 1.0)

    def _by_words(self, near: Floats) -> Floats:
        """A words × vocabulary nearness as columns × pieces: a name's words each meet the nearest word of the piece."""
        _, weights = self._own
        places = [[self.said.vocabulary[w] for w in words] for words in self.said.words]
        best = np.column_stack([near[:, at].max(axis=1) if at else np.zeros(len(near)) for at in places])
        return np.asarray(weights @ best)

    @cached_property
    def by_letters(self) -> Floats:
        """Words that begin alike."""
        folded = [fold(word) for word in self.said.vocabulary]
        near = np.array([[alike(fold(own), word) for word in folded] for own in self._own[0]])
        return self._by_words(near.reshape(len(self._own[0]), len(folded)))

    @cached_property
    def by_word_meaning(self) -> Floats:
        """Words of near meaning."""
        near = directions(list(self._own[0])) @ directions(list(self.said.vocabulary)).T
        return self._by_words(near.astype(np.float64))

    @cached_property
    def by_synonym(self) -> Floats:
        """Words that people use for one another, from a short list."""
        theirs = [stems(word) for word in self.said.vocabulary]
        near = np.array([
            [max((akin(a, b) for a in stems(own) for b in other), default=0.0) for other in theirs]
            for own in self._own[0]
        ])  # fmt: skip
        return self._by_words(near.reshape(len(self._own[0]), len(theirs)))

    @cached_property
    def by_abbreviation(self) -> Floats:
        """A name, or its words, short for words of the piece."""
        spoken = [[fold(word) for word in tokens(piece)] for piece in self.said.pieces]
        telling = [[word for word in words if word not in FILLERS] for words in spoken]
        found = np.zeros((len(self.columns.names), len(spoken)))
        for row, name in enumerate(self.columns.spelled):
            parts = [fold(word) for word in tokens(name) if not word.isdigit()]
            whole = "".join(parts)
            for column, (words, kept) in enumerate(zip(spoken, telling, strict=True)):
                alone = abbreviates(whole, kept) if len(whole) <= 6 else 0.0
                each = [abbreviates(part, words) for part in parts]
                found[row, column] = max(alone, sum(each) / len(each) if each else 0.0)
        return found

    @cached_property
    def by_direction(self) -> Floats:
        """The name's direction against the piece's."""
        return np.asarray(self.columns.by_name @ directions(self.said.pieces).T, dtype=np.float64)

    @cached_property
    def by_meaning(self) -> Floats:
        """Name and values against the piece."""
        return np.asarray(self.columns.by_meaning @ directions(self.said.pieces).T, dtype=np.float64)

    @cached_property
    def by_values(self) -> Floats:
        """Share of the column's values that the piece speaks of."""
        found = np.zeros((len(self.columns.names), len(self.said.pieces)))
        spoken = [[fold(word) for word in words] for words in self.said.words]
        for row, column in enumerate(self.columns.facts):
            heads = _value_words(column)
            for place, words in enumerate(spoken):
                if heads:
                    found[row, place] = sum(any(alike(h, w) >= 0.85 for w in words) for h in heads) / len(heads)
        return found

    @cached_property
    def best(self) -> Floats:
        """The strongest of letters, synonyms and abbreviation."""
        found = np.maximum(self.by_letters, 0.9 * self.by_synonym)
        return np.maximum(found, 0.8 * self.by_abbreviation)

    @cached_property
    def by_name(self) -> Floats:
        """1 where the piece has the column's very name, written as no everyday word is: with a sign, a digit or
        capitals in it, or in brackets or quotes."""
        found = np.zeros((len(self.columns.names), len(self.said.pieces)))
        for row, name in enumerate(self.columns.names):
            if len(name) < 2:
                continue
            exact = re.escape(name)
            strange = re.search(r"[\W_\d]|[a-z][A-Z]", name) or (len(name) > 2 and name.isupper())
            bare = rf"(?<![\w.]){exact}(?!\w)" if strange else rf"[(\['\"`„“«]{exact}[)\]'\"`”“»,:]"
            wanted = re.compile(bare)
            for place, piece in enumerate(self.said.pieces):
                found[row, place] = float(wanted.search(piece) is not None)
                if piece.strip() == name and place:  # a bracket by itself belongs to what it stands behind
                    found[row, place - 1] = 1.0
        return found

    @cached_property
    def listed(self) -> tuple[Floats, NDArray[np.int64], float]:
        """The thing of the lists that each column is most likely, one to one: (nearness, number of the thing's piece or
        -1, share of the things that were met)."""
        items, width = self.said.items, len(self.columns.names)
        near, piece = np.zeros(width), np.full(width, -1)
        if not items or width > MOST_LISTED:
            return near, piece, 0.0
        part = Pairs(Said(tuple(text for text, _ in items)), self.columns)
        score = np.maximum(part.best, 0.5 * part.by_direction + 0.5 * part.by_word_meaning)
        for row, column in zip(*scipy.optimize.linear_sum_assignment(score.T, maximize=True), strict=True):
            near[column], piece[column] = score[column, row], items[row][1]
        return near, piece, float((near > 0.6).sum() / len(items))


def _value_words(column: ColumnProfile) -> list[str]:
    if not 2 <= column.distinct <= MOST_LEVELS or column.storage not in ("string", "boolean"):
        return []
    plain = [level.value for level in column.levels[:12] if len(level.value) > 2]
    words = [content_words(value)[:1] for value in plain if value.strip().lower() not in PLAIN_VALUES]
    return [fold(word[0]) for word in words if word]


def evidence_for_target(pairs: Pairs, roles: Floats) -> dict[str, Floats]:
    """The named evidence, each an array over the columns; `roles` says what each piece does (pieces × 8)."""
    columns = pairs.columns
    found: dict[str, Floats] = {}
    measures = {
        "direction": pairs.by_direction, "meaning": pairs.by_meaning, "letters": pairs.by_letters,
        "word_meaning": pairs.by_word_meaning, "synonym": pairs.by_synonym, "abbreviation": pairs.by_abbreviation,
        "values": pairs.by_values, "best": pairs.best, "named": pairs.by_name,
    }  # fmt: skip
    for name, near in measures.items():
        for place, role in enumerate(WEIGHED):
            weight = roles[:, place]
            found[f"{name}.{role}"] = (near * weight).max(axis=1)
            found[f"{name}.{role}.mean"] = (near * weight).sum(axis=1) / (weight.sum() + 0.3)
        found[f"{name}.any"] = near.max(axis=1)
        found[f"{name}.wish-known"] = found[f"{name}.wish"] - found[f"{name}.known"]
        found[f"{name}.wish-late"] = found[f"{name}.wish"] - found[f"{name}.late"]
    near, piece, share = pairs.listed
    known = np.where(piece >= 0, near * roles[piece, KNOWN], 0.0)
    found |= {"listed": near, "listed.known": known, "listed.share": np.full(len(near), share)}
    found["listed.missed"] = share * (1 - near)
    for name in COMPARED:
        found |= _compared(name, found[name])
    return found | _facts(columns)


COMPARED = (
    "direction.wish", "meaning.wish", "letters.wish", "word_meaning.wish", "best.wish", "direction.any",
    "word_meaning.any", "best.wish-known", "direction.wish-known", "word_meaning.wish-known", "meaning.wish-known",
    "best.late", "direction.late", "word_meaning.late", "direction.outcome", "best.outcome", "listed.known",
)  # fmt: skip


def _compared(name: str, values: Floats) -> dict[str, Floats]:
    """How it stands among the table's columns: in standard deviations, and by place (0 is first, logarithmic)."""
    place = np.argsort(np.argsort(-values, kind="stable"), kind="stable")
    return {f"{name}.z": (values - values.mean()) / (values.std() + 1e-6), f"{name}.place": np.log1p(place)}


def _facts(columns: Columns) -> dict[str, Floats]:
    """What speaks for or against a column whatever the words are."""
    facts, rows, width = columns.facts, columns.profile.main.rows, len(columns.facts)
    ties = columns.ties

    def each(values: Sequence[float]) -> Floats:
        return np.array(values, dtype=np.float64)

    found = {f"shape.{shape}": each([float(own == shape) for own in columns.shapes]) for shape in SHAPES}
    return found | {
        "distinct": each([np.log1p(c.distinct) for c in facts]),
        "distinct.share": each([c.distinct / max(1, rows) for c in facts]),
        "missing": each([c.missing for c in facts]),
        "zeros": each([c.zeros or 0.0 for c in facts]),
        "rarer": each([c.levels[-1].share if c.distinct == 2 and c.levels else 0.0 for c in facts]),
        "fraction": each([float(c.storage == "float") for c in facts]),
        "code": each([float(c.kind == "code") for c in facts]),
        "place": each([place / max(1, width - 1) for place in range(width)]),
        "first": each([float(place == 0) for place in range(width)]),
        "last": each([float(place == width - 1) for place in range(width)]),
        "width": np.full(width, np.log(width)),
        "rows": np.full(width, np.log(max(1, rows))),
        "name.length": each([len(tokens(name)) for name in columns.spelled]),
        "name.short": each([float(len(name) <= 3) for name in columns.spelled]),
        "tied.most": ties.max(axis=1),
        "tied.mean": ties.mean(axis=1),
        "tied.often": (ties > 0.3).mean(axis=1),
    }
