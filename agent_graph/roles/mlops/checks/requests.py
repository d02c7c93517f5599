"""What service and batch command are asked: open rows without their labels, as files and as JSON, and bad requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from agent_graph.artifacts import ColumnContract, DataDesign, DeploymentDesign
from agent_graph.bench import Bench
from agent_graph.measuring.rows import RawRows

Row = dict[str, Any]
DRILLS = frozenset({"speed", "rollback", "canary"})  # what is asked of a running service beside answers
BLANK_EVERY = 20  # rows, of which one lacks a value in each column that may lack it
COMPARED, SINGLE, LATENCY, THROUGHPUT, CANARY = 240, 20, 320, 240, 120
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class BadRequest:
    """A request that must be refused: with one of these statuses, and naming the field where there is one."""

    name: str
    body: str
    statuses: tuple[int, ...]
    field: str | None = None
    times: int = 1  # how often the body is repeated on its way: huge bodies needn't be written down
    media_type: str = "application/json"


@dataclass(frozen=True)
class Material:
    """Files below one folder, which is mounted at /mlops in the cell."""

    folder: Path
    compared: str  # file names: rows whose predictions are compared
    small: str
    large: str
    small_rows: int
    large_rows: int
    rows: list[Row]
    bad: tuple[BadRequest, ...]
    drills: frozenset[str] = DRILLS


def prepare(bench: Bench, data: DataDesign, design: DeploymentDesign, drills: frozenset[str] = DRILLS) -> Material:
    """Write everything that the cell needs; rows come from the open data, without target and leak columns."""
    folder = bench.scratch / "mlops"
    raw = RawRows(bench)
    hidden = {*bench.problem.used("leak"), bench.problem.target.column} & set(raw.frame.columns)
    frame = raw.frame.drop(hidden).sample(fraction=1.0, shuffle=True, seed=bench.specification.seed)
    texts = any(column.kind == "text" for column in bench.problem.features)
    sizes = (500, 2_000) if texts else (1_000, 8_000)
    files = {"compared": COMPARED, "small": sizes[0], "large": sizes[1]}
    tables = {name: _repeated(frame, size) for name, size in files.items()}
    tables["compared"] = _blanked(tables["compared"], data)
    paths = {name: raw.write(tables[name], folder / name / raw.table) for name in files}
    rows = as_json(tables["compared"], data, bench)
    fresh = as_json(frame.slice(min(COMPARED, frame.height // 3), LATENCY + THROUGHPUT), data, bench) or rows
    bad = bad_requests(rows[0], data, design, bench)
    plan = {
        "drills": sorted(drills),
        "rows": rows,
        "warm_up": fresh[:2],
        "latency_rows": _cycled(fresh, LATENCY),
        "throughput_rows": _cycled(fresh[::-1], THROUGHPUT),
        "batch_size": min(design.max_batch_rows, 120),
        "single": SINGLE,
        "canary_requests": max(CANARY, design.canary.minimum_requests + 10),
        "bad": [{"body": b.body, "times": b.times, "headers": {"Content-Type": b.media_type}} for b in bad],
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    names = {name: path.relative_to(folder).as_posix() for name, path in paths.items()}
    return Material(folder, names["compared"], names["small"], names["large"], sizes[0], sizes[1], rows, bad, drills)


def _repeated(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """The first `rows` rows, from the start again where there are too few."""
    return pl.concat([frame] * (rows // frame.height + 1)).head(rows)


def _blanked(frame: pl.DataFrame, data: DataDesign) -> pl.DataFrame:
    """Each column that may lack values lacks some, whatever the open rows happen to hold; the first row is whole."""
    index = pl.int_range(pl.len()) % BLANK_EVERY
    optional = [column.name for column in data.columns if column.nullable and column.name in frame.columns]
    return frame.with_columns(
        pl.when(index == 1 + place % (BLANK_EVERY - 1)).then(None).otherwise(pl.col(name)).alias(name)
        for place, name in enumerate(optional)
    )


def _cycled(rows: list[Row], count: int) -> list[Row]:
    return [rows[i % len(rows)] for i in range(count)]


def request_columns(data: DataDesign) -> list[ColumnContract]:
    """Columns that a caller of the service sends: not those that come from side tables."""
    sides = tuple(join.table + "." for join in data.joins)
    return [column for column in data.columns if not (sides and column.name.startswith(sides))]


def as_json(frame: pl.DataFrame, data: DataDesign, bench: Bench) -> list[Row]:
    """Raw rows as a caller would send them: numbers as numbers, everything else as its text, missing as null."""
    tokens = set(bench.profile.main.dialect.null_tokens)
    columns = [column for column in request_columns(data) if column.name in frame.columns]
    return [
        {column.name: _value(row[column.name], column, tokens) for column in columns}
        for row in frame.iter_rows(named=True)
    ]


def _value(value: Any, column: ColumnContract, tokens: set[str]) -> Any:
    if value is None or str(value).strip() in tokens:
        return None
    if column.dtype not in ("int", "float"):
        return value if isinstance(value, (str, bool)) else str(value)
    number = float(value)
    return int(number) if number.is_integer() and column.dtype == "int" else number


def bad_requests(row: Row, data: DataDesign, design: DeploymentDesign, bench: Bench) -> tuple[BadRequest, ...]:
    """Requests with one thing wrong each, made of a good row."""
    columns = request_columns(data)
    required = next((column.name for column in columns if column.required), None)
    number = next((column.name for column in columns if column.dtype in ("int", "float")), None)
    closed = next((column for column in columns if column.minimum is not None and column.dtype != "string"), None)
    some = columns[0].name
    bad = [
        BadRequest("broken JSON", '{"rows": [', (400,)),
        BadRequest("no object", "[1, 2]", (422,)),
        BadRequest("no rows", '{"rows": []}', (422,)),
        BadRequest("not UTF-8 media type", "a,b", (415,), media_type="text/csv"),
        BadRequest("too many rows", json.dumps({"rows": [{}] * (design.max_batch_rows + 1)}), (413, 422)),
        BadRequest("huge body", "x" * 1024, (413,), times=design.max_body_bytes // 1024 + 64),
        BadRequest("nested value", _rows({**row, some: {"a": [1]}}), (422,), some),
        BadRequest("unknown field", _rows({**row, "no such column": 1}), (422,), "no such column"),
        BadRequest("row that is a text", '{"rows": ["x"]}', (422,)),
    ]
    if required is not None:
        without = {key: value for key, value in row.items() if key != required}
        bad.append(BadRequest("missing field", _rows(without), (422,), required))
    if number is not None:
        bad.append(BadRequest("wrong type", _rows({**row, number: "twelve"}), (422,), number))
        marked = _rows({**row, number: "@@"})
        bad.append(BadRequest("NaN", marked.replace('"@@"', "NaN"), (400, 422), number))
        bad.append(BadRequest("infinite", marked.replace('"@@"', "1e999"), (400, 422), number))
    if closed is not None and closed.minimum is not None:
        bad.append(BadRequest("out of range", _rows({**row, closed.name: closed.minimum - 1e6}), (422,), closed.name))
    return tuple(bad)


def _rows(row: Row) -> str:
    return json.dumps({"rows": [row]})
