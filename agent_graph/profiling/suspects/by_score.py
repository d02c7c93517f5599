"""Columns that are too good alone, and those that stand or fall with one that is a suspect already."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from agent_graph.artifacts import Suspect
from agent_graph.profiling.suspects.evidence import Evidence
from agent_graph.profiling.suspects.scores import Floats

PERFECT = 0.985
TOO_GOOD = 0.96
FAR_ABOVE = 0.8
FEWEST_OTHERS = 5
BALANCED_ROWS = 1000
WIDE = 200  # numbers; beyond, pairs of columns are tried on a few rows first
TRIED_ROWS = 24
CENT = 0.011


def too_good(evidence: Evidence, already: Iterable[str]) -> list[Suspect]:
    """Nearly perfect alone, or far above all others; a crowd of strong columns is a strong problem, no leak."""
    powers = {name: p for name, p in evidence.powers.items() if name not in set(already)}
    found: list[Suspect] = []
    for name in sorted(powers, key=lambda n: -powers[n]):
        strength = powers[name]
        rest = [p for other, p in powers.items() if other != name and all(other != s.column for s in found)]
        peers = sum(p >= strength - 0.12 for p in rest)
        alone = len(rest) >= FEWEST_OTHERS and strength >= FAR_ABOVE and max(rest, default=0.0) <= 0.5 * strength
        bar = TOO_GOOD if evidence.target.classes else 0.97
        listed = evidence.words.lists(name)
        thin = (
            evidence.column(name).storage == "string"
            and evidence.column(name).distinct > evidence.profile.main.rows / 20
        )
        if (strength >= PERFECT and peers <= 2) or (
            not listed and not thin and ((strength >= bar and peers <= 2) or alone)
        ):
            compared = f"{strength:.2f} of 1, the next column {max(rest, default=0.0):.2f}"
            why = f"alone it tells {evidence.target.column!r} almost fully ({compared})"
            found.append(Suspect(column=name, ground="too_good_alone", strength=min(1.0, strength), why=why))
        elif strength < FAR_ABOVE:
            break
    return found


def tied_to(evidence: Evidence, leaks: list[Suspect]) -> list[Suspect]:
    """Columns fixed by a leak: one value for each of its values, or its sum or difference with another column."""
    taken = {suspect.column for suspect in leaks}
    found = []
    for name in evidence.names:
        if name in taken or evidence.words.lists(name):
            continue
        source = _determined(evidence, name, leaks) or _balances(evidence, name, leaks)
        if source:
            found.append(Suspect(column=name, ground="derived_from_target", strength=0.8, why=source))
    return found


def _determined(evidence: Evidence, name: str, leaks: list[Suspect]) -> str:
    if evidence.powers[name] < 0.75:
        return ""
    for leak in leaks:
        parent = evidence.column(leak.column)
        if (
            parent.kind not in ("category", "code", "number", "boolean")
            or not 2 <= parent.distinct <= 500
            or evidence.powers.get(leak.column, 0) < 0.6
        ):
            continue
        pairs = evidence.frame.select(pl.col(leak.column).alias("a"), pl.col(name).alias("b")).drop_nulls()
        top = pairs.group_by("a", "b").len().group_by("a").agg(pl.col("len").max(), pl.col("len").sum().alias("all"))
        if len(pairs) and float(top["len"].sum()) >= 0.995 * float(top["all"].sum()):
            return f"it is fixed by {leak.column!r}, which gives the target away"
    return ""


def _balances(evidence: Evidence, name: str, leaks: list[Suspect]) -> str:
    """name = other - leak (or leak - other, or their sum), to the cent, in nearly all rows."""
    if name not in evidence.measured:
        return ""
    rows = slice(0, BALANCED_ROWS)
    own = evidence.numbers(name)[rows]
    for leak in leaks:
        if leak.column == name or leak.column not in evidence.measured:
            continue
        given = evidence.numbers(leak.column)[rows]
        for other in _thirds(evidence, own, given):
            if other in (name, leak.column) or (_finer(evidence, other, name) and not evidence.words.lists(other)):
                continue
            third = evidence.numbers(other)[rows]
            for total in (third - given, given - third, third + given):
                known = np.isfinite(own) & np.isfinite(total) & (given != 0) & (third != 0)
                if known.sum() > 50 and float((np.abs(own - total)[known] <= CENT).mean()) > 0.9:
                    return f"with {other!r} it gives {leak.column!r}, which isn't known then"
    return ""


def _thirds(evidence: Evidence, own: Floats, given: Floats) -> tuple[str, ...]:
    """The columns that may complete a sum: all of an ordinary table's, of a wide one's those that fit a few rows."""
    if len(evidence.measured) <= WIDE:
        return evidence.measured
    rows = np.flatnonzero(np.isfinite(own) & np.isfinite(given) & (given != 0))[:TRIED_ROWS]
    thirds, mine, known = evidence.first_rows[rows], own[rows, None], given[rows, None]
    fits = np.zeros(len(evidence.measured), dtype=bool)
    for total in (thirds - known, known - thirds, thirds + known):
        near = np.abs(mine - total)
        fits |= 2 * (near <= CENT).sum(axis=0) >= np.isfinite(near).sum(axis=0)
    return tuple(evidence.measured[place] for place in np.flatnonzero(fits))


def _finer(evidence: Evidence, one: str, other: str) -> bool:
    """A computed column has more different values than one that was agreed or typed in."""
    return evidence.column(one).distinct > evidence.column(other).distinct
