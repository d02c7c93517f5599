"""How long profiling takes on a table of 300,000 × 43, beside what Polars needs to read and describe the same file.

python -m evals.bench.profile [--rows 300000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from agent_graph import profiling

NUMBERS, CODES, TEXTS, DATES = 20, 8, 12, 2


def make(path: Path, rows: int) -> None:
    """A table as businesses have them: numbers with gaps, codes, categories, names, dates and a label."""
    rng = np.random.default_rng(0)
    columns: dict[str, pl.Series] = {}
    for k in range(NUMBERS):
        values = np.round(rng.lognormal(3, 1, rows), 2)
        columns[f"amount_{k}"] = pl.Series(np.where(rng.random(rows) < 0.05 * (k % 4), np.nan, values)).fill_nan(None)
    for k in range(CODES):
        columns[f"count_{k}"] = pl.Series(rng.poisson(3 * (k + 1), rows))
    for k in range(TEXTS):
        names = np.array([f"level {n}" for n in range(4 ** (k % 6 + 1))])
        columns[f"group_{k}"] = pl.Series(names[rng.integers(0, len(names), rows)])
    start = np.datetime64("2020-01-01T00:00:00")
    for k in range(DATES):
        seconds = np.sort(rng.integers(0, 86400 * 900, rows)) if k == 0 else rng.integers(0, 86400 * 900, rows)
        columns[f"moment_{k}"] = pl.Series(
            (start + seconds.astype("timedelta64[s]")).astype("datetime64[us]")
        ).dt.to_string("%Y-%m-%d %H:%M:%S")
    columns["left"] = pl.Series(np.where(rng.random(rows) < 0.2, "yes", "no"))
    pl.DataFrame(columns).write_csv(path)


def main() -> None:
    """Print seconds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        make(path, rows)
        started = time.perf_counter()
        pl.read_csv(path).describe()
        polars = time.perf_counter() - started
        started = time.perf_counter()
        profile = profiling.profile([str(path)])
        ours = time.perf_counter() - started
    size = f"{profile.main.rows:,} × {len(profile.main.columns)}"
    print(f"{size}: profile {ours:.2f} s, Polars read + describe {polars:.2f} s, ratio {ours / polars:.1f}")


if __name__ == "__main__":
    main()
