"""Tables of the same columns: one to learn from, and one without the target, which is to be predicted."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from agent_graph.artifacts import TableProfile
from agent_graph.profiling import reading
from agent_graph.profiling.keys import as_key

FEW, MOST_ABSENT = 2, 0.25  # columns, and their share, that a table to predict may lack
SAME_THINGS = 0.9


@dataclass(frozen=True)
class Given:
    """The tables by what they are for, the main one first among those that rows are made of."""

    tables: tuple[TableProfile, ...]
    to_predict: tuple[TableProfile, ...] = ()


def told_apart(tables: tuple[TableProfile, ...]) -> Given:
    """Which tables are to be predicted; the one with the target is the main one, whichever was given first."""
    first = next((table for table in tables[1:] if _lacks(tables[0], table)), None)
    if first is not None and not _lacks(first, tables[0]):  # the one to predict was given first
        tables = (first, *(table for table in tables if table is not first))
    main = tables[0]
    wanted = tuple(table for table in tables[1:] if _lacks(table, main))
    forms = [table for table in tables[1:] if table not in wanted and any(_is_form(table, main, one) for one in wanted)]
    kept = tuple(table for table in tables if table not in wanted and table not in forms)
    said = [
        f"{one.name} has the columns of {main.name} without {_listed(absent(one, main))}: its rows are to be predicted"
        for one in wanted
    ]
    said += [f"{one.name} is a form for the answers: not read as data" for one in forms]
    if not said:
        return Given(kept, wanted)
    changed = main.model_copy(update={"remarks": (*main.remarks, *said)})
    reading.remember_alike(main, changed)
    return Given((changed, *kept[1:]), wanted)


def absent(table: TableProfile, main: TableProfile) -> tuple[str, ...]:
    """Columns that are filled in the main table, but not there or empty in the other."""
    filled = {column.name for column in table.columns if column.missing < 1}
    return tuple(column.name for column in main.columns if column.name not in filled and column.missing < 1)


def _lacks(table: TableProfile, main: TableProfile) -> bool:
    """Whether a table has the main one's columns but for one or a few, and no others."""
    mine, theirs = {column.name for column in table.columns}, {column.name for column in main.columns}
    lost = absent(table, main)
    shared = len(theirs) - len(lost)
    return mine <= theirs and shared >= 2 and 1 <= len(lost) <= max(FEW, MOST_ABSENT * len(theirs))


def _is_form(table: TableProfile, main: TableProfile, wanted: TableProfile) -> bool:
    """Whether a table names the rows to predict and leaves room for the answers."""
    names = [column.name for column in table.columns]
    lost = absent(wanted, main)
    keys = [name for name in names if name not in lost and any(column.name == name for column in wanted.columns)]
    if len(keys) != 1 or not set(names) - set(keys) <= set(lost) or len(names) < 2:
        return False
    theirs, mine = (reading.typed(one).select(as_key(keys)) for one in (wanted, table))
    met = theirs.join(mine, on="key_0", how="semi").select(pl.len()).collect().item()
    return bool(met >= SAME_THINGS * wanted.rows)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
