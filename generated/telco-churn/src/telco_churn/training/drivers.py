"""What the answers lean on: which columns are dealt out anew together, and what the rise of the loss then says.

Columns that belong together are dealt out together (grouped permutation importance, Gregorutti et al. 2015): alone,
each would be made up for by the others, and all of them would seem to matter little.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import spearmanr, t

from telco_churn.data.columns import Columns, row_count, take

BELONG = 0.7  # mean association that makes a group: from here on collinearity distorts (Dormann et al. 2013)
COMPARED = 1_000  # training rows that association is measured on: it is known to a few hundredths
ROWS = 4_000  # validation rows of all folds together
FEWEST = 500  # of them, however many groups there are: none is left out
REPEATS = 3  # times that a group is dealt out anew; with many groups it is once, since rows tell more than repeats
CELLS = 20_000_000  # of columns dealt out anew, about: seconds of work
TEXT = 500  # cells that one of prose costs as much as
LEVELS = 30  # of a column of text, the most frequent; all others count as one
FREQUENT = 20  # rows of a level: of fewer it isn't one, and in each half its answers are not compared
MOVED = 1 / 3  # at least two of three changes of a number move the answer the same way: there is a direction
LEADING = 10  # groups whose order two halves of the rows are asked for
CODED: frozenset[str] = frozenset(
    [
        "multiple_lines",
        "internet_service",
        "online_security",
        "online_backup",
        "device_protection",
        "tech_support",
        "streaming_tv",
        "streaming_movies",
        "contract",
        "payment_method",
    ]
)  # columns whose numbers, if they hold any, are names
TEXTS: frozenset[str] = frozenset([])  # of prose
Found = tuple[dict[str, Any], dict[str, np.ndarray]]  # facts and arrays of one fold, as checkpoints keep them


@dataclass(frozen=True)
class Plan:
    """Which columns are dealt out together, how often, and on how many validation rows of all folds together."""

    groups: tuple[tuple[str, ...], ...]
    rows: int
    repeats: int

    @classmethod
    def of(cls, columns: Columns, names: Sequence[str]) -> Self:
        """For the named columns, by these rows of them; labels are not looked at."""
        groups = _groups(columns, names)
        width = sum(TEXT if name in TEXTS else 1 for name in names)
        each = CELLS // max(width * len(groups), 1)
        rows = min(max(each, FEWEST), ROWS)
        return cls(groups, rows, min(max(each // rows, 1), REPEATS))


def _groups(columns: Columns, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The columns, those together whose mean association is high."""
    if len(names) < 2:
        return tuple((name,) for name in names)
    rows = np.linspace(0, row_count(columns) - 1, min(row_count(columns), COMPARED)).astype(np.int64)
    apart = 1.0 - association(as_meant(take({name: columns[name] for name in names}, rows)))
    np.fill_diagonal(apart, 0.0)
    found: dict[int, list[str]] = {}
    tree = linkage(squareform(apart, checks=False), "average")
    for name, group in zip(names, fcluster(tree, 1.0 - BELONG, "distance"), strict=True):
        found.setdefault(int(group), []).append(name)
    return tuple(map(tuple, found.values()))


def as_meant(columns: Columns) -> Columns:
    """The same columns with numbers that are names, such as codes, as texts, and moments as numbers."""
    return {name: _meant(values, name in CODED) for name, values in columns.items()}


def _meant(values: np.ndarray, coded: bool) -> np.ndarray:
    if values.dtype.kind == "M":
        return np.where(np.isnat(values), np.nan, values.astype("datetime64[s]").astype(np.float64))
    if values.dtype.kind == "f" and coded:
        return np.array([None if np.isnan(value) else f"{value:.15g}" for value in values], dtype=object)
    return values


def association(columns: Columns) -> np.ndarray:
    """(d, d) from 0 to 1: Spearman's of numbers, a number's correlation ratio with levels, Cramér's V of levels."""
    names = list(columns)
    numbers = [place for place, name in enumerate(names) if columns[name].dtype.kind == "f"]
    levels = {place: _codes(columns[name]) for place, name in enumerate(names) if place not in set(numbers)}
    ranks = pd.DataFrame({place: columns[names[place]] for place in numbers}, index=range(row_count(columns))).rank()
    found = np.eye(len(names))
    found[np.ix_(numbers, numbers)] = ranks.corr().abs().fillna(0.0).to_numpy()
    for one, codes in levels.items():
        found[one, numbers] = found[numbers, one] = _correlation_ratio(codes, ranks.to_numpy())
        for other in (place for place in levels if place < one):
            found[one, other] = found[other, one] = _cramers_v(codes, levels[other])
    return found


def _codes(values: np.ndarray) -> np.ndarray:
    """(n,) place of each row's level by how frequent it is, the missing one included; the rare count as one.

    A level of a row or two tells nothing: texts that are all different would seem to belong to each other.
    """
    codes, _ = pd.factorize(values, use_na_sentinel=False)
    counts = np.bincount(codes)
    frequent = np.argsort(-counts, kind="stable")[:LEVELS]
    places = np.full(len(counts), LEVELS)
    places[frequent] = np.where(counts[frequent] >= FREQUENT, np.arange(len(frequent)), LEVELS)
    return np.unique(places[codes], return_inverse=True)[1]


