"""What every column is in the problem."""

from __future__ import annotations

from collections.abc import Iterator

from agent_graph.artifacts import ColumnProfile, ColumnRole, ColumnUse, Profile, Split, Suspect, Target
from agent_graph.intake.framing.statement import Statement
from agent_graph.profiling.joins import joined_schema
from agent_graph.profiling.names import lexicon, words

INPUTS = ("feature", "time")  # uses of columns that can be predicted from
WEIGHT_NAMES = lexicon("weight wt wgt weights pweight fnlwgt finalwt finalweight sampwt")


def assign_uses(
    profile: Profile,
    statement: Statement,
    target: Target,
    split: Split,
    suspects: tuple[Suspect, ...],
    identifiers: frozenset[str] = frozenset(),
) -> Iterator[ColumnRole]:
    """One role for each column after the joins, in the table's order.

    `identifiers` name things, whatever their values look like.
    """
    leaks = {suspect.column: suspect for suspect in suspects}
    for name in joined_schema(profile.main, profile.tables[1:], profile.joins):
        column = profile.column(name)
        use, why = _use(name, column, statement, target, split, leaks)
        if name in identifiers and use == "feature":
            use, why = "identifier", "it names what a row is about: nothing carries over to new ones"
        yield ColumnRole(name=name, use=use, kind=column.kind, why=why)


def _use(
    name: str, column: ColumnProfile, statement: Statement, target: Target, split: Split, leaks: dict[str, Suspect]
) -> tuple[ColumnUse, str]:
    if name == target.column:
        return "target", "what is predicted"
    if name in split.columns:
        return (
            ("group", "rows of one value stay on one side of the split")
            if split.kind == "group"
            else ("time", "orders the rows")
        )
    if name in leaks:
        return "leak", leaks[name].why
    if column.kind in ("constant", "empty"):
        return "unused", f"it is {column.kind}"
    if is_sampling_weight(column, statement):
        return "weight", "how many such rows it stands for: a weight, not a fact about the row"
    if column.kind == "identifier":
        return "identifier", "it names the row: nothing carries over to new ones"
    return "feature", "known at the moment of prediction, as far as can be told"


def is_sampling_weight(column: ColumnProfile, statement: Statement) -> bool:
    """A survey weight: so named, positive, and either called so or with a far heavier tail than a body has."""
    if (
        column.storage not in ("float", "integer")
        or not set(words(column.name)) & WEIGHT_NAMES
        or (column.minimum or 0) < 0
    ):
        return False
    if set(words(column.name)) & {
        "pweight",
        "fnlwgt",
        "finalwt",
        "finalweight",
        "sampwt",
        "sampling",
        "survey",
        "sample",
    }:
        return True
    if len(words(column.name)) > 1:
        return False
    middle = column.quantiles[3] if column.quantiles else 0.0
    return statement.says(r"\b(survey|sampling|sample) weight|weighted sample") or (
        middle > 0 and (column.maximum or 0) > 50 * middle
    )
