"""Column by column: what kind of value it holds, and so what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from agent_graph.artifacts import (
    ColumnContract,
    ColumnProfile,
    Decision,
    Feature,
    Profile,
    Setting,
    Transform,
)
from agent_graph.profiling import reading
from agent_graph.roles.data_scientist.playbook.orders import order_of
from agent_graph.roles.data_scientist.playbook.pairs import couples

NUMERIC = ("int", "float", "bool")
FEWEST_KNOWN = 20  # rows with a value; fewer teach nothing that would hold on new rows
TWO_CYCLES_DAYS = 2 * 365
SEASON_DAYS = 456  # a year, and the newest fifth that is held out: the least that shows each season before it is judged
TURNS = 0.1  # of its steps that a clock may go the other way: a year that ends
CLOCK_PSI = 4.0  # the newest rows hold values that hardly any older row has: the column counts time
MOST_LEVELS = 250
LONGEST_CODE = 4  # characters


class Names:
    """Identifiers for features, each given once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, text: str) -> str:
        """A snake_case identifier that resembles the text and is not taken yet."""
        stem = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:50].strip("_") or "column"
        stem = f"c_{stem}" if stem[0].isdigit() else stem
        name, count = stem, 1
        while name in self._taken:
            count += 1
            name = f"{stem}_{count}"
        self._taken.add(name)
        return name


def column_features(
    profile: Profile, columns: Sequence[ColumnContract], rows: int, *, plain: bool, future: str | None
) -> tuple[tuple[Feature, ...], tuple[Decision, ...]]:
    """The features of the given columns and what was left out.

    `plain` keeps to numbers, categories and dates; `future` is the column of time by which the model answers for later
    rows than it saw, None where it doesn't.
    """
    names, found, dropped = Names(), [], []
    clocks = _clocks(profile, columns, future) if future else frozenset[str]()
    for column in columns:
        known = profile.column(column.name)
        reason = _useless(known, column, rows, plain)
        if column.name in clocks:
            reason = "counts the time, of which less than a year was seen: the coming values are all unknown to a model"
        if reason:
            dropped.append(Decision(what=column.name, choice="not used", why=reason))
        else:
            made = _feature(names.give(column.name), known, column, rows)
            unseen = future is not None and made.transform == "datetime" and (_days(known) or SEASON_DAYS) < SEASON_DAYS
            found.append(_without_season(made) if unseen else made)
    return tuple(found) + (() if plain else _pairs(profile, found, names)), tuple(dropped)


def _clocks(profile: Profile, columns: Sequence[ColumnContract], time: str) -> frozenset[str]:
    """Numbers such as a month that only ever had older values, and copies of them in side tables.

    What moves with the season as well, such as last year's price, goes up and down; a clock only starts again.
    """
    history = max((_days(profile.column(column.name)) or 0 for column in columns), default=0)
    if not 0 < history < SEASON_DAYS:
        return frozenset()
    moving = {drift.column for drift in profile.drift if drift.psi > CLOCK_PSI and _counts(profile, time, drift.column)}
    numbers = [column.name for column in columns if column.dtype in NUMERIC]
    return frozenset(name for name in numbers if name in moving or name.rpartition(".")[2] in moving)


def _counts(profile: Profile, time: str, name: str) -> bool:
    """Whether a number goes one way with time but for few turns; so it is taken to where the rows can't be read."""
    main = profile.main
    known = {column.name: column for column in main.columns}
    if not {time, name} <= known.keys() or time == name or not all(Path(file).is_file() for file in main.files):
        return True
    frame = reading.typed(main.model_copy(update={"columns": (known[time], known[name])})).drop_nulls().collect()
    value = pl.col(name).cast(pl.Float64, strict=False).median()
    steps = frame.group_by(time).agg(value).sort(time)[name].diff().drop_nulls()
    moved = steps.filter(steps != 0)
    falls = len(moved.filter(moved < 0)) / len(moved) if len(moved) else 0.0
    return min(falls, 1 - falls) <= TURNS


def _without_season(moment: Feature) -> Feature:
    kept = tuple(setting for setting in moment.parameters if setting.key != "season")
    why = "weekday and hour; no season, since the coming one was never seen: less than a year lies before it"
    return moment.model_copy(update={"parameters": kept, "why": why})


def _useless(known: ColumnProfile, column: ColumnContract, rows: int, plain: bool) -> str:
    if known.kind in ("constant", "empty") or known.distinct < 2:
        return "the same value in every row: nothing to learn from"
    if known.kind == "identifier":
        return f"{known.distinct} different values, one for nearly every row: a name, not a property"
    if (1 - known.missing) * rows < FEWEST_KNOWN:
        return f"only {(1 - known.missing) * rows:.0f} rows have a value"
    if plain and _transform(known, column) in ("text", "rare_category"):
        return "letters and words are left out of the plain design that follows a failed check"
    return ""


