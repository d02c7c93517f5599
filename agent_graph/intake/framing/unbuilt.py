"""Kinds of problem that this version recognises and doesn't build: forecasts of series, survival."""

from __future__ import annotations

import re

from agent_graph.artifacts import ColumnProfile, Profile, Specification
from agent_graph.errors import NotBuiltYet
from agent_graph.intake.framing.statement import Statement
from agent_graph.profiling import reading
from agent_graph.profiling.names import has, lexicon

SURVIVAL = re.compile(
    r"how long (they|he|she|it|a \w+|people|patients|each|until|before|customers"
    r"|someone)\b[^.]{0,40}\b(live|survive|last|stay|until|before)"
    r"|\bsurvival (time|curve|analysis|probabilit)|\bstill (alive|active|running|working) when\b"
    r"|\bcensor\w*|\btime[- ]to[- ](event|failure|death|churn)"
    r"|\balive after\b|\bchance of (being alive|surviving)\b[^.]{0,30}\b(year|month)|\bhazard\b"
    r"|\btime until\b|\blifetime distribution", re.IGNORECASE)  # fmt: skip
FORECAST = re.compile(
    r"\bforecast\w*\b|\bnext (\d+|two|three|four|five|six|seven|ten|twelve|fourteen|few"
    r"|couple of)?\s*(hour|day|week|month|quarter)s?\b"
    r"|\bcoming (hour|day|week|month|quarter)s?\b|\btomorrow\b|\bahead\b|\bby the first of\b"
    r"|\bfollowing (day|week|month)\b", re.IGNORECASE)  # fmt: skip
TIME_NAMES = lexicon(
    "time days day futime duration tenure followup follow months survtime stime t length lifetime start stop"
)
EVENT_NAMES = lexicon("event status death die dead censored cens observed relapse failed fail delta churn")


def refuse_unbuilt(specification: Specification, profile: Profile, statement: Statement) -> None:
    """NotBuiltYet for a forecast of series or a survival question, by the task given or by words and data together."""
    if specification.task == "survival" or (specification.task is None and _is_survival(profile, statement)):
        raise NotBuiltYet(
            "survival problems (how long until, with rows still waiting) aren't built yet: "
            "ask whether it happens within a fixed time, as a yes-or-no column, and add --task binary"
        )
    if specification.task == "forecast" or (specification.task is None and _is_forecast(profile, statement)):
        raise NotBuiltYet(
            "forecasting problems aren't built yet: add the past values that are known by then as columns, "
            "and add --task regression or --task count"
        )


def _is_survival(profile: Profile, statement: Statement) -> bool:
    if not SURVIVAL.search(statement.text):
        return False
    numbers = [c for c in profile.main.columns if c.kind == "number" and c.distinct > 20]
    timed = any(has(c.name, TIME_NAMES) or c.name.lower().endswith("time") for c in numbers)
    return timed and any(c.distinct == 2 and has(c.name, EVENT_NAMES) for c in profile.main.columns)


def _is_forecast(profile: Profile, statement: Statement) -> bool:
    return FORECAST.search(statement.text) is not None and is_series(profile)


def is_series(profile: Profile) -> bool:
    """Whether the main table is one dense series, or a panel of them, over regular moments."""
    main = profile.main
    times = [c for c in main.columns if c.kind == "datetime" and c.missing == 0 and c.distinct >= 20]
    if any(c.distinct >= 0.99 * main.rows and _regular(profile, c) for c in times):
        return True
    keys = [
        c
        for c in main.columns
        if c.missing == 0
        and 2 <= c.distinct <= main.rows / 10
        and c.kind in ("category", "code", "high_cardinality", "identifier")
    ]
    return any(_is_panel(profile, time, key) for time in times for key in keys)


def _is_panel(profile: Profile, time: ColumnProfile, key: ColumnProfile) -> bool:
    """Each moment at most once for each key, and most of all pairs there."""
    main = profile.main
    if main.rows > 1.02 * time.distinct * key.distinct or main.rows < 0.3 * time.distinct * key.distinct:
        return False
    pairs = reading.typed(main).select(time.name, key.name).unique().collect().height
    return pairs >= 0.99 * main.rows and _regular(profile, time)


def _regular(profile: Profile, time: ColumnProfile) -> bool:
    """Most steps between one moment and the next are of one length (months differ by three days)."""
    moments = reading.typed(profile.main).select(time.name).unique().sort(time.name).collect()[time.name]
    steps = moments.diff().drop_nulls()
    lengths = steps.dt.total_seconds().cast(float) if steps.dtype.is_temporal() else steps.cast(float)
    middle = float(lengths.median() or 0.0)  # type: ignore[arg-type]
    return middle > 0 and int(((lengths / middle - 1).abs() < 0.12).sum()) > 0.7 * len(lengths)
