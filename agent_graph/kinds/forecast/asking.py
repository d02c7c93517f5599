"""That a statement asks how a series goes on: its words, and rows that lie on regular moments."""

from __future__ import annotations

import re

from agent_graph.artifacts.profile import ColumnProfile, Profile
from agent_graph.profiling import reading

WORDS = re.compile(
    r"\bforecast\w*\b|\bnext (\d+|two|three|four|five|six|seven|ten|twelve|fourteen|few"
    r"|couple of)?\s*(hour|day|week|month|quarter)s?\b"
    r"|\bcoming (hour|day|week|month|quarter)s?\b|\btomorrow\b|\bahead\b|\bby the first of\b"
    r"|\bfollowing (day|week|month)\b", re.IGNORECASE)  # fmt: skip


def asked(text: str, profile: Profile) -> bool:
    """Whether words of it stand in the text, and the main table holds series."""
    return WORDS.search(text) is not None and is_series(profile)


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
