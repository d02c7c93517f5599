"""How long profiling takes on tables as businesses have them, beside what Polars needs to read and describe them.

python -m evals.bench.profile [--rows 300000] [--columns 43]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from agent_graph import profiling
from evals.bench.clock import timed

FEWEST_COLUMNS = 6
REPEATS = 5


@dataclass(frozen=True)
class Speed:
    """Median seconds of both on one file; `ratio` is the median of each round's own ratio."""

    profile_s: float
    polars_s: float
    ratio: float


def make(path: Path, rows: int, columns: int) -> None:
    """A CSV of numbers with gaps, counts, categories of 4 to 4,096 levels, moments and a label; at least six columns.

    Of 43 columns 20 are numbers, 8 counts, 12 categories and 2 moments, of other widths about as many in proportion.
    """
    if columns < FEWEST_COLUMNS:
        raise ValueError(f"{columns} columns are too few for every sort: at least {FEWEST_COLUMNS}")
    rng = np.random.default_rng(0)
    counts, texts, moments = (max(1, round(columns * share / 43)) for share in (8, 12, 2))
    table: dict[str, pl.Series] = {}
    for k in range(columns - 1 - counts - texts - moments):
        values = np.round(rng.lognormal(3, 1, rows), 2)
        table[f"amount_{k}"] = pl.Series(np.where(rng.random(rows) < 0.05 * (k % 4), np.nan, values)).fill_nan(None)
    for k in range(counts):
        table[f"count_{k}"] = pl.Series(rng.poisson(3 * (k + 1), rows))
    for k in range(texts):
        levels = np.array([f"level {n}" for n in range(4 ** (k % 6 + 1))])
        table[f"group_{k}"] = pl.Series(levels[rng.integers(0, len(levels), rows)])
    for k in range(moments):
        table[f"moment_{k}"] = _moments(rng.integers(0, 86400 * 900, rows), in_order=k == 0)
    table["left"] = pl.Series(np.where(rng.random(rows) < 0.2, "yes", "no"))
    pl.DataFrame(table).write_csv(path)


def _moments(seconds: np.ndarray, *, in_order: bool) -> pl.Series:
    since = np.sort(seconds) if in_order else seconds
    moments = np.datetime64("2020-01-01T00:00:00") + since.astype("timedelta64[s]")
    return pl.Series(moments.astype("datetime64[us]")).dt.to_string("%Y-%m-%d %H:%M:%S")


def measure(rows: int, columns: int) -> Speed:
    """Both on the same bytes, in turns; every round reads a file of its own, so that nothing of it is held yet."""
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "table.csv"
        make(first, rows, columns)
        _once(first, Path(folder) / "warm.csv", 1_000)
        rounds = [_once(first, Path(folder) / f"table_{k}.csv") for k in range(REPEATS)]
    ours, polars = zip(*rounds, strict=True)
    ratios = [mine / other for mine, other in rounds]
    return Speed(statistics.median(ours), statistics.median(polars), statistics.median(ratios))


def _once(source: Path, copy: Path, lines: int | None = None) -> tuple[float, float]:
    """Seconds of the profile and of Polars on a copy of the source, or of its first lines."""
    if lines is None:
        shutil.copyfile(source, copy)
    else:
        pl.scan_csv(source).head(lines).sink_csv(copy)
    polars = timed(lambda: pl.read_csv(copy).describe())
    ours = timed(lambda: profiling.profile([str(copy)]))
    copy.unlink()
    return ours, polars


def main() -> None:
    """Print seconds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--columns", type=int, default=43)
    asked = parser.parse_args()
    speed = measure(asked.rows, asked.columns)
    size = f"{asked.rows:,} × {asked.columns}"
    print(f"{size}: profile {speed.profile_s:.2f} s, Polars {speed.polars_s:.2f} s, ratio {speed.ratio:.2f}")


if __name__ == "__main__":
    main()
