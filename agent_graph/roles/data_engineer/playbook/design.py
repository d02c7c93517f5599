"""The data engineer's playbook: sources, joins, contract, rules, layers, from the profile's facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent_graph.artifacts import ColumnRole, DataDesign, Decision, Join, SideColumn, Source, Summary, TableJoin
from agent_graph.roles.data_engineer.playbook.contract import column_contract, dtype_of, layout_of, target_contract
from agent_graph.roles.data_engineer.playbook.repeats import KEPT, drops_repeats
from agent_graph.roles.data_engineer.playbook.rules import batch_rules

if TYPE_CHECKING:
    from agent_graph.roles.data_engineer.inputs import DataEngineerInputs

MONTHLY_ROWS = 500_000  # below, a file a month costs more to open than it saves to skip
SIDE_KEPT = ("feature", "group", "time", "weight")  # a name in a side table identifies no row


def playbook(inputs: DataEngineerInputs) -> DataDesign:
    """The design that an experienced data engineer would hand in for these facts."""
    joins = usable_joins(inputs)
    kept = _kept(inputs, joins)
    columns = tuple(column_contract(inputs, role) for role in kept)
    key = row_key(inputs)
    return DataDesign(
        sources=_sources(inputs, joins),
        joins=joins,
        columns=columns,
        target=target_contract(inputs),
        excluded=_excluded(inputs, {role.name for role in kept}),
        key=key,
        drop_duplicates=drops_repeats(inputs, key),
        rules=batch_rules(inputs, columns, key),
        custom_rules=(),
        partition_by=_partition(inputs),
        raw_retention_days=3 * 365,
        processed_retention_days=365,
        ingest_sla_s=float(round(10 + 60 * inputs.profile.main.rows / 1_000_000)),
        valid_share_sla=0.999,
        decisions=_decisions(inputs, joins, key),
    )


def usable_joins(inputs: DataEngineerInputs) -> tuple[TableJoin, ...]:
    """Joins that bring at least one kept column and whose left keys are known when the prediction is made."""
    hidden = {role.name for role in inputs.problem.columns if role.use in ("leak", "target")}
    wanted = [role.name for role in inputs.problem.columns if role.use in KEPT]
    return tuple(
        TableJoin(
            table=join.table,
            left=join.left,
            right=join.right,
            forms=join.forms,
            time=join.time,
            side_time=join.side_time,
            summaries=_wanted(join, wanted),
            reads=_reads(inputs, join, wanted),
        )
        for join in inputs.profile.joins
        if not hidden & {*join.left, join.time} and any(name.startswith(join.table + ".") for name in wanted)
    )


def _wanted(join: Join, kept: list[str]) -> tuple[Summary, ...]:
    """The summaries that are kept; the count always, as it says whether there is anything."""
    return tuple(one for one in join.summaries if f"{join.table}.{one.name}" in kept or one.how == "count")


def _reads(inputs: DataEngineerInputs, join: Join, kept: list[str]) -> tuple[SideColumn, ...]:
    """The side table's columns that the kept summaries are made of, its time last."""
    side = next(table for table in inputs.profile.tables if table.name == join.table)
    names = dict.fromkeys(one.of for one in _wanted(join, kept) if one.of)
    found = []
    for column in map(side.column, (*names, *([join.side_time] if join.side_time else []))):
        role = ColumnRole(name=column.name, use="feature", kind=column.kind, why="")
        layout = layout_of(column) if column.datetime_format else None
        found.append(SideColumn(name=column.name, dtype=dtype_of(column, role), datetime_format=layout))
    return tuple(found)


def row_key(inputs: DataEngineerInputs) -> tuple[str, ...]:
    """The identifier that is different in every row of the main table, if there is one."""
    main = inputs.profile.main
    for role in inputs.problem.columns:
        column = next((c for c in main.columns if c.name == role.name), None)
        if role.use == "identifier" and column and column.missing == 0 and column.distinct == main.rows:
            return (role.name,)
    return ()


