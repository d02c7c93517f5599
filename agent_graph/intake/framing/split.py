"""How rows are held out: as the predictions will be used."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from agent_graph import register
from agent_graph.artifacts import Assumption, ColumnProfile, Profile, Specification, Split, Target, Task
from agent_graph.errors import BadInput
from agent_graph.intake.framing.holdout import FEWEST
from agent_graph.intake.framing.statement import Statement, read_statement
from agent_graph.intake.framing.target import named_column
from agent_graph.profiling import order
from agent_graph.profiling.concepts import akin
from agent_graph.profiling.kinds import is_named_like_an_id
from agent_graph.profiling.names import lexicon, stems, words

HOLDOUT = 0.2
RANDOM = Split(kind="random", columns=(), holdout_share=HOLDOUT)
FEWEST_GROUPS = 5
AHEAD = re.compile(
    r"\b(following|coming|upcoming|next|future|later|subsequent)\s+(\w+\s+)?(day|week|month|quarter|year"
    r"|season)s?\b|\bin (the )?future\b"
    r"|\bfrom now on\b|\bfuture\b|\bnew \w+ as they (come|arrive)|\bgoing forward\b", re.IGNORECASE)  # fmt: skip
SHARED = re.compile(
    r"\b(?:several|many|multiple|more than one|two|some|a few)\b[^.]{0,60}?\b(?:from|in|of|per|by|share"
    r"|belong to|for)\b[^.]{0,20}?\b(?:the same|one|a single|each)\s+(\w+)"
    r"|\bthe same (\w+) (?:can|may|might|could)?\s*(?:appear|occur|show up|come|return|be (?:measured|seen|listed))"
    r"|\bevery\s+(?:\w+\s+)?(?:minutes?|hours?|days?|weeks?|months?|visits?)\b[^.]{0,40}?\b(?:each"
    r"|every)\s+(?:\w+\s+)?(\w+)"
    r"|\b(?:repeated|several|many) (?:measurements|rows|records|visits|recordings|samples|readings) (?:of"
    r"|per|from|for) (?:each|every|a|one|the same)\s+(\w+)"
    r"|\bnew (\w+?)s?\b (?:that|which|who|whom) (?:the model|we|it) (?:has|have)?\s*(?:never|not)",
    re.IGNORECASE)  # fmt: skip
PEOPLE = lexicon(
    "patient subject person customer user member household player student client family case employee "
    "participant driver child mother animal session machine engine device vehicle occupant individual respondent "
    "storm trip unit crash accident borrower"
)
NOT_EVENTS = lexicon("birth dob born expire expiry hire hir open built build due maturity registr end update")


@dataclass(frozen=True)
class _Choice:
    split: Split
    confidence: float
    reason: str


def settle_split(
    specification: Specification,
    profile: Profile,
    task: Task,
    target: Target,
    leaks: frozenset[str],
    entity: str | None = None,
) -> tuple[Split, Assumption]:
    """Group before time before random; what the user gave before all. BadInput when a named column can't serve.

    `entity` is the column that names what a row is about; where it comes again, its rows stay together.
    """
    statement = read_statement(specification.statement)
    plain = _Choice(
        Split(kind="stratified" if register.kind(task).shape.strata else "random", columns=(), holdout_share=HOLDOUT),
        0.8,
        "rows stand for themselves: no group and no moment of their own was found",
    )  # fmt: skip
    given = given_split(specification, profile, target.column)
    options = [
        c
        for c in (_by_group(profile, statement, target, leaks, entity), _by_time(profile, statement, target, leaks))
        if c
    ]
    best = max(options, key=lambda c: c.confidence) if options else plain
    if given is not None:
        best = _Choice(given if given.columns else plain.split, 1.0, "given")
    elif best.split.kind == "time":
        check_dates(profile.main.column(best.split.columns[0]))
    others = dict.fromkeys(_said(c.split) for c in [*options, plain] if c.split != best.split)
    return best.split, Assumption(
        topic="split",
        choice=_said(best.split),
        confidence=best.confidence,
        reason=best.reason,
        alternatives=tuple(others),
    )


def _said(split: Split) -> str:
    return f"{split.kind}:{'+'.join(split.columns)}" if split.columns else split.kind


def named_split(specification: Specification, profile: Profile) -> Split | None:
    """How the person wants rows held out, None where they don't say. BadInput for a split, or a column, that there
    isn't; whether it can be made is not looked at."""
    kind, _, names = specification.option("split", "").partition(":")
    if kind not in ("", "random", "stratified", "group", "time"):
        raise BadInput(f"split {kind!r} is unknown: use random, group:COLUMN or time:COLUMN")
    given = {"group": specification.group_column or "", "time": specification.time_column or ""}
    given |= {kind: names} if kind in given else {}
    found = {what: _columns(profile, text, what) for what, text in given.items() if text or what == kind}
    if kind in ("random", "stratified"):
        return RANDOM
    if "group" in found:  # before time
        return Split(kind="group", columns=found["group"], holdout_share=HOLDOUT)
    return Split(kind="time", columns=found["time"], holdout_share=HOLDOUT) if found else None


def _columns(profile: Profile, text: str, what: str) -> tuple[str, ...]:
    """The columns that a text names; those of a group may be several, with `+` between them."""
    whole = what == "time" or any(column.name == text for column in profile.main.columns)
    return tuple(named_column(profile, name, what).name for name in ([text] if whole else text.split("+")))


