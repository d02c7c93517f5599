"""Prediction files that generated code wrote: read within bounds, believed only when every line is sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import Problem, Sealed
from agent_graph.kind import InvalidPredictions, Numbers, finite

MOST_BYTES_A_ROW = 400  # beside the classes' probabilities
MOST_BYTES_A_CLASS = 32

__all__ = ["Answer", "InvalidPredictions", "difference", "encoded", "read_out_of_fold", "read_predictions"]


@dataclass(frozen=True)
class Answer:
    """Sound predictions for some rows."""

    rows: NDArray[np.int64]  # (n,) positions in the table
    values: Numbers  # (n, K) probabilities in the order of the classes, or (n,) numbers
    folds: NDArray[np.int64] | None = None
    lower: Numbers | None = None
    upper: Numbers | None = None


def read_predictions(path: Path, rows: int, problem: Problem) -> Answer:
    """The answer to `rows` rows: each row once, in order, finite; InvalidPredictions otherwise."""
    answer = _answer(_table(path, rows, problem), problem)
    if len(answer.rows) != rows:
        raise InvalidPredictions(f"{path.name} answers {len(answer.rows):,} rows, {rows:,} were asked")
    if not np.array_equal(answer.rows, np.arange(rows)):
        raise InvalidPredictions(f"{path.name}: the column row isn't 0 to {rows - 1}, each once, in order")
    return answer


def read_out_of_fold(path: Path, sealed: Sealed, problem: Problem) -> tuple[Answer, NDArray[np.generic]]:
    """Out-of-fold predictions of open rows and the host's own labels for them."""
    answer = _answer(_table(path, sealed.open_rows, problem), problem)
    if not len(answer.rows):
        raise InvalidPredictions(f"{path.name} holds no row")
    if answer.rows.min() < 0 or answer.rows.max() >= sealed.open_rows:
        raise InvalidPredictions(f"{path.name} names rows that the open data don't have")
    if len(np.unique(answer.rows)) != len(answer.rows):
        raise InvalidPredictions(f"{path.name} answers a row twice")
    labels = pl.read_parquet(sealed.open_labels)["label"]
    chosen = labels.gather(answer.rows)
    if chosen.null_count():
        raise InvalidPredictions(f"{path.name} answers {chosen.null_count()} rows that have no label")
    return answer, encoded(chosen, problem)


def encoded(labels: pl.Series, problem: Problem) -> NDArray[np.generic]:
    """Labels as positions of their classes, or as numbers."""
    return register.kind_of(problem).shape.truth(labels, problem.target)


def difference(one: Path, other: Path) -> float:
    """The largest difference between two predictions files; infinite when a label or the number of rows differs."""
    left, right = _texts(one), _texts(other)
    if left.columns != right.columns or len(left) != len(right):
        return float("inf")
    worst = 0.0
    for name in left.columns:
        a, b = left[name], right[name]
        if a.equals(b):
            continue
        x, y = (each.cast(pl.Float64, strict=False).to_numpy() for each in (a, b))
        gap = np.abs(x - y)
        worst = max(worst, float("inf") if np.isnan(gap).any() else float(gap.max()))
    return worst


def _table(path: Path, rows: int, problem: Problem) -> pl.DataFrame:
    if not path.is_file() or path.is_symlink():
        raise InvalidPredictions(f"{path.name} isn't there")
    most = (rows + 1) * (MOST_BYTES_A_ROW + MOST_BYTES_A_CLASS * len(problem.target.classes)) + 4096
    if path.stat().st_size > most:
        raise InvalidPredictions(f"{path.name} has {path.stat().st_size:,} bytes, far more than {rows:,} rows need")
    table = _texts(path)
    needed = ("row", *register.kind_of(problem).shape.columns(problem.target))
    absent = [name for name in needed if name not in table.columns]
    if absent:
        raise InvalidPredictions(f"{path.name} lacks the column {absent[0]!r}")
    return table


def _texts(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False, null_values=None)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise InvalidPredictions(f"{path.name} is no CSV: {str(error).splitlines()[0][:200]}") from None


def _answer(table: pl.DataFrame, problem: Problem) -> Answer:
    rows = table["row"].cast(pl.Int64, strict=False)
    if rows.null_count():
        raise InvalidPredictions("the column row holds something that is no whole number")
    folds = table["fold"].cast(pl.Int64, strict=False) if "fold" in table.columns else None
    if folds is not None and folds.null_count():
        raise InvalidPredictions("the column fold holds something that is no whole number")
    values = register.kind_of(problem).shape.read(table, problem.target)
    ends = [finite(table, name) if name in table.columns else None for name in ("lower", "upper")]
    if ends[0] is not None and ends[1] is not None and (ends[0] > ends[1]).any():
        raise InvalidPredictions("a range's lower end lies above its upper end")
    return Answer(rows.to_numpy(), values, None if folds is None else folds.to_numpy(), ends[0], ends[1])
