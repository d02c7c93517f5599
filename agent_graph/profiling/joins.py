"""How side tables hang on the main one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import polars as pl

from agent_graph.artifacts import ColumnProfile, Join, KeyForm, TableProfile
from agent_graph.profiling import histories, reading
from agent_graph.profiling.keys import FORMS, akin_names, as_key, keeps_apart, names_things

LEAST_MATCH = 0.05
GOOD_MATCH = 0.5
SURE_MATCH = 0.9
MANY = 50  # different values that hardly meet by chance
MOST_PAIRS = 400


def find_joins(tables: tuple[TableProfile, ...]) -> tuple[Join, ...]:
    """The best key of each side table that has one: unique there, or with many rows a key, which are summed up."""
    main = tables[0]
    found = (_best(main, side) for side in tables[1:])
    return tuple(join for join in found if join is not None)


def _best(main: TableProfile, side: TableProfile) -> Join | None:
    """Columns of equal names first (fewest that are unique there), else columns of equal values, else many rows."""
    lookup = _by_names(main, side) or _by_values(main, side)
    if lookup is not None and lookup.matched >= GOOD_MATCH:
        return lookup
    many = _of_many(main, side)
    return many if many is not None and (lookup is None or many.matched > 2 * lookup.matched) else lookup


def _by_names(main: TableProfile, side: TableProfile) -> Join | None:
    shared = [c.name for c in side.columns if any(c.name == m.name for m in main.columns)]
    for width in (1, 2, 3, 4):
        keys = [key for key in combinations(shared, width) if _unique(side, key)]
        joins = [_formed(main, side, key, key) for key in keys]
        good = [join for join in joins if join.matched >= LEAST_MATCH]
        if good:
            return max(good, key=lambda join: join.matched)
    return None


def _by_values(main: TableProfile, side: TableProfile) -> Join | None:
    """A column of the main table whose values are keys of the side table; of one name in the end, else the finest."""
    best: tuple[tuple[bool, bool, int], Join] | None = None
    for left, right in _pairs(main, side):
        if right.missing or not _unique(side, (right.name,)):
            continue
        join = _formed(main, side, (left.name,), (right.name,))
        told = akin_names(left.name, right.name, side.name)
        if join.matched >= GOOD_MATCH and (told or _hardly_chance(left, right)):
            rated = (told, join.matched >= SURE_MATCH, left.distinct)
            if best is None or rated > best[0]:
                best = (rated, join)
    return best[1] if best else None


def _pairs(main: TableProfile, side: TableProfile) -> Iterator[tuple[ColumnProfile, ColumnProfile]]:
    """Columns that could name the same things."""
    lefts, rights = ([c for c in table.columns if names_things(c)] for table in (main, side))
    for count, (left, right) in enumerate(product(lefts, rights)):
        if count < MOST_PAIRS:
            yield left, right


def _hardly_chance(left: ColumnProfile, right: ColumnProfile) -> bool:
    """Texts that meet mean the same; small numbers meet by chance."""
    if "string" in (left.storage, right.storage) and not _digits(left) and not _digits(right):
        return True
    return left.distinct >= MANY and right.distinct >= MANY and (right.minimum or 1000) >= 1000


def _digits(column: ColumnProfile) -> bool:
    return column.storage != "string" or all(level.value.isdigit() for level in column.levels[:20])


def _of_many(main: TableProfile, side: TableProfile) -> Join | None:
    """The key that the side table repeats: all shared names that are keys, else the pair that matches best."""
    mine = {column.name for column in main.columns if names_things(column)}
    shared = [column.name for column in side.columns if names_things(column) and column.name in mine]
    keys = [(key, key) for width in (3, 2, 1) for key in combinations(shared, width)]
    joins = [_formed(main, side, left, right) for left, right in keys]
    good = [join for join in joins if join.matched >= GOOD_MATCH]
    if not good:
        joins = [
            _formed(main, side, (left.name,), (right.name,)) for left, right in _pairs(main, side)
            if akin_names(left.name, right.name, "") or _hardly_chance(left, right)
        ]  # fmt: skip
        good = sorted((join for join in joins if join.matched >= GOOD_MATCH), key=lambda join: -join.matched)
    good = good or [join for join in joins if join.matched >= LEAST_MATCH]
    if not good:
        return None
    first = good[0]
    time, side_time = histories.moment(main), histories.moment(side)
    timed = bool(time and side_time)
    told = histories.summaries(side, first.right, side_time, timed)
    first = first.model_copy(update={
        "summaries": told, "time": time if timed else "", "side_time": side_time if timed else "",
    })  # fmt: skip
    return histories.described(main, side, first)


def no_key(main: TableProfile, side: TableProfile) -> str:
    """Why nothing joins them: what the likeliest keys of both hold."""
    return " but ".join(_shown(table) for table in (side, main))


def _shown(table: TableProfile) -> str:
    columns = [c for c in table.columns if names_things(c) and c.levels] or [c for c in table.columns if c.levels]
    if not columns:
        return f"{table.name!r} has no column that could name things"
    column = max(columns, key=lambda c: (c.kind == "identifier", c.distinct))
    return f"{column.name!r} holds {', '.join(repr(level.value[:24]) for level in column.levels[:2])} …"


def _unique(side: TableProfile, key: tuple[str, ...], forms: tuple[KeyForm, ...] = ()) -> bool:
    keys = reading.typed(side).select(as_key(key, forms) if forms else [pl.col(name) for name in key]).drop_nulls()
    counts = keys.select(pl.len().alias("n"), pl.struct(pl.all()).n_unique().alias("d")).collect()
    return bool(counts["n"][0]) and int(counts["n"][0]) == int(counts["d"][0])


def _formed(main: TableProfile, side: TableProfile, left: tuple[str, ...], right: tuple[str, ...]) -> Join:
    """The join in the plainest form of its keys that matches clearly more rows than any plainer one."""
    best = _measured(main, side, left, right)
    if best.matched >= SURE_MATCH:
        return best
    was_unique = _unique(side, right)
    for form in FORMS[1:]:
        forms = (form,) * len(left)
        join = _measured(main, side, left, right, forms)
        if (
            join.matched >= best.matched + 0.1
            and (not was_unique or _unique(side, right, forms))
            and all(keeps_apart(main, name, form) for name in left)
        ):
            best = join
    return best


def _measured(
    main: TableProfile, side: TableProfile, left: tuple[str, ...], right: tuple[str, ...],
    forms: tuple[KeyForm, ...] = (),
) -> Join:  # fmt: skip
    wanted = reading.typed(main).select(as_key(left, forms))
    known = reading.typed(side).select(as_key(right, forms)).drop_nulls()
    matched = wanted.join(known, on=wanted.collect_schema().names(), how="semi").select(pl.len()).collect().item()
    return Join(table=side.name, left=left, right=right, matched=matched / max(main.rows, 1), forms=forms)


def joined_schema(main: TableProfile, sides: tuple[TableProfile, ...], joins: tuple[Join, ...]) -> tuple[str, ...]:
    """Names of all columns after the joins, the side tables' without their keys."""
    names = [c.name for c in main.columns]
    for join in joins:
        side = next(table for table in sides if table.name == join.table)
        if join.summaries:
            names += [f"{side.name}.{one.name}" for one in join.summaries]
        else:
            names += [f"{side.name}.{c.name}" for c in side.columns if c.name not in join.right]
    return tuple(names)