def _kept(inputs: DataEngineerInputs, joins: tuple[TableJoin, ...]) -> tuple[ColumnRole, ...]:
    """Roles of the columns that pass the door, left keys of joins among them, in the tables' order."""
    main = {column.name for column in inputs.profile.main.columns}
    prefixes = tuple(join.table + "." for join in joins)
    keys = {name for join in joins for name in (*join.left, *([join.time] if join.time else []))}
    keys |= set(inputs.problem.split.columns) & main
    return tuple(
        role
        for role in inputs.problem.columns
        if (role.name in main and (role.use in KEPT or (role.name in keys and role.use == "unused")))
        or (role.name.startswith(prefixes) and role.use in SIDE_KEPT)
    )


def _sources(inputs: DataEngineerInputs, joins: tuple[TableJoin, ...]) -> tuple[Source, ...]:
    main, *sides = inputs.profile.tables
    used = {join.table for join in joins}
    return tuple(
        Source(table=table.name, dialect=table.dialect)
        for table in (main, *sides)
        if table is main or table.name in used
    )


def _excluded(inputs: DataEngineerInputs, kept: set[str]) -> tuple[Decision, ...]:
    grounds = {"leak": "not known at the moment of prediction", "target": "it is what the label is made of"}
    return tuple(
        Decision(
            what=role.name, choice="left at the door", why=grounds.get(role.use, "of no use here") + f": {role.why}"
        )
        for role in inputs.problem.columns
        if role.name not in kept
    )


def _partition(inputs: DataEngineerInputs) -> Literal["month", "batch"]:
    times = inputs.problem.used("time")
    timed = bool(times) and _is_moment(inputs, times[0])
    return "month" if timed and inputs.profile.main.rows >= MONTHLY_ROWS else "batch"


def _is_moment(inputs: DataEngineerInputs, name: str) -> bool:
    return inputs.profile.column(name).earliest is not None


def _told_key(join: Join) -> str:
    pairs = zip(join.left, join.right, strict=True)
    told = ", ".join(left if left == right else f"{left} = {right}" for left, right in pairs)
    how = {"number": " (leading zeros aside)", "letters": " (by their letters and digits alone)"}
    return told + (how.get(join.forms[0], "") if join.forms else "")


def _decisions(inputs: DataEngineerInputs, joins: tuple[TableJoin, ...], key: tuple[str, ...]) -> tuple[Decision, ...]:
    main = inputs.profile.main
    known = f"by {', '.join(key)}" if key else "by the whole row's content"
    dropped = drops_repeats(inputs, key)
    reason = "it differs in every row" if key else f"no column differs in all {main.rows:,} rows"
    repeated = f"{main.duplicate_rows:,} of {main.rows:,} rows repeat another one"
    monthly = _partition(inputs) == "month"
    partitions = "readers skip months" if monthly else "smaller files would cost more to open than they save"
    decisions = [
        Decision(what="reading", choice="as text, then cast by the contract",
                 why="a value of the wrong type becomes an error with column, count and row, never a silent null"),
        Decision(what="missing values", choice=", ".join(repr(token) for token in main.dialect.null_tokens),
                 why="only these texts act as missing in this table; any other text is a value"),
        Decision(what="row identity", choice=known, why=reason),
        Decision(what="rows delivered twice", choice="dropped" if dropped else "kept",
                 why=repeated + ("" if dropped else ", so equal rows are different cases")),
        Decision(what="partitioning", choice="batch and month" if monthly else "batch",
                 why=f"{main.rows:,} rows: {partitions}"),
        Decision(what="retention", choice="raw 3 years, processed 1 year",
                 why="processed rows can be made again from raw ones at any time"),
    ]  # fmt: skip
    for found in inputs.profile.joins:
        joined = any(join.table == found.table for join in joins)
        choice = f"left join on {_told_key(found)}" if joined else "not joined"
        if joined and found.summaries:
            choice = f"summed up by {_told_key(found)}" + (f", rows before {found.time} only" if found.time else "")
        why = (
            f"{found.matched:.1%} of the rows have a partner"
            if joined
            else "its key isn't known in time, or it brings nothing"
        )
        decisions.append(Decision(what=f"side table {found.table}", choice=choice, why=why))
    return tuple(decisions)
