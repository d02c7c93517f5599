"""The data's facts, one line a column: in full where there is room, the telling ones first, the others in groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agent_graph.artifacts import ColumnProfile, ColumnRole, Problem, Profile
from agent_graph.prompting.names import runs
from agent_graph.prompting.tokens import tokens
from agent_graph.prompting.untrusted import quoted

FEWEST_ROWS = 10  # that hold a value before it is shown: below, it would be data of single rows
MOST_LEVELS = 6
ALWAYS = 30  # target, time, group, weight and leaks that have a line in any case
LONGEST = 40  # characters of a value that are shown
NAMED = ("boolean", "category", "code", "high_cardinality")  # kinds whose values are names, not the rows themselves
ORDER = ("target", "time", "group", "weight", "leak", "feature", "identifier", "unused")


@dataclass(frozen=True)
class Column:
    """One column as it may be told: fully, shortly, or as a member of a group."""

    name: str
    full: str
    short: str
    group: str
    rank: tuple[int, float]  # what is told first
    place: int  # in the table


def told(profile: Profile, problem: Problem, room: int) -> tuple[list[str], list[str]]:
    """Lines of single columns and lines of groups, together at most `room` tokens if there is a way.

    Target, time, groups and leaks come first, then features by how much there is to say of them: missing values,
    drift, skew, many levels. Every column is named, unless the names alone are too much: then each group names some.
    """
    columns = sorted(_columns(profile, problem), key=lambda column: column.rank)
    full = [column.full for column in columns]
    if _size(full) <= room:
        return full, []
    always = min(ALWAYS, sum(column.rank[0] < ORDER.index("feature") for column in columns))
    lines = [column.short for column in columns]
    alone = _most(always, len(columns), lambda n: _size([*lines[:n], *_groups(columns[n:])]) <= room)
    names = _most(1, len(columns), lambda n: _size([*lines[:alone], *_groups(columns[alone:], n)]) <= room)
    groups = _groups(columns[alone:], names)
    fully = _most(0, alone, lambda n: _size([*full[:n], *lines[n:alone], *groups]) <= room)
    return [*full[:fully], *lines[fully:alone]], groups


def _size(lines: Sequence[str]) -> int:
    return tokens("\n".join(lines))


def _most(low: int, high: int, fits: Callable[[int], bool]) -> int:
    """The largest number from `low` to `high` that fits; `low` when none does."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _groups(columns: Sequence[Column], most: int | None = None) -> list[str]:
    """One line a group; of each group's names the first `most`."""
    members: dict[str, list[str]] = {}
    for column in sorted(columns, key=lambda column: column.place):
        members.setdefault(column.group, []).append(column.name)
    lines = []
    for group, names in members.items():
        said = runs(names)
        more = f" and {len(said) - most} more" if most is not None and len(said) > most else ""
        lines.append(f"{group} ({len(names)}): {quoted(said[:most])}{more}")
    return lines


def _columns(profile: Profile, problem: Problem) -> Iterator[Column]:
    drift = {each.column: each.psi for each in profile.drift}
    for place, role in enumerate(problem.columns):
        facts = profile.column(role.name)
        why = f"; {quoted(_cut(role.why, 160))}" if role.use != "feature" else ""
        moved = f"; newest rows drifted, PSI {drift[role.name]:.2g}" if drift.get(role.name, 0) > 0.1 else ""
        head = f"{quoted(role.name)}: {role.use}, {role.kind}"
        missing = f", {share(facts.missing)} missing" if facts.missing else ""
        yield Column(
            name=role.name,
            full=f"{head} ({facts.storage}){missing}, {facts.distinct} distinct{_spread(facts)}"
            f"{_levels(facts, profile.main.rows)}{moved}{why}",
            short=f"{head}{missing}{_short(facts)}{moved}{why}",
            group=f"{role.use}, {role.kind} ({facts.storage}), {_missing_band(facts.missing)}",
            rank=(ORDER.index(role.use), -_telling(facts, role, drift.get(role.name, 0.0))),
            place=place,
        )


def facts(column: ColumnProfile, rows: int) -> str:
    """What was measured of a column, whatever its use: kind, blanks, spread, and all values of one that has few."""
    missing = f", {share(column.missing)} missing" if column.missing else ""
    head = f"{column.kind} ({column.storage}){missing}, {column.distinct} distinct{_spread(column)}"
    if column.kind in NAMED or column.distinct > MOST_LEVELS:
        return f"{head}{_levels(column, rows)}"
    return f"{head}{_levels(column.model_copy(update={'kind': 'category'}), rows)}"


def _telling(facts: ColumnProfile, role: ColumnRole, psi: float) -> float:
    """How much of a column differs from what its kind says already."""
    score = 2 * min(psi, 1.0) + (1.0 + facts.missing if facts.missing > 0 else 0.0)
    score += 1.5 if role.kind in ("code", "high_cardinality", "datetime", "text") else 0.0
    score += 1.0 if facts.zeros and facts.zeros > 0.5 else 0.0
    if facts.quantiles and facts.mean is not None and facts.std:
        score += min(2.0, abs(facts.mean - facts.quantiles[3]) / facts.std)
    if facts.levels and facts.levels[0].share > 0.95:
        score -= 1.0  # nearly constant
    return score


def _spread(facts: ColumnProfile) -> str:
    if facts.earliest:
        return f", {quoted(facts.earliest)} to {quoted(facts.latest)}"
    if facts.minimum is None or facts.distinct <= 2:
        return f", {facts.mean_words:.0f} words on average" if facts.kind == "text" and facts.mean_words else ""
    middle = f", median {facts.quantiles[3]:.6g}, 5 % to 95 % {facts.quantiles[1]:.6g} to {facts.quantiles[5]:.6g}"
    zeros = f", {share(facts.zeros)} zeros" if facts.zeros else ""
    return f", {facts.minimum:.6g} to {facts.maximum:.6g}{middle if facts.quantiles else ''}{zeros}"


def _short(facts: ColumnProfile) -> str:
    if facts.earliest:
        return _spread(facts)
    if facts.minimum is None or facts.distinct <= 2:
        return f", {facts.distinct} distinct"
    return f", {facts.minimum:.6g} to {facts.maximum:.6g}"


def _levels(facts: ColumnProfile, rows: int) -> str:
    """Frequent values of columns that have some; a value of a few rows is never shown."""
    if facts.kind not in NAMED:
        return ""
    shown = [level for level in facts.levels if level.share * rows >= FEWEST_ROWS][:MOST_LEVELS]
    words = ", ".join(f"{quoted(_cut(level.value, LONGEST))} {share(level.share)}" for level in shown)
    more = facts.distinct - len(shown)
    return f"; {words}{f' and {more} more' if more > 0 else ''}" if words else ""


def _missing_band(missing: float) -> str:
    return "never missing" if not missing else "rarely missing" if missing < 0.05 else "often missing"


def share(value: float | None) -> str:
    """A share in percent, with digits where they matter: `0.16 %`, `12 %`."""
    percent = 100 * (value or 0.0)
    return f"{percent:.0f} %" if percent >= 10 or not percent else f"{percent:.2g} %"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
