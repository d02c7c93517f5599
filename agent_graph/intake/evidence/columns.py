"""What a column is by itself: its name as words, its values, its place, and how it hangs together with the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts import ColumnProfile, Profile
from agent_graph.intake.evidence.encoder import directions
from agent_graph.intake.evidence.letters import spelled_out
from agent_graph.profiling import reading

Floats = NDArray[np.float64]
ROWS, WIDEST = 1_500, 400  # what dependence is measured on
SHAPES = ("constant", "two", "few_texts", "few_numbers", "counts", "numbers", "moment", "name", "prose", "many_texts")


def shape_of(column: ColumnProfile) -> str:
    """What its values could be an answer to: one of SHAPES."""
    numeric = column.storage in ("integer", "float")
    if column.kind in ("constant", "empty"):
        return "constant"
    if column.distinct == 2:
        return "two"
    if column.kind == "datetime":
        return "moment"
    if column.kind == "identifier":
        return "name"
    if column.kind == "text":
        return "prose"
    if not numeric:
        return "few_texts" if column.distinct <= 12 else "many_texts"
    if column.distinct <= 12:
        return "few_numbers"
    return (
        "counts" if column.storage == "integer" and (column.minimum or 0) >= 0 and column.distinct <= 80 else "numbers"
    )


@dataclass(frozen=True)
class Columns:
    """The main table's columns as evidence needs them."""

    profile: Profile

    @cached_property
    def facts(self) -> tuple[ColumnProfile, ...]:
        """The columns in the table's order."""
        return self.profile.main.columns

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(column.name for column in self.facts)

    @cached_property
    def spelled(self) -> tuple[str, ...]:
        """Their names as words, with what a data dictionary says of them."""
        return tuple(spelled_out(name) for name in self.names)

    @cached_property
    def meant(self) -> tuple[str, ...]:
        """Name and most frequent values, as one text."""
        shown = (", ".join(level.value[:20] for level in column.levels[:4])[:60] for column in self.facts)
        return tuple(f"{name}: {values}" for name, values in zip(self.spelled, shown, strict=True))

    @cached_property
    def by_name(self) -> NDArray[np.float32]:
        """Directions of the names."""
        return directions(self.spelled)

    @cached_property
    def by_meaning(self) -> NDArray[np.float32]:
        """Directions of names with values."""
        return directions(self.meant)

    @cached_property
    def shapes(self) -> tuple[str, ...]:
        """What each could be an answer to."""
        return tuple(shape_of(column) for column in self.facts)

    @cached_property
    def ranks(self) -> Floats:
        """Values as standardised ranks over at most 1,500 rows, shape (rows, columns); missing and unordered are 0.

        Categories are ordered by their frequency, which is enough to see that two columns go together.
        """
        if len(self.facts) > WIDEST:
            return np.zeros((1, len(self.facts)))
        frame = reading.typed(self.profile.main).select(self.names).collect()
        if frame.height > ROWS:
            frame = frame.sample(ROWS, seed=0)
        return np.column_stack([_ranked(frame[name]) for name in self.names])

    @cached_property
    def ties(self) -> Floats:
        """Absolute rank correlation of each two columns; 0 on the diagonal."""
        ranks = self.ranks
        matrix = np.abs(ranks.T @ ranks) / max(1, len(ranks))
        np.fill_diagonal(matrix, 0.0)
        return np.asarray(matrix)


def _ranked(values: pl.Series) -> Floats:
    if values.dtype == pl.String:
        counts = values.rename("value").value_counts(sort=True, name="count")
        order = dict(zip(counts["value"].to_list(), range(len(counts)), strict=True))
        values = values.replace_strict(order, return_dtype=pl.Float64)
    try:
        ranks = values.rank(method="average").cast(pl.Float64).to_numpy().astype(np.float64)
    except pl.exceptions.PolarsError:  # a type without an order
        return np.zeros(len(values))
    known = np.isfinite(ranks)
    spread = ranks[known].std() if known.any() else 0.0
    if spread == 0:
        return np.zeros(len(values))
    return np.where(known, (ranks - ranks[known].mean()) / spread, 0.0)