def _transform(known: ColumnProfile, column: ColumnContract) -> Transform:
    if column.dtype == "datetime":
        return "datetime"
    if column.dtype in NUMERIC:
        return "category" if known.kind == "code" else "number"
    if known.kind == "text":
        return "text"
    if known.distinct > MOST_LEVELS or (known.kind == "high_cardinality" and not _short_codes(known)):
        return "rare_category"
    whole = len(known.levels) == known.distinct
    return "ordinal" if whole and order_of(known.name, [level.value for level in known.levels]) else "category"


def _short_codes(known: ColumnProfile) -> bool:
    """Levels such as airports or states: their letters say nothing that the level itself doesn't."""
    return bool(known.levels) and all(len(level.value) <= LONGEST_CODE for level in known.levels)


def _feature(name: str, known: ColumnProfile, column: ColumnContract, rows: int) -> Feature:
    transform = _transform(known, column)
    parameters, why = {
        "number": _number,
        "category": _category,
        "ordinal": _ordinal,
        "rare_category": _many_levels,
        "text": _text,
        "datetime": _moment,
    }[transform](known, rows)
    return Feature(name=name, transform=transform, columns=(column.name,), parameters=parameters, why=why)


Choice = tuple[tuple[Setting, ...], str]


def _number(known: ColumnProfile, rows: int) -> Choice:
    missing = f"; {known.missing:.1%} missing, kept as missing" if known.missing else ""
    if _zero_is_a_failure(known):
        why = f"a zero in {known.zeros:.2%} of rows while 99 % are above {known.quantiles[0]:g}: a failed measurement"
        return (Setting(key="zero_is_missing", value="true"),), why + missing
    return (), f"a number with {known.distinct} different values{missing}"


def _zero_is_a_failure(known: ColumnProfile) -> bool:
    if not known.quantiles or not known.zeros or known.minimum != 0 or known.distinct <= 20:
        return False
    return known.zeros < 0.01 and known.quantiles[0] > 0.3 * known.quantiles[3] > 0


def min_count(rows: int) -> int:
    """How many rows a level needs to stand on its own: one in a thousand, at least 2, at most 20."""
    return max(2, min(20, rows // 1000))


def _category(known: ColumnProfile, rows: int) -> Choice:
    least = min_count(rows)
    word = "a number that names something" if known.kind == "code" else "a category"
    why = f"{word} with {known.distinct} levels; those in fewer than {least} rows share one, new ones join them"
    return _settings(min_count=least, max_levels=MOST_LEVELS), why


def _ordinal(known: ColumnProfile, rows: int) -> Choice:
    order = order_of(known.name, [level.value for level in known.levels])
    ranks = tuple(Setting(key=level, value=str(rank)) for rank, level in enumerate(order))
    return ranks, f"{len(order)} levels with a natural order, so a threshold between them means something"


def _many_levels(known: ColumnProfile, rows: int) -> Choice:
    least = max(5, min_count(rows))
    why = f"{known.distinct} different names: frequent ones as levels, all by the letters that similar ones share"
    return _settings(min_count=least, max_levels=MOST_LEVELS, components=20), why


def _text(known: ColumnProfile, rows: int) -> Choice:
    why = f"prose of {known.mean_words or 0:.0f} words on average: words and pairs of words, weighted by how telling"
    return _settings(min_df=max(2, min(5, rows // 1000)), components=40), why


def _moment(known: ColumnProfile, rows: int) -> Choice:
    days = _days(known)
    hours = known.storage == "datetime" or "%H" in (known.datetime_format or "")
    absolute = days is not None and days >= TWO_CYCLES_DAYS
    if absolute:
        why = f"season and weekday; days since the start too, since {(days or 0) / 365:.1f} years were seen"
    else:
        why = "season and weekday; no absolute days, since fewer than two full years make a season look like a trend"
    flags = (("season", True), ("hours", hours), ("absolute", absolute))
    return tuple(Setting(key=key, value="true") for key, given in flags if given), why


def _days(known: ColumnProfile) -> int | None:
    if known.earliest is None or known.latest is None:
        return None
    first, last = (datetime.fromisoformat(end).replace(tzinfo=None) for end in (known.earliest, known.latest))
    return (last - first).days


def _settings(**values: int) -> tuple[Setting, ...]:
    return tuple(Setting(key=key, value=str(value)) for key, value in values.items())


def _pairs(profile: Profile, found: Sequence[Feature], names: Names) -> tuple[Feature, ...]:
    numbers = [(f.columns[0], profile.column(f.columns[0])) for f in found if f.transform == "number"]
    word = {"ratio": "per", "difference": "minus", "sum": "plus", "product": "times"}
    return tuple(
        Feature(
            name=names.give(f"{couple.left[:24]}_{word[couple.transform]}_{couple.right[:24]}"),
            transform=couple.transform,
            columns=(couple.left, couple.right),
            parameters=(),
            why=couple.why,
        )
        for couple in couples(numbers)
    )