def _correlation_ratio(codes: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """(d,) of each column of (n, d) ranks: square root of epsilon squared (Kelley 1935), which chance doesn't raise."""
    known = ~np.isnan(ranks)
    shifted = np.where(known, ranks - np.nan_to_num(ranks).sum(axis=0) / np.maximum(known.sum(axis=0), 1), 0.0)
    of_level = np.eye(codes.max() + 1)[codes]
    counts, sums, rows = of_level.T @ known, of_level.T @ shifted, known.sum(axis=0)
    within = (shifted**2).sum(axis=0) - (sums**2 / np.maximum(counts, 1)).sum(axis=0)
    spare, spread = rows - (counts > 0).sum(axis=0), (shifted**2).sum(axis=0)
    told = (spare > 0) & (spread > 0)
    share = 1.0 - within / np.where(told, spread, 1.0) * (rows - 1) / np.where(told, spare, 1)
    return np.sqrt(np.where(told, np.clip(share, 0.0, 1.0), 0.0))


def _cramers_v(one: np.ndarray, other: np.ndarray) -> float:
    """Of two codes, with the bias of few rows taken out (Bergsma 2013)."""
    n, r, k = len(one), int(one.max()) + 1, int(other.max()) + 1
    table = np.bincount(one * k + other, minlength=r * k).reshape(r, k)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    chance = (r - 1) * (k - 1) / (n - 1)
    phi = float(((table - expected) ** 2 / expected).sum()) / n - chance
    room = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return min(1.0, float(np.sqrt(phi / room))) if phi > 0 and room > 0 else 0.0


def summary(plan: Plan, found: Sequence[Found]) -> dict[str, Any]:
    """All folds together, the group that matters most first, in it the column whose own shuffling costs most first.

    `agreement` is Spearman's, between two halves of the rows, of the order of those leading groups that surely matter.
    """
    rises, moves = (np.concatenate([arrays[key] for _, arrays in found], axis=1) for key in ("rises", "moves"))
    half = np.concatenate([np.arange(arrays["rises"].shape[1]) % 2 for _, arrays in found])
    names = [name for group in plan.groups for name in group]
    alone = dict(zip(names, np.nanmean([arrays["alone"] for _, arrays in found], axis=0), strict=True))
    moved = dict(zip(names, moves, strict=True))
    entries: list[dict[str, Any]] = []
    for group, over in zip(plan.groups, rises, strict=True):
        columns = sorted(group, key=lambda name: -alone[name])
        rise, low, high = _interval(over)
        direction = _direction(moved[columns[0]], [facts["levels"].get(columns[0], {}) for facts, _ in found])
        entries.append(
            {
                "column": columns[0],
                "columns": columns,
                "loss_increase": rise,
                "low": low,
                "high": high,
                "direction": direction if low is not None and low > 0 else None,
            }
        )
    order = sorted(range(len(entries)), key=lambda place: -entries[place]["loss_increase"])
    surely = [place for place in order if (entries[place]["low"] or 0.0) > 0][:LEADING]
    return {
        "rows": sum(facts["rows"] for facts, _ in found),
        "repeats": plan.repeats,
        "agreement": _agreement(rises[surely], half),
        "groups": [entries[place] for place in order],
    }


def _interval(over: np.ndarray) -> tuple[float, float | None, float | None]:
    """The mean over slices and its 95 % interval (Student's t); no ends where fewer than two slices can tell."""
    known = over[np.isfinite(over)]
    if len(known) < 2:
        return float(known.sum()), None, None
    mean, reach = float(known.mean()), float(t.ppf(0.975, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    return round(mean, 8), round(mean - reach, 8), round(mean + reach, 8)


def _direction(moved: np.ndarray, levels: Sequence[dict[str, list[float]]]) -> str | None:
    """Where more of a number leads, or the levels that both halves of the rows answer highest and lowest."""
    way, low, high = _interval(moved)
    if low is not None and high is not None and low * high > 0 and abs(way) >= MOVED:
        return "more → higher" if way > 0 else "more → lower"
    sums: dict[str, np.ndarray] = {}
    for fold in levels:
        for level, numbers in fold.items():
            sums[level] = sums.get(level, np.zeros(4)) + np.array(numbers)
    means = {
        level: (one[1] / one[0], one[3] / one[2]) for level, one in sums.items() if min(one[0], one[2]) >= FREQUENT
    }
    if len(means) < 2:
        return None
    first, second = (sorted(means, key=lambda level: means[level][half]) for half in (0, 1))
    highest = f"highest: {first[-1]}" if first[-1] == second[-1] else ""
    lowest = f"lowest: {first[0]}" if first[0] == second[0] else ""
    return ", ".join(filter(None, (highest, lowest))) or None


def _agreement(rises: np.ndarray, half: np.ndarray) -> float | None:
    """Rank correlation of the groups' mean rises in both halves; None of fewer than three groups."""
    if len(rises) < 3:
        return None
    found = float(spearmanr(*(np.nanmean(rises[:, half == one], axis=1) for one in (0, 1))).statistic)
    return round(found, 4) if np.isfinite(found) else None
