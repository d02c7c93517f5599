"""The best rule of thumb: one column, chosen on the open rows alone, by which a person would put rows first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts import Problem
from agent_graph.kind import Numbers

LEVELS = ("category", "boolean", "code")
PRIOR = 20  # rows at the usual rate that every level is given: a level of few rows is no rule
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """One column's order of the rows, as a person would say it; a higher score comes first, equal ones by chance."""

    name: str
    opened: Numbers
    held: Numbers


def hits(came: Numbers, scores: Numbers, share: float) -> float:
    """How many that are looked for stand among the share of the rows that is ranked highest, ties as by chance."""
    count = acted(len(came), share)
    last = np.partition(scores, len(scores) - count)[len(scores) - count]
    above, tied = scores > last, scores == last
    return float(came[above].sum() + (count - above.sum()) * came[tied].mean())


def acted(rows: int, share: float) -> int:
    """How many of so many rows are acted upon."""
    return min(max(1, round(share * rows)), rows)


def best_rule(problem: Problem, opened: pl.DataFrame, came: Numbers, held: pl.DataFrame, share: float) -> Rule | None:
    """The column that brings most among the share of the labelled open rows it puts first; `came` is 1 for a hit.

    None where no column makes any difference: all rows are alike then, which is to pick by chance.
    """
    chance = hits(came, np.zeros(len(came)), share)
    found = [(hits(came, rule.opened, share), rule) for rule in _rules(problem, opened, came, held)]
    brings, best = max(found, key=lambda one: one[0], default=(chance, None))
    return best if brings > chance else None


def _rules(problem: Problem, opened: pl.DataFrame, came: Numbers, held: pl.DataFrame) -> Iterator[Rule]:
    for role in problem.features:
        if role.name not in opened.columns:
            continue  # of a side table
        one, other = opened[role.name], held[role.name]
        if role.kind == "number" and one.dtype.is_numeric():
            for way, sign in (("highest", 1.0), ("lowest", -1.0)):
                yield Rule(f"{way} {role.name} first", _ordered(one, sign), _ordered(other, sign))
        elif role.kind in LEVELS:
            yield _by_level(role.name, one.cast(pl.String), other.cast(pl.String), came)


def _ordered(values: pl.Series, sign: float) -> Numbers:
    """The numbers, those that are missing last."""
    numbers = values.cast(pl.Float64).to_numpy() * sign
    return np.where(np.isnan(numbers), -np.inf, numbers)


def _by_level(name: str, opened: pl.Series, held: pl.Series, came: Numbers) -> Rule:
    """Rows by how often their level was a hit among the open rows; a level never seen is as usual."""
    usual = float(came.mean())
    rates = (
        pl.DataFrame({"level": opened, "came": came})
        .group_by("level", maintain_order=True)
        .agg(((pl.col("came").sum() + PRIOR * usual) / (pl.len() + PRIOR)).alias("rate"))
        .sort("rate", descending=True, maintain_order=True)
    )
    levels = dict(zip(rates["level"], rates["rate"], strict=True))
    first = next(iter(levels), None)
    scores = [np.array([levels.get(level, usual) for level in side], dtype=np.float64) for side in (opened, held)]
    return Rule(f"{name} = {first if first is not None else 'missing'} first", scores[0], scores[1])
