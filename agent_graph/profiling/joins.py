"""How side tables hang on the main one."""

from __future__ import annotations

from itertools import combinations

import polars as pl

from agent_graph.artifacts import Join, TableProfile
from agent_graph.profiling import reading

LEAST_MATCH = 0.05


def find_joins(tables: tuple[TableProfile, ...]) -> tuple[Join, ...]:
    """The best key of each side table that has one: unique on the right, most rows of the main table matched."""
    main = tables[0]
    found = (_best(main, side) for side in tables[1:])
    return tuple(join for join in found if join is not None)


def _best(main: TableProfile, side: TableProfile) -> Join | None:
    """Columns of equal names first (fewest that are unique on the right), else columns of equal values."""
    shared = [c.name for c in side.columns if any(c.name == m.name for m in main.columns)]
    for width in (1, 2, 3, 4):
        keys = [key for key in combinations(shared, width) if _unique(side, key)]
        joins = [_measured(main, side, key, key) for key in keys]
        good = [join for join in joins if join.matched >= LEAST_MATCH]
        if good:
            return max(good, key=lambda join: join.matched)
    return _by_values(main, side)


def _by_values(main: TableProfile, side: TableProfile) -> Join | None:
    """A text column of the main table whose values are keys of the side table; the one that names most of them."""
    rights = [c.name for c in side.columns if c.storage == "string" and c.missing == 0 and _unique(side, (c.name,))]
    lefts = [
        c for c in main.columns if c.storage == "string" and c.kind in ("category", "high_cardinality", "identifier")
    ]
    best: tuple[int, Join] | None = None
    for right in rights:
        for left in lefts:
            join = _measured(main, side, (left.name,), (right,))
            if join.matched >= 0.5 and (best is None or left.distinct > best[0]):
                best = (left.distinct, join)
    return best[1] if best else None


def _unique(side: TableProfile, key: tuple[str, ...]) -> bool:
    keys = reading.typed(side).select(key).drop_nulls()
    counts = keys.select(pl.len().alias("n"), pl.struct(key).n_unique().alias("d")).collect()
    return bool(counts["n"][0]) and int(counts["n"][0]) == int(counts["d"][0])


def _measured(main: TableProfile, side: TableProfile, left: tuple[str, ...], right: tuple[str, ...]) -> Join:
    wanted = reading.typed(main).select(as_key(left))
    known = reading.typed(side).select(as_key(right)).drop_nulls()
    known = known.rename(dict(zip(known.collect_schema().names(), wanted.collect_schema().names(), strict=True)))
    matched = wanted.join(known, on=pl.all(), how="semi").select(pl.len()).collect().item()
    return Join(table=side.name, left=left, right=right, matched=matched / max(main.rows, 1))


def as_key(names: tuple[str, ...]) -> list[pl.Expr]:
    """Key columns as texts, so that 1 and 1.0 and "1" meet."""
    return [pl.col(n).cast(pl.String).str.strip_suffix(".0").alias(f"key_{k}") for k, n in enumerate(names)]


def joined_schema(main: TableProfile, sides: tuple[TableProfile, ...], joins: tuple[Join, ...]) -> tuple[str, ...]:
    """Names of all columns after the joins, the side tables' without their keys."""
    names = [c.name for c in main.columns]
    for join in joins:
        side = next(table for table in sides if table.name == join.table)
        names += [f"{side.name}.{c.name}" for c in side.columns if c.name not in join.right]
    return tuple(names)
