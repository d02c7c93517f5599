"""The contract of one column, from its profile: type, range, closed set, tolerance for missing values."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agent_graph.artifacts import ColumnContract, ColumnProfile, ColumnRole, Dtype
from agent_graph.roles.data_engineer.playbook.limits import natural_limits

if TYPE_CHECKING:
    from agent_graph.roles.data_engineer.inputs import DataEngineerInputs

EXACT_INTEGERS = 2**53  # whole numbers beyond can't be told apart as float64
CLOSED_LEVELS = 50
FEWEST = 5  # rows that every level of a closed set must have: by Good-Turing, few unseen levels are left then
SHARES = re.compile(r"(^|[^a-z])(share|ratio|rate|percent|pct|prob|fraction|humid)", re.IGNORECASE)
ISO = re.compile(r"%Y-%m-%d([T ]%H:%M(:%S(\.%f)?)?(%z)?)?")


def column_contract(inputs: DataEngineerInputs, role: ColumnRole) -> ColumnContract:
    """What must be true of a column that is kept."""
    main = inputs.profile.main
    column = inputs.profile.column(role.name)
    joined = all(c.name != role.name for c in main.columns)
    dtype = dtype_of(column, role)
    tables = (table for table in inputs.profile.tables[1:] if role.name.startswith(table.name + "."))
    summed = any(join.summaries and role.name.startswith(join.table + ".") for join in inputs.profile.joins)
    rows = next((table.rows for table in tables), main.rows) if joined and not summed else main.rows
    contract = _contract(inputs, role, column, dtype, rows, unmatched(inputs, role.name) if joined else 0.0)
    # a side table's own quantiles aren't those of the rows that it is joined to
    return contract.model_copy(update={"quantiles": ()}) if joined else contract


def target_contract(inputs: DataEngineerInputs) -> ColumnContract:
    """What must be true of the raw target column."""
    target = inputs.problem.target
    column = inputs.profile.column(target.column)
    role = ColumnRole(name=target.column, use="target", kind=column.kind, why="")
    dtype = "float" if target.rule in ("above", "below") else dtype_of(column, role)
    if target.rule in ("other_than", "one_of"):
        dtype = "string"
    contract = _contract(inputs, role, column, dtype, inputs.profile.main.rows, 0.0)
    known = tuple(level.value for level in column.levels) if dtype == "string" else ()
    return contract.model_copy(update={"name": target.column, "known": known, "required": True, "nullable": True})


def needed_names(inputs: DataEngineerInputs) -> set[str]:
    """Columns of the main table that a prediction can't do without: features, time, and keys of joins."""
    needed = {role.name for role in inputs.problem.columns if role.use in ("feature", "time")}
    keys = {name for join in inputs.profile.joins for name in (*join.left, join.time) if name}
    return (needed | keys) & {column.name for column in inputs.profile.main.columns}


def dtype_of(column: ColumnProfile, role: ColumnRole) -> Dtype:
    """Names of things are texts even when they look like numbers too long to be counted with."""
    if column.storage in ("date", "datetime") or column.datetime_format is not None:
        return "datetime"
    if column.storage == "integer":
        extreme = max(abs(column.minimum or 0), abs(column.maximum or 0))
        return "string" if extreme > EXACT_INTEGERS else "int"
    if role.use == "time" and column.storage == "string":
        return "datetime"
    dtypes: dict[str, Dtype] = {"float": "float", "boolean": "bool"}
    return dtypes.get(column.storage, "string")


def unmatched(inputs: DataEngineerInputs, name: str) -> float:
    """Share of main rows without a partner in the side table that the column comes from."""
    sides = (join for join in inputs.profile.joins if name.startswith(join.table + "."))
    return next((0.0 if join.summaries else 1 - join.matched for join in sides), 0.0)  # summaries are of the main rows


def numeric_range(column: ColumnProfile, *, time: bool, margin: float) -> tuple[float, float, str]:
    """Observed range widened by `margin` spreads, but never across a natural limit."""
    low, high = column.minimum, column.maximum
    if low is None or high is None:
        return -1e300, 1e300, "never seen with a value"
    spread = max(high - low, abs(high) * 0.1, 1e-9)
    if low >= 0 and high <= 1 and (SHARES.search(column.name) or column.kind == "boolean"):
        return 0.0, 1.0, "a share or flag lies between 0 and 1"
    if low >= 0 and 10 < high <= 100 and SHARES.search(column.name):
        return 0.0, 100.0, "a percentage lies between 0 and 100"
    if natural := natural_limits(column):
        return natural
    above = high + spread * (margin + (0.5 if time else 0.0))
    below = low - spread * margin
    why = f"seen from {low:g} to {high:g}, widened by {margin:.0%} of the spread"
    if low >= 0 and below < 0:
        below, why = 0.0, why + "; it was never negative"
    if high <= 0 and above > 0:
        above, why = 0.0, why + "; it was never positive"
    if column.storage == "integer":
        below, above = float(int(below) - (below < int(below))), float(int(above) + (above > int(above)))
    return round(below, 9), round(above, 9), why


