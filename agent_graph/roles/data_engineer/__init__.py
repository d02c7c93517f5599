"""The data engineer as data: what is read, what is decided, and what must be true of it."""

from __future__ import annotations

from agent_graph import inspection
from agent_graph.artifacts import Check, ColumnContract, DataDesign
from agent_graph.bench import Bench
from agent_graph.errors import DesignRejected
from agent_graph.role import Role
from agent_graph.roles.data_engineer.inputs import DataEngineerInputs
from agent_graph.roles.data_engineer.playbook.design import playbook
from agent_graph.roles.data_engineer.wishes.contract import WISHES

COUNTED = ("min_rows", "freshness_days")  # rows and days; every other rule is about a share
NEEDS_COLUMN = ("max_unseen_share", "max_repeated_share", "freshness_days")
RESERVED = ("__label__", "__row__", "__batch__", "__position__", "__fingerprint__", "__then__")  # also `__key__…`


def rule(design: DataDesign, inputs: DataEngineerInputs) -> None:
    """Raise `DesignRejected` when rows could leak, get lost, be multiplied or be refused although they are clean."""
    inspection.prose(design, inputs)
    names = [column.name for column in design.columns]
    if len(set(names)) != len(names):
        raise DesignRejected("a column stands twice in columns")
    _no_leak(design, inputs)
    _nothing_lost(design, inputs)
    _joins_hold(design, inputs)
    for column in (*design.columns, design.target):
        _fits_profile(column, inputs)
    _rules_fit(design, inputs)
    _custom_rules_fit(design, inputs)
    if design.partition_by == "month" and not inputs.problem.used("time"):
        raise DesignRejected("partition_by 'month' needs a time column, and this problem has none")
    if missing := [name for name in design.key if name not in names]:
        raise DesignRejected(f"key {missing[0]!r} isn't among the kept columns")


def _no_leak(design: DataDesign, inputs: DataEngineerInputs) -> None:
    hidden = {role.name: role.use for role in inputs.problem.columns if role.use in ("leak", "target")}
    for column in design.columns:
        if column.name in hidden:
            raise DesignRejected(
                f"{column.name!r} is a {hidden[column.name]}, so it must not pass the door: take it out of columns"
            )
        if column.name in RESERVED or column.name.startswith("__key__"):
            raise DesignRejected(f"{column.name!r} is a name of the pipeline's own: take it out of columns")
    if design.target.name != inputs.problem.target.column:
        raise DesignRejected(f"target must describe {inputs.problem.target.column!r}")


def _nothing_lost(design: DataDesign, inputs: DataEngineerInputs) -> None:
    kept = {column.name for column in design.columns}
    known = {role.name for role in inputs.problem.columns}
    lost = [role.name for role in inputs.problem.columns if role.use in ("feature", "group", "time", "weight")]
    lost = [name for name in lost if name not in kept and "." not in name]
    if lost:
        raise DesignRejected(f"{lost[0]!r} is used by this problem but not kept: add it to columns")
    if strange := kept - known:
        raise DesignRejected(f"{sorted(strange)[0]!r} is no column of the data")


def _joins_hold(design: DataDesign, inputs: DataEngineerInputs) -> None:
    tables = [source.table for source in design.sources]
    if not tables or tables[0] != inputs.profile.main.name:
        raise DesignRejected(f"the first source must be the main table {inputs.profile.main.name!r}")
    known = {table.name for table in inputs.profile.tables}
    if strange := [table for table in tables if table not in known]:
        there = inspection.few(known, strange[0])
        raise DesignRejected(f"source {strange[0]!r} is no table of the data; there are {there}")
    tables_known = {table.name: table for table in inputs.profile.tables}
    for source in design.sources:
        facts, told = tables_known[source.table].dialect, source.dialect
        if (facts.records, facts.unpacked, facts.dropped) != (told.records, told.unpacked, told.dropped):
            raise DesignRejected(f"how {source.table!r} is stored is a fact: leave its dialect as it is")
    found = {(join.table, join.left, join.right) for join in inputs.profile.joins}
    facts_of = {join.table: (join.forms, join.time, join.side_time) for join in inputs.profile.joins}
    kept = {column.name for column in design.columns}
    for join in design.joins:
        if (join.table, join.left, join.right) not in found:
            raise DesignRejected(
                f"no join of {join.table!r} on {join.left} was found in the data: use those of the profile"
            )
        if (join.forms, join.time, join.side_time) != facts_of[join.table]:
            raise DesignRejected(f"how {join.table!r} hangs on the main table is a fact: leave its join as it is")
        if not {*join.left, *([join.time] if join.time else [])} <= kept:
            raise DesignRejected(f"the keys {join.left} of {join.table!r} must be among the columns")
        if join.table not in tables:
            raise DesignRejected(f"{join.table!r} is joined but isn't among the sources")


