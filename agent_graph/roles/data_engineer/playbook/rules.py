"""Rules over a whole batch, each with the number that it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from agent_graph.artifacts import ColumnContract, ColumnProfile, QualityRule
from agent_graph.artifacts.data_design import RuleKind
from agent_graph.profiling.labels import unlabelled
from agent_graph.roles.data_engineer.playbook.contract import rows_of_one, tolerated_missing
from agent_graph.roles.data_engineer.playbook.repeats import tolerated

if TYPE_CHECKING:
    from agent_graph.roles.data_engineer.inputs import DataEngineerInputs

SHIFT = {"random": 0.10, "stratified": 0.10, "group": 0.20, "time": 0.25}  # how far quantiles may move
DRIFTED = 0.25  # population stability index from which a column's spread isn't stable enough to be judged
UNSEEN = 0.02
MOST_REPEATED = 0.95  # of a hundred rows, twice the chance of so many being alike doesn't reach all of them yet
MOST_UNSEEN = 0.8  # a rule that lets more of a batch be new could never speak of a batch of usual size


def batch_rules(
    inputs: DataEngineerInputs, columns: tuple[ColumnContract, ...], key: tuple[str, ...]
) -> tuple[QualityRule, ...]:
    """All rules, sizes first."""
    main = inputs.profile.main
    fewest = float(max(20, min(100, main.rows // 50)))
    repeated = f"{main.duplicate_rows} of {main.rows} rows repeat another one" + (
        "; the key allows none" if key else ""
    )
    often = tolerated(inputs, key)
    rules = [
        _rule("min_rows", None, fewest, "fewer rows mean that an export was cut off"),
        *([] if often is None else [_rule("max_duplicate_share", None, often, repeated)]),
        _rule("max_missing_share", None, 0.0, "each nullable column has its own tolerance"),
        _target_rule(inputs),
    ]
    rules += _shift_rule(inputs, columns)
    rules += _level_rules(inputs, columns)
    rules += _garbled_rule(inputs, columns)
    rules += _freshness(inputs, columns)
    return tuple(rules)


def _rule(kind: RuleKind, column: str | None, threshold: float, why: str) -> QualityRule:
    return QualityRule(kind=kind, column=column, threshold=threshold, severity="error", why=why)


def _target_rule(inputs: DataEngineerInputs) -> QualityRule:
    missing = unlabelled(inputs.problem.target, inputs.profile.column(inputs.problem.target.column))
    return _rule(
        "max_missing_target_share", None, tolerated_missing(missing), f"{missing:.2%} of the rows have no label"
    )


def _tolerance(inputs: DataEngineerInputs) -> float:
    """Shares and quantiles may move this far; twice as far when clean rows were refused before."""
    return SHIFT[inputs.problem.split.kind] * (2.0 if inputs.failed("contract_accepts_clean") else 1.0)


def _drifted(inputs: DataEngineerInputs) -> set[str]:
    return {drift.column for drift in inputs.profile.drift if drift.psi > DRIFTED}


def _shift_rule(inputs: DataEngineerInputs, columns: tuple[ColumnContract, ...]) -> Iterator[QualityRule]:
    if any(column.quantiles for column in columns):
        kind = inputs.problem.split.kind
        why = {"group": "rows of a group resemble each other", "time": "the world moves"}.get(
            kind, "rows come from one population"
        )
        yield _rule(
            "max_quantile_shift", None, _tolerance(inputs), f"{why}; beyond, unit or meaning of a column has changed"
        )


def _level_rules(inputs: DataEngineerInputs, columns: tuple[ColumnContract, ...]) -> Iterator[QualityRule]:
    """Unknown levels of open sets, and columns that get stuck at one value."""
    drifted = _drifted(inputs)
    target = inputs.problem.target
    answered = inputs.profile.main.rows * (1 - unlabelled(target, inputs.profile.column(target.column)))
    main = {column.name for column in inputs.profile.main.columns}
    names = {*inputs.problem.used("identifier"), *inputs.problem.used("group")}
    for column in columns:
        profile = inputs.profile.column(column.name)
        filled = 1 - profile.missing
        if not filled or profile.distinct < 2:
            continue
        joined = column.name not in main
        if column.name in names:  # names of things come and go
            continue
        seen = min(1.0, sum(level.share for level in profile.levels) / filled)
        if column.known and (seen == 1 or (seen > 0.5 and not joined)) and column.name not in drifted:
            fresh = _fresh(profile, answered, 1.5 * rows_of_one(inputs))
            room = (1 - seen + fresh) * 1.25 + UNSEEN + (_tolerance(inputs) / 2 if seen < 1 else 0.0)
            why = f"the known levels cover {seen:.1%} of the values, and {fresh:.1%} more may be new ones"
            if room <= MOST_UNSEEN:
                yield _rule("max_unseen_share", column.name, round(room, 4), why)
        if not profile.levels or joined:  # numbers that hardly repeat; shares that are the side table's own
            continue
        top = profile.levels[0].share / filled
        stuck = 1 - (1 - top) / 4
        # groups may have a value in common: how far the share of a few moves can't be known, only what is no spread
        bar = round(stuck if inputs.problem.split.kind == "group" else min(top + _tolerance(inputs), stuck), 4)
        if column.name not in drifted and bar <= MOST_REPEATED:
            yield _rule("max_repeated_share", column.name, bar, f"the most frequent value holds {top:.1%}")


def _fresh(column: ColumnProfile, rows: float, once: float) -> float:
    """The share of later values that no row has held yet: that of the values seen once (Good 1953).

    Up to `once` rows count as that: the rows of a group come together, and may share what no other group has.
    """
    values = max(1, round(rows * (1 - column.missing)))
    counts = [round(level.share * rows) for level in column.levels]
    unlisted, rest = column.distinct - len(counts), values - sum(counts)
    own = sum(count for count in counts if count <= once)
    own += rest if unlisted and rest / unlisted <= once else max(0, min(unlisted, rest))
    return own / values


def _garbled_rule(inputs: DataEngineerInputs, columns: tuple[ColumnContract, ...]) -> Iterator[QualityRule]:
    if any(c.dtype == "string" and not c.allowed for c in columns) and not inputs.failed("contract_accepts_clean"):
        yield _rule("max_garbled_share", None, 0.001, "texts read in a wrong encoding show replacement characters")


def _freshness(inputs: DataEngineerInputs, columns: tuple[ColumnContract, ...]) -> Iterator[QualityRule]:
    for column in columns:
        profile = inputs.profile.column(column.name)
        if (
            column.name in inputs.problem.used("time")
            and profile.earliest
            and profile.latest
            and column.dtype == "datetime"
        ):
            first, last = (
                datetime.fromisoformat(text).replace(tzinfo=None) for text in (profile.earliest, profile.latest)
            )
            days = float(max(7, (last - first).days // 2))
            yield _rule("freshness_days", column.name, days, f"the data span {(last - first).days} days")