def tolerated_missing(missing: float) -> float:
    """The share that a later batch may lack: a quarter of what is missing or there, at least 2 percent."""
    return min(1.0, round(missing + max(0.02, 0.25 * min(missing, 1 - missing)), 4))


def rows_of_one(inputs: DataEngineerInputs) -> float:
    """How many rows come together: those of a group, else each by itself."""
    split = inputs.problem.split
    if split.kind != "group":
        return 1.0
    groups = max(inputs.profile.column(name).distinct for name in split.columns)
    return max(1.0, inputs.profile.main.rows / max(groups, 1))


def closed_set(column: ColumnProfile, rows: int, together: float) -> tuple[str, ...]:
    """All levels, when they are few and each is frequent, even where so many rows come together; else nothing."""
    complete = column.distinct == len(column.levels)
    if column.kind not in ("category", "boolean", "code") or not complete or column.distinct > CLOSED_LEVELS:
        return ()
    if rows < 200 or any(level.share * rows < FEWEST * together for level in column.levels):
        return ()
    return tuple(level.value for level in column.levels)


def _contract(
    inputs: DataEngineerInputs, role: ColumnRole, column: ColumnProfile, dtype: Dtype, rows: int, lost: float
) -> ColumnContract:
    """The contract of a column whose join finds no partner for the share `lost` of the rows."""
    margin = 1.0 if inputs.failed("contract_accepts_clean") else 0.5
    named = role.use in ("identifier", "group")  # new names come all the time: no range holds them
    numeric = dtype in ("int", "float", "bool") and not named
    low, high, why = numeric_range(column, time=role.use == "time", margin=margin) if numeric else (None, None, "")
    earliest, latest = moments(column) if dtype == "datetime" else (None, None)
    allowed = (
        closed_set(column, rows, rows_of_one(inputs))
        if dtype == "string" and not named and not inputs.failed("contract_accepts_clean")
        else ()
    )
    known = tuple(level.value for level in column.levels) if dtype == "string" and not allowed else ()
    missing = 1 - (1 - column.missing) * (1 - lost)
    is_open = role.kind in ("text", "identifier") or named
    return ColumnContract(
        name=role.name,
        dtype=dtype,
        required=role.name in needed_names(inputs),
        nullable=missing > 0 or role.use == "target",
        missing=round(missing, 6),
        max_missing=tolerated_missing(missing),
        minimum=low,
        maximum=high,
        allowed=allowed,
        known=() if is_open else known,
        earliest=earliest,
        latest=latest,
        datetime_format=layout_of(column) if dtype == "datetime" else None,
        quantiles=column.quantiles if _comparable(column, role, dtype) else (),
        why=" ".join([_reason(why, allowed, earliest, latest), _reason_missing(missing)]).strip(),
    )


def _comparable(column: ColumnProfile, role: ColumnRole, dtype: Dtype) -> bool:
    """Whether a later batch must be spread likewise: numbers that vary, but not names, groups or the time itself."""
    steady = role.use in ("feature", "target", "weight")
    return dtype in ("int", "float") and steady and len(set(column.quantiles)) > 1


def layout_of(column: ColumnProfile) -> str | None:
    """The date format; None where it is plain ISO 8601, which is read with or without time and zone."""
    layout = column.datetime_format
    return None if layout is None or ISO.fullmatch(layout) else layout


def moments(column: ColumnProfile) -> tuple[str | None, str | None]:
    """Earliest and latest moment allowed: a tenth of the span before, a whole span (at least a year) after."""
    if column.earliest is None or column.latest is None:
        return None, None
    first, last = (datetime.fromisoformat(text).replace(tzinfo=None) for text in (column.earliest, column.latest))
    span = last - first
    return (first - max(span / 10, timedelta(days=31))).isoformat(), (last + max(span, timedelta(days=366))).isoformat()


def _reason(why: str, allowed: tuple[str, ...], earliest: str | None, latest: str | None) -> str:
    if why:
        return why[0].upper() + why[1:] + "."
    if allowed:
        return f"All {len(allowed)} levels are frequent, so the set is closed."
    if earliest and latest:
        return "The span seen, a tenth of it before and a whole one (at least a year) after."
    return "Any value."


def _reason_missing(missing: float) -> str:
    return "It was never missing." if not missing else f"{missing:.2%} of the values are missing."
