"""Moments in the rows: which column tells them, how far they lie apart, which column tells series apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

import polars as pl

from agent_graph.artifacts import ColumnProfile, Part, Profile
from agent_graph.intake.evidence.columns import Columns
from agent_graph.intake.evidence.letters import FILLERS
from agent_graph.intake.evidence.lexicons import any_says, name_words, spelled_unit, time_unit
from agent_graph.intake.wishes import Wished, steps_ahead
from agent_graph.profiling import reading

Step = Literal["hour", "day", "week", "month", "quarter", "year", "step", ""]
GAPS: tuple[tuple[float, float, Step], ...] = (  # of days
    (0.03, 0.05, "hour"), (0.9, 1.6, "day"), (6.5, 7.5, "week"), (27.0, 31.9, "month"), (88.0, 93.0, "quarter"),
    (360.0, 370.0, "year"),
)  # fmt: skip
PERIODS: tuple[tuple[str, Step], ...] = (  # moments as people write them where no calendar date stands
    (r"\d{4}\W?[QqTK]\W?[1-4]|[QqTK][1-4]\W?\d{4}", "quarter"), (r"\d{4}\W?[WwKkSs][Ww]?\W?\d{1,2}", "week"),
    (r"\d{4}\W?[Mm]?\W?(?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[/.-]\d{4}|[^\W\d_]{3,9}\.?\W?\d{2,4}", "month"),
)  # fmt: skip
WITHIN: tuple[tuple[Step, int], ...] = (
    ("quarter", 4),
    ("month", 12),
    ("week", 53),
)  # parts of a year that are numbered
ONE_EACH = 1.05  # rows a moment, up to which there is one series
TOLD = 0.98  # of the rows that a moment and a series tell apart


@dataclass(frozen=True)
class Timeline:
    """The columns that tell a row's moment, coarse to fine, how far moments lie apart, how many rows share one."""

    columns: tuple[str, ...]
    step: Step
    rows_each: float


@lru_cache(maxsize=64)
def timeline(profile: Profile) -> Timeline | None:
    """The moments of the main table; None where no column tells them."""
    columns = Columns(profile)
    found = [(sure, k, step) for k, column in enumerate(columns.facts) if (found := _moment(columns, k, column))
             for sure, step in [found]]  # fmt: skip
    if not found:
        return None
    _, place, step = max(found, key=lambda one: (one[0], -one[1]))
    names = [columns.names[place]]
    distinct = columns.facts[place].distinct
    if step == "year":
        for finer, most in WITHIN:
            part = next((c for k, c in enumerate(columns.facts) if c.storage != "float" and 2 <= c.distinct <= most
                         and time_unit(name_words(columns.spelled[k])) == finer), None)  # fmt: skip
            if part is not None:
                names, step = [*names, part.name], finer
                distinct = reading.typed(profile.main).select(names).unique().collect().height
                break
    return Timeline(tuple(names), step, profile.main.rows / max(1, distinct))


def numbers_moments(columns: Columns, place: int) -> bool:
    """Whether a column of whole numbers counts years, months, days or other moments."""
    column = columns.facts[place]
    return column.storage == "integer" and _moment(columns, place, column) is not None


def _moment(columns: Columns, place: int, column: ColumnProfile) -> tuple[float, Step] | None:
    """How surely a column tells the moment of its row, and its step; None where it doesn't."""
    if column.distinct < 3 or column.missing > 0.05:
        return None
    words = name_words(columns.spelled[place])
    if column.kind == "datetime":
        return 1.0, _gap(columns.profile, column.name)
    if column.storage == "integer" and column.minimum is not None and column.maximum is not None:
        dense = column.maximum - column.minimum + 1 <= 1.6 * column.distinct
        year = column.minimum >= 1600 and column.maximum <= 2150
        unit = spelled_unit(words) or (time_unit(words) if len(words) == 1 else "")
        if year and (unit in ("year", "season") or (dense and column.distinct >= 8)):
            return (0.9 if unit else 0.6), "year"
        plain = all(time_unit((word,)) or any_says((word,), "number", "words") or word in FILLERS for word in words)
        if plain and unit in ("hour", "day", "week", "month", "quarter", "year") and dense and column.distinct > 12:
            return 0.8, cast("Step", unit)
        if any_says(words, "moment", "step") and dense and column.distinct > 12:
            return 0.7, "step"
    if column.storage == "string" and column.levels and column.distinct >= 8:
        for pattern, step in PERIODS:
            if all(re.fullmatch(pattern, level.value.strip()) for level in column.levels[:20]):
                return 0.85, step
    return None


def _gap(profile: Profile, name: str) -> Step:
    """How far the distinct moments lie apart, in the middle."""
    values = reading.typed(profile.main).select(name).collect()[name].drop_nulls().unique().sort()
    if not values.dtype.is_temporal() or len(values) < 3:
        return ""
    days = values.cast(pl.Datetime("us")).diff().drop_nulls().dt.total_seconds().median()
    return next((step for low, high, step in GAPS if days is not None and low <= float(days) / 86_400 <= high), "")  # type: ignore[arg-type]


def series(columns: Columns, target: int, near: dict[str, str]) -> Part | None:
    """The column whose values each have their own run of moments; None where the moments come once.

    `near` has the columns that the words speak of, each with the words.
    """
    line = timeline(columns.profile)
    if line is None or line.rows_each <= ONE_EACH:
        return None
    frame = reading.typed(columns.profile.main)
    fitting = []
    for place, column in enumerate(columns.facts):
        if place == target or column.name in line.columns or not 2 <= column.distinct <= columns.profile.main.rows / 3:
            continue
        if column.storage in ("float", "date", "datetime") or column.missing > 0.02:
            continue
        if column.distinct < 0.9 * line.rows_each:
            continue
        apart = frame.select(column.name, *line.columns).unique().collect().height / columns.profile.main.rows
        if apart >= TOLD:
            rank = (column.name in near, column.storage == "string", -column.distinct, -place)
            fitting.append((rank, column, apart))
    if not fitting:
        return None
    _, column, apart = max(fitting, key=lambda one: one[0])
    reason = (f"each moment of {'+'.join(line.columns)!r} comes once for each of its {column.distinct} values "
              f"({apart:.0%} of the rows)")  # fmt: skip
    sure = 0.9 if len(fitting) == 1 or column.name in near else 0.75
    return Part(topic="series", choice=column.name, confidence=sure, reason=reason, words=near.get(column.name, ""))


def horizon(profile: Profile, wished: Wished) -> Part | None:
    """Steps ahead, of the length of time that the words name and of how far the rows lie apart."""
    ahead, line = wished.horizon, timeline(profile)
    if ahead.count is None or not ahead.found:
        return None
    own = line.step if line is not None and line.step not in ("", "step") else ""
    step = own or ahead.cadence or ahead.unit
    steps = steps_ahead(ahead, step)
    if steps is None:
        return None
    found = ahead.found[0]
    where = f"rows come every {own}" if own else f"a step is taken to be a {step}: the rows' own isn't told"
    return Part(topic="horizon", choice=str(steps), confidence=round(found.confidence * (1.0 if own else 0.7), 3),
                reason=f"{found.value} ahead, and {where}", words=found.words)  # fmt: skip
