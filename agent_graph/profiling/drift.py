"""How far the newest rows lie from the others, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts import ColumnProfile, Drift, TableProfile
from agent_graph.profiling import order, reading

BINS = 10
INNER = np.linspace(0, 1, BINS + 1)[1:-1].tolist()
LEVELS = 30
NEWEST = 0.2
ROWS = 30_000
MEASURED = ("number", "code", "category", "boolean", "high_cardinality")


def event_time(table: TableProfile) -> ColumnProfile | None:
    """The column that most likely says when a row happened: a date that the rows are sorted by, else the finest."""
    dates = [c for c in table.columns if c.kind == "datetime" and c.missing < 0.05 and c.distinct >= 10]
    return max(dates, key=lambda c: (order.is_sorted(table, c.name), c.distinct), default=None)


def measure_drift(table: TableProfile) -> tuple[Drift, ...]:
    """Population stability index of the newest fifth against the rest; () when no column tells the time.

    PSI = Σ (new - old) · ln(new / old) over the shares of ten quantile bins or the most frequent levels; below 0.1 is
    calm, above 0.25 is much (Siddiqi, Credit Risk Scorecards, 2006).
    """
    moment = event_time(table)
    if moment is None or table.rows < 200:
        return ()
    names = [c.name for c in table.columns if c.kind in MEASURED]
    frame = reading.typed(table)
    step = max(1, table.rows // ROWS)
    rows = frame.select(moment.name, *names).gather_every(step).drop_nulls(moment.name).sort(moment.name).collect()
    newest = np.arange(len(rows)) >= int(len(rows) * (1 - NEWEST))
    return tuple(sorted(_measured(rows, names, newest), key=lambda drift: -drift.psi))


def shift(table: TableProfile, old: Path, new: Path, names: Sequence[str]) -> tuple[Drift, ...]:
    """The same index of one written part of the table against another, for those of `names` that can be measured."""
    measured = [c.name for c in table.columns if c.kind in MEASURED and c.name in names]
    parts = [reading.part(table, folder, measured).collect() for folder in (old, new)]
    rows = pl.concat([part.gather_every(max(1, len(part) // ROWS)) for part in parts])
    newest = np.arange(len(rows)) >= len(parts[0].gather_every(max(1, len(parts[0]) // ROWS)))
    return _measured(rows, measured, newest)


def _measured(rows: pl.DataFrame, names: Sequence[str], newest: NDArray[np.bool_]) -> tuple[Drift, ...]:
    with ThreadPoolExecutor(2) as pool:  # Polars and numpy let go of the interpreter's lock
        psis = pool.map(lambda name: _psi(_codes(rows[name]), newest), names)
        return tuple(Drift(column=name, psi=round(psi, 4)) for name, psi in zip(names, psis, strict=True))


def _codes(values: pl.Series) -> NDArray[np.int64]:
    if values.dtype.is_numeric():
        ordered = values.drop_nulls().sort()
        if ordered.n_unique() + (len(ordered) < len(values)) > 2 * BINS:
            edges = sorted(set(ordered.quantile(INNER, "linear")))
            known = values.is_not_null().to_numpy()
            numbers = values.cast(pl.Float64).fill_null(0.0).to_numpy()
            return np.where(known, np.searchsorted(edges, numbers, side="right") + 1, 0).astype(np.int64)
    texts = values.cast(pl.String).fill_null("\0")
    top = texts.value_counts(sort=True).head(LEVELS)[texts.name]
    return texts.replace_strict(top, pl.int_range(1, len(top) + 1, eager=True), default=0).to_numpy().astype(np.int64)


def _psi(codes: NDArray[np.int64], newest: NDArray[np.bool_]) -> float:
    size = int(codes.max()) + 1
    new, old = (np.bincount(codes[part], minlength=size) + 0.5 for part in (newest, ~newest))
    new, old = new / new.sum(), old / old.sum()
    return float(((new - old) * np.log(new / old)).sum())
