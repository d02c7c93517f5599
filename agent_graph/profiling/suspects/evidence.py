"""What the search for suspects looks at: a sample of joined rows, labels, scores, and the user's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts import ColumnProfile, Profile, Target, Task
from agent_graph.profiling.concepts import akin, meaningful
from agent_graph.profiling.joined import sample
from agent_graph.profiling.labels import numeric_label
from agent_graph.profiling.names import lexicon, stems, words
from agent_graph.profiling.suspects.scores import power

ROWS = 20_000
MANY = 50  # different values of a column that is computed, if it is
PLANNED = lexicon("sched scheduled planned expected estimated promised crs target due")
SKIPPED = ("identifier", "constant", "empty", "text")


@dataclass(frozen=True)
class Words:
    """What the user said: things listed as known by then, the moment of prediction, what to predict from."""

    known: tuple[str, ...] = ()
    moment: str = ""
    sources: tuple[str, ...] = ()

    def lists(self, name: str) -> bool:
        """Whether one of the things known names the column: all of the thing's words are in its name."""
        have = stems(name)
        for thing in (*self.known, *self.sources):
            wanted = meaningful(stems(thing))
            if wanted and all(any(akin(w, h) >= 0.6 for h in have) for w in wanted):
                return True
        return False


@dataclass(frozen=True)
class Evidence:
    """A sample of the rows with the target, and what follows from it."""

    profile: Profile
    target: Target
    task: Task
    words: Words = field(default_factory=Words)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """At most 20,000 joined rows, typed."""
        return sample(self.profile, ROWS)

    @cached_property
    def labels(self) -> NDArray[np.float64]:
        """Rows × outputs; NaN where a row has no label."""
        return self.frame.select(numeric_label(self.target, self.task)).to_numpy().astype(np.float64)

    @cached_property
    def labelled(self) -> NDArray[np.bool_]:
        """Which rows have a label."""
        return np.asarray(np.isfinite(self.labels).all(axis=1))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Columns that could be features."""
        return tuple(
            name for name in self.frame.columns
            if name != self.target.column and self.column(name).kind not in SKIPPED
        )  # fmt: skip

    @cached_property
    def planned(self) -> tuple[str, ...]:
        """Columns whose name says that they hold a plan."""
        return tuple(name for name in self.names if set(words(name)) & PLANNED)

    def column(self, name: str) -> ColumnProfile:
        """The profile of a joined column."""
        return self.profile.column(name)

    @cached_property
    def powers(self) -> dict[str, float]:
        """How well each column alone tells the label, 0..1."""
        rows = self.frame.filter(self.labelled)
        labels = self.labels[self.labelled]
        classes = bool(self.target.classes)
        return (
            {name: power(rows[name], labels, classes) for name in self.names}
            if len(rows)
            else dict.fromkeys(self.names, 0.0)
        )

    @cached_property
    def measured(self) -> tuple[str, ...]:
        """Columns that count or measure something, in many different values."""
        return tuple(n for n in self.names if self.column(n).kind == "number" and self.column(n).distinct >= MANY)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of the sample as floats: dates as seconds."""
        if name not in self._numbers:
            values = self.frame[name]
            if values.dtype.is_temporal():
                values = values.cast(pl.Datetime("us")).cast(pl.Int64) / 1e6
            self._numbers[name] = values.cast(pl.Float64).to_numpy()
        return self._numbers[name]

    @cached_property
    def first_rows(self) -> NDArray[np.float64]:
        """The first rows of the measured columns, side by side."""
        return np.column_stack([self.numbers(name)[:1000] for name in self.measured])

    @cached_property
    def _numbers(self) -> dict[str, NDArray[np.float64]]:
        return {}