def _fits_profile(column: ColumnContract, inputs: DataEngineerInputs) -> None:
    """The observed rows must keep the contract."""
    seen = inputs.profile.column(column.name)
    if column.max_missing < seen.missing:
        raise DesignRejected(
            f"{column.name!r}: max_missing {column.max_missing} refuses the data, which lack {seen.missing:.4f}"
        )
    if not column.nullable and seen.missing > 0:
        raise DesignRejected(f"{column.name!r} isn't nullable but {seen.missing:.2%} of it are missing")
    if column.minimum is not None and seen.minimum is not None and column.minimum > seen.minimum:
        raise DesignRejected(f"{column.name!r}: minimum {column.minimum} refuses the value {seen.minimum}")
    if column.maximum is not None and seen.maximum is not None and column.maximum < seen.maximum:
        raise DesignRejected(f"{column.name!r}: maximum {column.maximum} refuses the value {seen.maximum}")
    levels = {level.value for level in seen.levels}
    if column.allowed and not levels <= set(column.allowed):
        raise DesignRejected(f"{column.name!r}: allowed lacks {len(levels - set(column.allowed))} level(s) that occur")


def _rules_fit(design: DataDesign, inputs: DataEngineerInputs) -> None:
    kept = {column.name for column in design.columns}
    for quality in design.rules:
        if (quality.kind in NEEDS_COLUMN) != (quality.column is not None):
            raise DesignRejected(f"rule {quality.kind!r} {'needs' if quality.column is None else 'takes no'} column")
        if quality.column is not None and quality.column not in kept:
            raise DesignRejected(f"rule {quality.kind!r}: {quality.column!r} is no kept column")
        if quality.threshold < 0:
            raise DesignRejected(f"rule {quality.kind!r}: a threshold can't be negative")
        if quality.threshold > 1 and quality.kind not in COUNTED:
            raise DesignRejected(f"rule {quality.kind!r}: a share can't be above 1, got {quality.threshold:g}")
    if not any(
        quality.kind == "min_rows" and quality.threshold <= inputs.profile.main.rows for quality in design.rules
    ):
        raise DesignRejected("a rule min_rows that the data fulfil is needed")
    if not 0.9 <= design.valid_share_sla <= 1:
        raise DesignRejected("valid_share_sla must lie between 0.9 and 1")


def _custom_rules_fit(design: DataDesign, inputs: DataEngineerInputs) -> None:
    kinds = {quality.kind for quality in design.rules}
    for each in design.custom_rules:
        if not 0 <= each.most <= 0.2:
            raise DesignRejected(f"custom_rules {each.name!r}: most is the share that may offend, from 0 to 0.2")
        if each.name in kinds:
            raise DesignRejected(f"custom_rules {each.name!r} has the name of a kind of rule")
    dtypes = {column.name: column.dtype for column in design.columns}
    inspection.columns("custom_rules", design.custom_rules, dtypes, {c.name: c.use for c in inputs.problem.columns})
    inspection.functions("custom_rules", design.custom_rules)


def gate(bench: Bench) -> tuple[Check, ...]:
    """What is measured of the files of this design; loaded when it is needed."""
    from agent_graph.roles.data_engineer.checks import gate

    return gate.run(bench)


ROLE = Role(
    name="data_engineer",
    title="Data engineer",
    reads=DataEngineerInputs,
    returns=DataDesign,
    writes="data",
    playbook=playbook,
    rule=rule,
    gate=gate,
    wishes=WISHES,
)
