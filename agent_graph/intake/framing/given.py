"""What a person gave beside the words, held against the data: what can't be, whatever is asked, needs no reading."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from agent_graph import register
from agent_graph.artifacts import ColumnProfile, Profile, Specification
from agent_graph.errors import BadInput
from agent_graph.intake.framing.absent import left_out_as_asked
from agent_graph.intake.framing.classes import refuse_one_row
from agent_graph.intake.framing.metric import metric_misfit
from agent_graph.intake.framing.split import RANDOM, given_split, named_split
from agent_graph.intake.framing.statement import read_statement
from agent_graph.intake.framing.target import NEVER, named_column
from agent_graph.intake.framing.task import as_is, task_misfit
from agent_graph.intake.framing.unbuilt import built
from agent_graph.intake.framing.uses import INPUTS, assign_uses
from agent_graph.profiling.joins import joined_schema, no_key

FEWEST_ROWS = 50
NO_INPUTS = (
    "no column is left to predict from: the others are identifiers, constant, left out or known only afterwards; give "
    "more columns, or keep one with --set keep=NAME"
)


def refuse_given(specification: Specification, profile: Profile) -> None:
    """BadInput when what was given can't be, whatever the words ask: first a name that isn't there, then what is there
    and can't serve."""
    target = named_column(profile, specification.target, "target") if specification.target is not None else None
    given_entity(specification, profile, target.name if target else "")
    _refuse_unknown(specification, profile)
    named_split(specification, profile)
    asked = (target,) if target else profile.main.columns
    if built(specification.task):
        if target:
            refuse_few_answers(target, profile.main.rows)
        _refuse_task(specification, profile, asked)
        _refuse_metric(specification, profile, asked)
    if target and not (specification.task and register.kind(specification.task).numeric):
        refuse_one_row(target, profile.main.rows)
    given_split(specification, profile, target.name if target else "")


def given_entity(specification: Specification, profile: Profile, target: str) -> str | None:
    """The column that the person named as what a row is about; BadInput when it isn't there, or is the target."""
    given = specification.option("entity", "")
    if not given:
        return None
    name = named_column(profile, given, "entity").name
    if name == target:
        raise BadInput(f"--set entity={name}: {name!r} is what is predicted; name the column that tells rows apart")
    return name


def _refuse_unknown(specification: Specification, profile: Profile) -> None:
    """BadInput when `keep` or `drop` names a column that there isn't."""
    known = joined_schema(profile.main, profile.tables[1:], profile.joins)
    for key in ("keep", "drop"):
        for name in specification.listed(key):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or known[:5]
                raise BadInput(f"--set {key}: there is no column {name!r}; did you mean {', '.join(map(repr, near))}?")


def refuse_data(profile: Profile) -> None:
    """BadInput when nothing can be built of these tables: they have too few rows, or nothing in common."""
    if profile.main.rows < FEWEST_ROWS:
        raise BadInput(f"table {profile.main.name!r} has {profile.main.rows} rows: give at least {FEWEST_ROWS}")
    joined = {join.table for join in profile.joins}
    if alone := next((side for side in profile.tables[1:] if side.name not in joined), None):
        raise BadInput(
            f"table {alone.name!r} shares no key with {profile.main.name!r}: {no_key(profile.main, alone)}; give "
            "both a column that names the same things, or leave that table out"
        )


def _refuse_task(specification: Specification, profile: Profile, asked: Sequence[ColumnProfile]) -> None:
    """BadInput when no column that may be asked for holds answers of the task that was given."""
    if specification.task is None or not all(why := [task_misfit(specification.task, column) for column in asked]):
        return
    if specification.target is None:
        raise BadInput(f"no column of {profile.main.name!r} fits task {specification.task!r}: choose another --task")
    raise BadInput(why[0])


def _refuse_metric(specification: Specification, profile: Profile, asked: Sequence[ColumnProfile]) -> None:
    """BadInput when the metric that was given judges no question that these columns can answer."""
    metric, task = specification.metric, specification.task
    if metric is None:
        return
    pairs = [
        (kind, column)
        for kind in register.kinds().values() if kind.built and task in (None, kind.name)
        for column in asked if not task_misfit(kind.name, column)
    ]  # fmt: skip
    faults = [(kind, fault) for kind, column in pairs if (fault := metric_misfit(metric, kind, column))]
    if len(faults) < len(pairs):
        return
    if near := [fault for kind, fault in faults if kind.judged_by(metric) or kind.name == task]:
        raise BadInput(near[0])
    where = repr(asked[0].name) if specification.target is not None else f"any column of {profile.main.name!r}"
    fitting = dict.fromkeys(each.name for kind, _ in pairs for each in kind.metrics)
    raise BadInput(f"metric {metric!r} doesn't fit {where}: choose one of {', '.join(fitting)}")


def refuse_few_answers(column: ColumnProfile, rows: int) -> None:
    """BadInput when a column to be predicted is filled in too few rows; that it is empty in all is told elsewhere."""
    known = round(rows * (1 - column.missing))
    if 0 < known < FEWEST_ROWS <= rows:
        raise BadInput(
            f"target column {column.name!r} holds an answer in {known} of {rows:,} rows: give at least {FEWEST_ROWS} "
            "such rows, or choose another with --target"
        )


def refuse_no_inputs(specification: Specification, profile: Profile) -> None:
    """BadInput when whichever column is asked for, none is left to predict it from. A series, or rows that are only put
    in groups, need none: it is for questions that are built."""
    statement, dropped = read_statement(specification.statement), left_out_as_asked(specification)
    split = named_split(specification, profile) or RANDOM
    entity = given_entity(specification, profile, "")
    named = frozenset([entity] if entity else ())
    if specification.target is not None:
        answers = [named_column(profile, specification.target, "target")]
    else:
        answers = [column for column in profile.main.columns if column.kind not in (*NEVER, "datetime")]
    for column in answers:
        roles = assign_uses(profile, statement, as_is(column, ()), split, dropped, named)
        if any(role.use in INPUTS for role in roles):
            return
    raise BadInput(NO_INPUTS)
