"""Columns from which the target can be computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agent_graph.artifacts import Suspect
from agent_graph.profiling.suspects.evidence import Evidence

Floats = NDArray[np.float64]
EXACT = 0.9999
ROWS, PAIR_ROWS, PAIR_COLUMNS, MOST_COLUMNS = 3_000, 600, 30, 300


def computed(evidence: Evidence) -> list[Suspect]:
    """Sums, differences, products and ratios (within the levels of a third column too) that give the raw target."""
    raw = evidence.column(evidence.target.column)
    if raw.storage not in ("integer", "float") or raw.distinct < 8:
        return []
    goal = evidence.numbers(evidence.target.column)
    known = np.isfinite(goal)
    names = [n for n in evidence.names if evidence.column(n).storage != "string" and evidence.column(n).missing < 0.5][
        :MOST_COLUMNS
    ]
    table = np.column_stack([evidence.numbers(n)[known] for n in names]) if names else np.empty((int(known.sum()), 0))
    goal = goal[known]
    found = _linear(evidence, names, table[:ROWS], goal[:ROWS], "sum or difference")
    if not found and goal.size and goal.min() > 0:
        positive = [k for k in range(len(names)) if np.nanmin(table[:, k], initial=np.inf) > 0]
        logs = np.log(table[:ROWS][:, positive])
        found = _linear(evidence, [names[k] for k in positive], logs, np.log(goal[:ROWS]), "product or ratio")
    return found or _ratios(evidence, names, table, goal)


def _linear(evidence: Evidence, names: list[str], table: Floats, goal: Floats, what: str) -> list[Suspect]:
    if len(goal) < 50 or len(names) > len(goal) // 3 or not names:
        return []
    filled = np.where(np.isfinite(table), table, 0.0)
    spread = filled.std(axis=0)
    scaled = (filled - filled.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    if _fit(scaled, goal) < EXACT:
        return []
    kept = list(range(len(names)))
    for k in range(len(names)):  # leave out what isn't needed for an exact result
        fewer = [j for j in kept if j != k]
        if fewer and _fit(scaled[:, fewer], goal) >= EXACT:
            kept = fewer
    parts = [names[k] for k in kept]
    formula = " and ".join(map(repr, parts[:4]))
    leaks = [p for p in parts if not evidence.words.lists(p)]
    why = f"{evidence.target.column!r} is a {what} of {formula}"
    return [Suspect(column=p, ground="arithmetic", strength=0.95, why=why) for p in leaks] if len(parts) <= 6 else []


def _fit(table: Floats, goal: Floats) -> float:
    """R² of the least-squares fit with a constant."""
    design = np.column_stack([table, np.ones(len(table))])
    fitted = design @ np.linalg.lstsq(design, goal, rcond=None)[0]
    spread = float(((goal - goal.mean()) ** 2).sum())
    return 1 - float(((goal - fitted) ** 2).sum()) / spread if spread > 0 else 0.0


def _ratios(evidence: Evidence, names: list[str], table: Floats, goal: Floats) -> list[Suspect]:
    """One column over another orders the rows as the target does, in each level of a third (a rate, given the term)."""
    usable = [k for k, n in enumerate(names) if evidence.column(n).kind == "number" and evidence.column(n).distinct > 30
              and float((table[:, k] > 0).mean()) > 0.9][:PAIR_COLUMNS]  # fmt: skip
    rows = np.random.default_rng(0).permutation(len(goal))[: PAIR_ROWS * 2]
    if len(usable) < 2 or len(rows) < 100:
        return []
    part, aim = table[rows][:, usable], goal[rows]
    part = np.where(part > 0, part, np.nan)
    pairs = [(a, b) for a in range(len(usable)) for b in range(a + 1, len(usable))]
    ratios = np.column_stack([part[:, a] / part[:, b] for a, b in pairs])
    ratios = np.where(np.isfinite(ratios), ratios, np.nanmedian(ratios, axis=0))
    alone = max((evidence.powers[names[k]] for k in usable), default=0.0)
    for level_of, groups in _groupings(evidence, names, table, rows):
        agreement = _agreement(ratios, aim, groups)
        best = int(agreement.argmax())
        if agreement[best] > 0.975 and alone < 0.9:
            a, b = (names[usable[k]] for k in pairs[best])
            return [_of_pair(evidence, a, b, level_of)]
    return []


def _groupings(
    evidence: Evidence, names: list[str], table: Floats, rows: NDArray[np.int64]
) -> list[tuple[str, list[NDArray[np.bool_]]]]:
    """Nothing, then each column of few levels: row masks of its levels."""
    found: list[tuple[str, list[NDArray[np.bool_]]]] = [("", [np.ones(len(rows), dtype=bool)])]
    for k, name in enumerate(names):
        if 2 <= evidence.column(name).distinct <= 6 and len(found) < 9:
            masks = [table[rows, k] == value for value in np.unique(table[rows, k])]
            large = [mask for mask in masks if mask.sum() >= 40]
            if sum(int(mask.sum()) for mask in large) > 0.8 * len(rows):
                found.append((name, large))
    return found


def _agreement(ratios: Floats, goal: Floats, groups: list[NDArray[np.bool_]]) -> Floats:
    """Smallest absolute rank correlation over the groups, for each ratio."""
    least = np.ones(ratios.shape[1])
    for mask in groups:
        from scipy.stats import rankdata  # a second to import, and most refusals come before

        ranks = rankdata(ratios[mask], axis=0)
        aim = rankdata(goal[mask])
        ranks, aim = ranks - ranks.mean(axis=0), aim - aim.mean()
        scale = np.sqrt((ranks**2).sum(axis=0) * (aim**2).sum())
        least = np.minimum(least, np.abs(ranks.T @ aim) / np.where(scale > 0, scale, np.inf))
    return least


def _of_pair(evidence: Evidence, one: str, other: str, level_of: str) -> Suspect:
    """Of the two, the one the user doesn't list as known; else the one with more different values: it was computed."""
    listed = [name for name in (one, other) if evidence.words.lists(name)]
    if len(listed) == 1:
        column = other if listed[0] == one else one
    else:
        column = max((one, other), key=lambda name: evidence.column(name).distinct)
    partner = other if column == one else one
    given = f" and {level_of!r}" if level_of else ""
    why = f"with {partner!r}{given} it fixes {evidence.target.column!r}"
    return Suspect(column=column, ground="arithmetic", strength=0.9, why=why)
