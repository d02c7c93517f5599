"""What a row is about: the column that names it, by its name, by values that come once, by the noun in the words."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from agent_graph.artifacts import ColumnProfile, Part, Profile
from agent_graph.intake.evidence.columns import Columns
from agent_graph.intake.evidence.letters import content_words, fold
from agent_graph.intake.evidence.lexicons import any_says, name_words, shared_word, spelled_unit
from agent_graph.intake.keys.timeline import timeline
from agent_graph.profiling import reading
from agent_graph.profiling.kinds import is_named_like_an_id

ONCE = 0.98  # distinct values a row, from which on a column names its rows
NAMED, UNNAMED, SEVERAL = 0.9, 0.7, 0.75  # how sure: named like one, only counted so, a thing seen in many rows
BARE, SPOKEN = -0.3, 0.08  # a number of the row alone; the words say its noun
FEWEST, MOST_COMPARED = 10, 60  # things that are seen again; columns that are compared within them


@dataclass(frozen=True)
class _Candidate:
    column: ColumnProfile
    sure: float
    reason: str
    words: str


def entity(columns: Columns, target: int, statement: str, unit: str) -> Part | None:
    """The column that names what a row is about, as `unit` and the statement call it; None where none does."""
    called, spoken = _nouns(unit), _nouns(f"{unit} {statement}")
    found = [
        candidate
        for place, column in enumerate(columns.facts)
        if place != target and (candidate := _candidate(columns, place, column, spoken, called)) is not None
    ]
    if not found:
        return None
    best = max(found, key=lambda one: one.sure)
    return Part(topic="entity", choice=best.column.name, confidence=round(min(best.sure, 0.98), 3),
                reason=best.reason, words=best.words)  # fmt: skip


def _nouns(text: str) -> tuple[str, ...]:
    """Folded words that could name a thing."""
    return tuple(dict.fromkeys(fold(word) for word in content_words(text) if len(word) > 3))


def _candidate(
    columns: Columns, place: int, column: ColumnProfile, spoken: tuple[str, ...], unit: tuple[str, ...]
) -> _Candidate | None:
    rows = columns.profile.main.rows
    filled = rows * (1 - column.missing)
    words = name_words(columns.spelled[place])
    if not words or column.missing > 0.05 or column.storage in ("float", "boolean", "date", "datetime"):
        return None
    if _tells_moments(columns, column.name, words):
        return None
    numbered = is_named_like_an_id(column.name) or any_says(words, "number", "words")
    said = shared_word(words, spoken)
    if column.distinct >= ONCE * filled and rows >= 20:
        numbered = numbered or any_says(words, "thing", "words")
        return _naming_rows(column, words, said, numbered=numbered, rows=rows)
    if filled < 1.2 * column.distinct:
        return None
    return _naming_many(columns, column, words, said if said in unit else "")


def _tells_moments(columns: Columns, name: str, words: tuple[str, ...]) -> bool:
    """Whether a column numbers moments, as in a series with a row each: those are no things."""
    line = timeline(columns.profile)
    return (line is not None and name in line.columns) or bool(spelled_unit(words)) or any_says(words, "moment", "step")


def _naming_rows(
    column: ColumnProfile, words: tuple[str, ...], said: str, *, numbered: bool, rows: int
) -> _Candidate | None:
    """A column whose values come once each, if it is named so, counts up, or is a text that is no prose."""
    counts_up = column.storage == "integer" and (column.maximum or 0) - (column.minimum or 0) + 1 <= 1.02 * rows
    named = numbered or column.kind == "identifier"
    if not (named or counts_up):
        return None
    bare = all(any_says((word,), "number", "bare") for word in words) or (not named and counts_up)
    sure = (NAMED if numbered else UNNAMED) + BARE * bare + SPOKEN * bool(said)
    reason = f"its {column.distinct:,} values name {rows:,} rows, each once"
    return _Candidate(column, sure, reason + (", and its name says so" if numbered else ""), said)


def _naming_many(columns: Columns, column: ColumnProfile, words: tuple[str, ...], said: str) -> _Candidate | None:
    """A column that names people or machines, or what the words call a row, each of them seen in several rows: some
    facts stay the same for all rows of one, or it comes once in each moment."""
    rows = columns.profile.main.rows
    if not (said or any_says(words, "thing", "words")) or column.distinct < FEWEST:
        return None
    told = _held(columns.profile, column.name)
    if not told:
        return None
    each = rows / column.distinct
    sure = SEVERAL + SPOKEN * bool(said)
    return _Candidate(column, sure, f"it names what a row is about, seen {each:.1f} times each: {told}", said)


def _held(profile: Profile, name: str) -> str:
    """What all rows of one value share, in words; "" where they share nothing."""
    line = timeline(profile)
    frame = reading.typed(profile.main)
    if line is not None and line.rows_each > 1.2 and name not in line.columns:
        apart = frame.select(name, *line.columns).unique().collect().height / profile.main.rows
        if apart >= ONCE:
            return f"once for each {'+'.join(line.columns)}"
    others = [c.name for c in profile.main.columns if c.name != name and 2 <= c.distinct < 0.5 * profile.main.rows]
    groups = frame.group_by(name).agg(pl.len().alias("\0rows"), pl.col(others[:MOST_COMPARED]).drop_nulls().n_unique())
    again = groups.filter(pl.col("\0rows") > 1).drop(name, "\0rows").collect()
    held = [each.name for each in again if (each <= 1).all()] if len(again) >= FEWEST else []
    return f"{', '.join(held[:3])} never changes within one" if held else ""