def given_split(specification: Specification, profile: Profile, target: str) -> Split | None:
    """How the person wants rows held out, None where they don't say. BadInput when that can't be done."""
    split = named_split(specification, profile)
    if split is None or not split.columns:
        return split
    wanted = "+".join(split.columns)
    if target in split.columns:
        raise BadInput(
            f"{target!r} is what is predicted, so rows can't be held out by it: choose another {split.kind} column, or "
            "--set split=random"
        )
    columns = [profile.main.column(name) for name in split.columns]
    if split.kind == "time":
        _check_moments(columns[0])
    elif len(columns) == 1 and columns[0].distinct < FEWEST_GROUPS:
        raise BadInput(
            f"{wanted!r} has {columns[0].distinct} groups, too few to hold some back and judge by others: at least "
            f"{FEWEST_GROUPS} are needed, so choose another group, or --set split=random"
        )
    if len(columns) == 1:
        _check_sides(columns[0], profile.main.rows)
    return split


def _check_sides(column: ColumnProfile, rows: int) -> None:
    """BadInput when one value, which stays on one side, leaves too few rows for the other, whatever they answer."""
    most = max(column.levels, key=lambda level: level.share, default=None)
    if most is not None and (others := round(rows * (1 - most.share))) < FEWEST:
        raise BadInput(
            f"{column.name!r} is {most.value!r} in all rows but {others}, too few to learn from or to check by: choose "
            "another, or --set split=random"
        )


def _check_moments(column: ColumnProfile) -> None:
    """BadInput when no rows of the column are later than others, or nobody can tell which."""
    if column.distinct < 2:
        raise BadInput(
            f"time column {column.name!r} holds {'one moment' if column.distinct else 'nothing'}, so no rows are later "
            "than others: choose another, or --set split=random"
        )
    if column.kind != "datetime" and column.storage not in ("integer", "float"):
        raise BadInput(
            f"time column {column.name!r} holds texts like {column.levels[0].value!r} that aren't dates: choose another"
        )
    check_dates(column)


def check_dates(column: ColumnProfile) -> None:
    """BadInput when the column that orders the rows reaches far into the future."""
    limit = dt.date.today() + dt.timedelta(days=366)
    if column.latest is not None and column.latest[:10] > limit.isoformat():
        raise BadInput(
            f"time column {column.name!r} reaches {column.latest[:10]}, more than a year from now: correct that date"
        )


def _by_group(
    profile: Profile, statement: Statement, target: Target, leaks: frozenset[str], entity: str | None
) -> _Choice | None:
    """Rows of one thing stay together: the statement says that rows share something, or an entity's rows repeat."""
    shared = [word for match in SHARED.finditer(statement.text) for word in match.groups() if word]
    best: _Choice | None = None
    for column in profile.main.columns:
        if column.name == target.column or column.name in leaks or column.storage in ("float", "date", "datetime"):
            continue
        choice = _group_choice(profile, column, shared, is_entity=column.name == entity)
        if choice and (best is None or choice.confidence > best.confidence):
            best = choice
    return best


def _group_choice(profile: Profile, column: ColumnProfile, shared: list[str], *, is_entity: bool) -> _Choice | None:
    rows = profile.main.rows
    if (
        column.distinct < 10
        or column.missing > 0.2
        or not 1.2 <= rows * (1 - column.missing) / column.distinct <= rows / 10
    ):
        return None
    named = is_entity or is_named_like_an_id(column.name) or words(column.name) == ("name",)
    told = any(akin(a, b) >= 0.7 for word in shared for a in stems(word) for b in stems(column.name))
    entity = is_entity or any(akin(a, b) == 1.0 for a in PEOPLE for b in _loose_stems(column.name))
    if not (named or told):
        return None
    runs = order.run_length(profile.main, column.name)
    repeats = rows / column.distinct
    sure = 0.95 if told and named else 0.85 if told or (shared and runs > 0.5 * repeats) else 0.0
    if not sure and named:
        sure = 0.8 if entity and repeats >= 1.5 else 0.7 if runs >= 3 and runs > 0.3 * repeats else 0.0
    if not sure or (told and not named and column.distinct < 50):
        return None
    key = (column.name, *order.companion(profile.main, column.name))
    reason = f"{column.name!r} repeats ({repeats:.1f} rows each)" + (
        f" and the statement says so ({shared[0]})" if shared else ""
    )
    return _Choice(Split(kind="group", columns=key, holdout_share=HOLDOUT), sure, reason)


def _loose_stems(name: str) -> tuple[str, ...]:
    """Stems of the name, also of `caseid` without its ending."""
    return tuple(stem for word in words(name) for stem in (*stems(word), *stems(word.removesuffix("id"))) if stem)


def _by_time(profile: Profile, statement: Statement, target: Target, leaks: frozenset[str]) -> _Choice | None:
    """The column that says when the row happened, if the model is for later rows."""
    ahead = AHEAD.search(statement.text)
    least = 3 if ahead else 30
    columns = [
        c for c in profile.main.columns
        if c.kind == "datetime" and c.name not in leaks and c.name != target.column
        and c.distinct >= least and c.missing < 0.05
        and not (set(stems(c.name)) & NOT_EVENTS)
    ]  # fmt: skip
    if not columns:
        return None
    best = max(columns, key=lambda c: (order.is_sorted(profile.main, c.name), c.distinct))
    reason = f"{best.name!r} says when a row happened" + (
        f" and the statement speaks of {ahead.group()!r}" if ahead else ": later rows follow earlier ones"
    )
    return _Choice(Split(kind="time", columns=(best.name,), holdout_share=HOLDOUT), 0.93 if ahead else 0.72, reason)
