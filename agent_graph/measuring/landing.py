"""Landing folders that the host prepares for the data scientist's gate: samples, swapped, odd and shuffled rows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from agent_graph.artifacts import ColumnContract, DataDesign, Dialect, Problem
from agent_graph.bench import Bench
from agent_graph.profiling import reading

ENDINGS = {"csv": ".csv", "parquet": ".parquet", "jsonl": ".jsonl"}
SAMPLE, SINGLES, ODD_ROWS = 240, 4, 30
NEVER_SEEN = "never seen \u2603 'quoted\" value"
EXTREMES = ("1e300", "-1e300", "999999999999", "-1")  # whole, as an integer column wants them
SEED = 20_261


@dataclass(frozen=True)
class Lab:
    """What was prepared below `root`, and what the host knows of it."""

    root: Path
    rows: tuple[int, ...]  # positions of the sample in the open main table
    older: tuple[int, ...]  # positions in the sample of its older half; () without a time column
    swapped: tuple[str, ...]  # columns that were permuted: no feature may change
    odd_rows: int
    shuffled: np.ndarray  # (n,) which row's label each row of the shuffled folder has


def prepare(bench: Bench, data: DataDesign) -> Lab:
    """Write all folders: `plain`, `swapped`, `older`, `odd`, `one/<i>`, `records.json`, `shuffled`."""
    root = bench.scratch / "lab"
    dialect = opened(bench.profile.main.dialect)
    frame = main_rows(bench)
    rows = np.unique(np.linspace(0, len(frame) - 1, min(SAMPLE, len(frame))).astype(int))
    sample, random = frame[rows], np.random.default_rng(SEED)
    write = writer(bench, dialect)
    write(sample, root / "plain")
    suspects = _suspects(bench.problem, data, sample)
    orders = {name: sample[name][random.permutation(len(sample))] for name in suspects}
    write(sample.with_columns(**orders), root / "swapped")
    older = _older(bench, sample)
    if older:
        write(sample[list(older)], root / "older")
    odd = _odd(sample.head(ODD_ROWS), data, bench.problem)
    write(odd, root / "odd")
    for i in range(min(SINGLES, len(sample))):
        write(sample[i * len(sample) // SINGLES :][:1], root / "one" / str(i))
    records = _records(sample, data, dialect.null_tokens)
    (root / "records.json").write_text(json.dumps(records), encoding="utf-8")
    (root / "rows.json").write_text(json.dumps(rows.tolist()), encoding="utf-8")
    shuffled = random.permutation(len(frame))
    target = bench.problem.target.column
    write(frame.with_columns(frame[target][shuffled].alias(target)), root / "shuffled")
    return Lab(root, tuple(rows.tolist()), older, suspects, len(odd), shuffled)


def opened(dialect: Dialect) -> Dialect:
    """The dialect of the sealed copies: the same format and delimiter, plain UTF-8."""
    return dialect.model_copy(update={"encoding": "utf-8", "compression": "none"})


def main_rows(bench: Bench) -> pl.DataFrame:
    """The open rows of the main table as they stand in the file."""
    main = bench.profile.main
    path = Path(bench.sealed.open_dir) / f"{main.name}{ENDINGS[main.dialect.format]}"
    return reading.texts((str(path),), opened(main.dialect)).collect()


def writer(bench: Bench, dialect: Dialect) -> Callable[[pl.DataFrame, Path], None]:
    main = bench.profile.main.name

    def write(frame: pl.DataFrame, folder: Path) -> None:
        folder.mkdir(parents=True)
        path = folder / f"{main}{ENDINGS[dialect.format]}"
        if dialect.format == "parquet":
            frame.write_parquet(path)
        elif dialect.format == "jsonl":
            frame.write_ndjson(path)
        else:
            frame.write_csv(path, separator=dialect.delimiter, quote_char=dialect.quote or '"')
        for side in Path(bench.sealed.open_dir).iterdir():
            if side.is_file() and side.stem != main:
                shutil.copy(side, folder / side.name)

    return write


def _suspects(problem: Problem, data: DataDesign, sample: pl.DataFrame) -> tuple[str, ...]:
    """Columns of the main table that no feature may depend on; keys of joins bring other columns, so they stay."""
    keys = {name for join in data.joins for name in join.left}
    uses = ("target", "leak", "identifier", "unused", "weight", "group")
    barred = dict.fromkeys(name for use in uses for name in problem.used(use))  # type: ignore[arg-type]
    barred[problem.target.column] = None
    return tuple(name for name in barred if name in sample.columns and name not in keys)


def _older(bench: Bench, sample: pl.DataFrame) -> tuple[int, ...]:
    if bench.problem.split.kind != "time":
        return ()
    moments = typed_column(bench, sample, bench.problem.split.columns[0])
    if moments is None:
        return ()
    order = np.argsort(moments, kind="stable")
    return tuple(sorted(order[: len(order) // 2].tolist()))


def typed_column(bench: Bench, frame: pl.DataFrame, name: str) -> np.ndarray | None:
    """A main-table column as numbers that keep its order in time, NaN where missing; None when it isn't there."""
    if name not in frame.columns:
        return None
    column = bench.profile.main.column(name)
    expression = reading.expression(column, frame.schema[name], bench.profile.main.dialect.null_tokens)
    values = frame.select(expression).to_series()
    if values.dtype == pl.String:
        return None
    return values.to_physical().cast(pl.Float64).to_numpy()


def _main_columns(data: DataDesign) -> list[ColumnContract]:
    sides = tuple(f"{join.table}." for join in data.joins)
    return [column for column in data.columns if not (sides and column.name.startswith(sides))]


def _odd(sample: pl.DataFrame, data: DataDesign, problem: Problem) -> pl.DataFrame:
    """Rows with levels never seen, rows with numbers far out, and rows without any value that may be missing."""
    third = max(1, len(sample) // 3)
    kept = {*problem.split.columns, *(name for join in data.joins for name in join.left)}
    columns = [c for c in _main_columns(data) if c.name in sample.columns and c.name not in kept]
    parts = [sample[:third], sample[third : 2 * third], sample[2 * third :]]
    for column in columns:
        text = sample.schema[column.name] == pl.String
        if column.dtype == "string":
            parts[0] = parts[0].with_columns(pl.lit(NEVER_SEEN).alias(column.name))
        if column.dtype in ("int", "float") and text:
            far = pl.Series(column.name, [EXTREMES[i % len(EXTREMES)] for i in range(len(parts[1]))])
            parts[1] = parts[1].with_columns(far)
        parts[2] = parts[2].with_columns(pl.lit(None, dtype=sample.schema[column.name]).alias(column.name))
    return pl.concat(parts)


def _records(sample: pl.DataFrame, data: DataDesign, null_tokens: Sequence[str]) -> list[dict[str, object]]:
    """The sample as a client would send it: JSON numbers where the contract says so, null where missing."""
    columns = [column for column in _main_columns(data) if column.name in sample.columns]
    return [
        {column.name: _json_value(row[column.name], column, null_tokens) for column in columns}
        for row in sample.iter_rows(named=True)
    ]


def _json_value(value: object, column: ColumnContract, null_tokens: Sequence[str]) -> object:
    if value is None or (isinstance(value, str) and (value == "" or value.strip() in null_tokens)):
        return None
    if column.dtype in ("int", "float") and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return value if isinstance(value, (str, int, float, bool)) else str(value)
