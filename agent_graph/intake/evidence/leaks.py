"""Evidence that a column is no input for a target: from the words, its name, its values against the target's.

What is too good alone is measured, but it is one number among many: the weights say how little it means by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts import ColumnProfile
from agent_graph.intake.evidence.columns import Columns
from agent_graph.intake.evidence.encoder import directions
from agent_graph.intake.evidence.letters import alike, fold, tokens
from agent_graph.intake.evidence.pairs import Pairs
from agent_graph.profiling import reading
from agent_graph.profiling.kinds import is_named_like_an_id

Floats = NDArray[np.float64]
ROWS, BINS, WIDEST = 3_000, 10, 400
# What such columns are called in the world, for the encoder; it carries them to the other languages.
CALLED = {
    "name": ("identifier, record number, serial number, customer id", "case number, file number, reference"),
    "after": (
        "final result, outcome, decision, what happened afterwards", "date of closing, end date, settled, discharge",
        "total paid in the end, final amount, refund, recovered", "reason for leaving, cause of death, complication",
    ),
    "weight": ("survey weight, sampling weight",),
    "before": ("age, sex, income, education, region, type, size", "earlier, previous, past, history, at the start"),
}  # fmt: skip


@dataclass(frozen=True)
class Against:
    """The columns of a table against one of them, the target."""

    pairs: Pairs
    target: int

    @property
    def columns(self) -> Columns:
        """The table's columns."""
        return self.pairs.columns

    @cached_property
    def _binned(self) -> NDArray[np.int64]:
        """Each column in at most eleven bins, missing one of them: shape (rows, columns)."""
        frame = reading.typed(self.columns.profile.main).select(self.columns.names).collect()
        if frame.height > ROWS:
            frame = frame.sample(ROWS, seed=0)
        return np.column_stack([_bins(frame[name]) for name in self.columns.names])

    @cached_property
    def told(self) -> tuple[Floats, Floats, Floats]:
        """Shares between 0 and 1 for each column: of the target's information that it holds, of its own that the target
        holds, and of the target's that lies in its blanks alone."""
        width = len(self.columns.names)
        if width > WIDEST:
            return np.zeros(width), np.zeros(width), np.zeros(width)
        bins = self._binned
        goal = bins[:, self.target]
        rows = goal > 0  # labelled ones
        pairs = [_shared(bins[rows, k], goal[rows]) for k in range(width)]
        blanks = [_shared((bins[rows, k] == 0).astype(np.int64), goal[rows])[0] for k in range(width)]
        return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs]), np.array(blanks)


def evidence_for_bar(against: Against, suspected: Mapping[str, tuple[str, float]]) -> dict[str, Floats]:
    """The named evidence, each an array over the columns; `suspected` is ground and strength by column, from arithmetic
    and order."""
    columns, target = against.columns, against.target
    facts, width, rows = columns.facts, len(columns.facts), columns.profile.main.rows
    held, holds, blanks = against.told
    near = columns.by_name @ columns.by_name[target]
    own = [fold(word) for word in tokens(columns.spelled[target])]
    found = {
        "tie": columns.ties[target], "tells": held, "is_told": holds, "blanks_tell": blanks,
        "named_alike": near.astype(np.float64),
        "letters_alike": np.array([_letters(name, own) for name in columns.spelled]),
        "shares_words": np.array([_prefix(name, columns.names[target]) for name in columns.names]),
        "after_target": np.array([float(place > target) for place in range(width)]),
        "beside_target": np.array([float(abs(place - target) == 1) for place in range(width)]),
        "named_an_id": np.array([float(is_named_like_an_id(name)) for name in columns.names]),
        "kind_of_name": np.array([float(column.kind == "identifier") for column in facts]),
        "once_each": np.array([column.distinct / max(1, rows * (1 - column.missing)) for column in facts]),
        "counts_up": np.array([float(_counts_up(column)) for column in facts]),
        "rank_target_missing": np.full(width, facts[target].missing),
    }  # fmt: skip
    for name, texts in CALLED.items():
        found[f"called.{name}"] = (columns.by_name @ directions(texts).T).max(axis=1).astype(np.float64)
    for ground in ("arithmetic", "known_afterwards", "derived_from_target", "too_good_alone"):
        strength = [suspected.get(name, ("", 0.0)) for name in columns.names]
        found[f"suspect.{ground}"] = np.array([s if g == ground else 0.0 for g, s in strength])
    ties = columns.ties
    weights = np.where(np.arange(width) == target, 0.0, 1.0)
    found["tie.rest"] = (ties * weights).max(axis=1)
    found["told_more_than_rest"] = held - np.array(
        [np.max(np.delete(held, [k, target]), initial=0.0) for k in range(width)]
    )
    return found


def _letters(name: str, own: list[str]) -> float:
    theirs = [fold(word) for word in tokens(name)]
    return max((alike(a, b) for a in theirs for b in own), default=0.0)


def _prefix(one: str, other: str) -> float:
    """Share of the shorter name that both begin with."""
    a, b = one.lower(), other.lower()
    shared = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared / max(1, min(len(a), len(b)))


def _counts_up(column: ColumnProfile) -> bool:
    """A number in each row that is there once, over a dense range."""
    if column.storage != "integer" or column.minimum is None or column.maximum is None:
        return False
    return column.distinct > 20 and column.maximum - column.minimum + 1 <= 1.1 * column.distinct


def _bins(values: pl.Series) -> NDArray[np.int64]:
    """0 for missing, else 1 to 10: by rank for what has an order and many values, else the most frequent first."""
    known = values.is_not_null().to_numpy()
    numeric = values.dtype.is_numeric() or values.dtype.is_temporal()
    if numeric and values.n_unique() > BINS + 1:
        ranks = values.rank(method="average").fill_null(0).to_numpy()
        return np.where(known, np.minimum((ranks - 1) * BINS // max(1, known.sum()) + 1, BINS), 0).astype(np.int64)
    try:
        counts = values.drop_nulls().rename("value").value_counts(sort=True, name="count")
    except pl.exceptions.PolarsError:
        return known.astype(np.int64)
    order = {value: min(place, BINS - 1) + 1 for place, value in enumerate(counts["value"].to_list())}
    return np.array([order.get(value, 0) if value is not None else 0 for value in values.to_list()], dtype=np.int64)


def _shared(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[float, float]:
    """Mutual information over the entropy of the second, and over that of the first, less what chance gives."""
    if not len(one):
        return 0.0, 0.0
    table = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(table, (one, other), 1)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    total = table.sum()
    rows, columns = table.sum(axis=1) / total, table.sum(axis=0) / total
    joint = table / total
    seen = joint > 0
    information = float((joint[seen] * np.log(joint[seen] / np.outer(rows, columns)[seen])).sum())
    information -= (len(rows) - 1) * (len(columns) - 1) / (2 * total)  # bias of the plug-in estimate (Miller 1955)
    entropies = [-float((p * np.log(p)).sum()) for p in (columns, rows)]
    return tuple(float(np.clip(information / e, 0.0, 1.0)) if e > 1e-9 else 0.0 for e in entropies)  # type: ignore[return-value]
