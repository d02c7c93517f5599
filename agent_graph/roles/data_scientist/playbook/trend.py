"""Whether a number that counts time, such as the months of a price list, tells anything of the stretch that comes.

A model that never saw a number can't follow it, so time counted in numbers is no feature by habit; where things get
dearer or cheaper month by month, though, leaving it out means to answer with the average of all history. So it is
measured: a plain regression of older rows answers the next stretch, with the number and without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph.artifacts import Problem, Profile
from agent_graph.profiling import reading

STRETCHES = 6  # of the rows in order of time: the first is learnt from only, each later one is answered once
MOST_ROWS, FEWEST_ROWS = 20_000, 120
MOST_LEVELS = 10  # of a column, the most frequent
PENALTY = 1.0  # on numbers of spread 1


def clock_pays(profile: Profile, problem: Problem, names: Sequence[str]) -> str | None:
    """The split's column of time if it is a number that pays as a feature beside `names`; None otherwise.

    It pays when it lowers the error on the stretches that come by more than a standard error over them.
    """
    main = profile.main
    known = {column.name: column for column in main.columns}
    clock = problem.split.columns[0] if problem.split.kind == "time" else ""
    target = problem.target.column
    if clock not in known or known[clock].storage not in ("integer", "float") or known[clock].distinct < 2 * STRETCHES:
        return None
    if not {target} <= known.keys() or not all(Path(file).is_file() for file in main.files):
        return None
    columns = tuple(known[name] for name in dict.fromkeys((clock, target, *names)) if name in known)
    rows = reading.typed(main.model_copy(update={"columns": columns})).drop_nulls([clock, target]).collect().sort(clock)
    rows = rows.gather_every(-(-len(rows) // MOST_ROWS))
    if len(rows) < FEWEST_ROWS:
        return None
    truth = rows[target].cast(pl.Float64, strict=False).fill_null(0.0).to_numpy()
    beside = _numbers(rows.drop(target, clock))
    time = _numbers(rows.select(clock))
    ends = np.linspace(0, len(rows), STRETCHES + 1).astype(int)[1:]
    gains = [
        _error(beside, truth, old, new) - _error(np.column_stack([beside, time]), truth, old, new)
        for old, new in pairwise(ends)
    ]
    error = float(np.std(gains, ddof=1) / np.sqrt(len(gains)))
    return clock if float(np.mean(gains)) > error else None


def _numbers(rows: pl.DataFrame) -> NDArray[np.float64]:
    """(n, m): numbers of mean 0 and spread 1, missing ones at the mean; the most frequent levels of anything else."""
    found: list[NDArray[np.float64]] = [np.ones(len(rows))]
    for column in rows.iter_columns():
        if column.dtype.is_numeric() or column.dtype == pl.Boolean:
            values = column.cast(pl.Float64).to_numpy()
            values = np.where(np.isfinite(values), values, np.nan)
            if not np.isnan(values).all():
                found.append(np.nan_to_num((values - np.nanmean(values)) / (np.nanstd(values) or 1.0)))
        elif column.dtype == pl.String:
            levels = column.drop_nulls().value_counts(sort=True).head(MOST_LEVELS)[column.name]
            found += [(column == level).fill_null(False).cast(pl.Float64).to_numpy() for level in levels]
    return np.column_stack(found)


def _error(matrix: NDArray[np.float64], truth: NDArray[np.float64], old: int, new: int) -> float:
    """Root mean squared error of a ridge regression of the rows before `old` on those up to `new`."""
    here, centre = matrix[:old], float(truth[:old].mean())
    inner = here.T @ here + PENALTY * np.eye(matrix.shape[1])
    weights = np.linalg.solve(inner, here.T @ (truth[:old] - centre))
    return float(np.sqrt(np.mean((matrix[old:new] @ weights + centre - truth[old:new]) ** 2)))
