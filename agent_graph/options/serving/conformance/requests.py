"""What a service is asked: open rows without their labels, and requests that it must refuse."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from agent_graph.artifacts import ColumnContract, DataDesign, DeploymentDesign
from agent_graph.bench import Bench
from agent_graph.measuring import unlabelled
from agent_graph.measuring.rows import RawRows
from agent_graph.measuring.serving import Refusals, Serving, serving

Row = dict[str, Any]
DRILLS = frozenset({"speed", "rollback", "canary"})  # what is asked of a running service beside answers
SINGLE, LATENCY, THROUGHPUT, CANARY = 20, 320, 240, 120
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
    unnamed: tuple[int, ...] = ()  # statuses that needn't name the field: no JSON has none


@dataclass(frozen=True)
class Material:
    """Files below one folder, which is mounted at /serving in the cell."""

    folder: Path
    compared: str  # the file of rows whose predictions are compared
    rows: list[Row]  # the same as JSON
    bad: tuple[BadRequest, ...]
    drills: frozenset[str] = DRILLS


def prepare(bench: Bench, data: DataDesign, design: DeploymentDesign, drills: frozenset[str] = DRILLS) -> Material:
    """Write everything that the cell needs; rows come from the open data, without target and leak columns."""
    folder, raw, service = bench.scratch / "serving", RawRows(bench), serving(bench.stack)
    frame = unlabelled.unlabelled(bench, raw)
    compared = unlabelled.compared(frame, data)
    path = raw.write(compared, folder / "compared" / raw.table)
    rows = as_json(compared, data, bench)
    least = min(unlabelled.COMPARED, frame.height // 3)
    fresh = as_json(frame.slice(least, LATENCY + THROUGHPUT), data, bench) or rows
    bad = bad_requests(rows[0], data, design, service.refusals)
    plan = {
        "paths": _paths(service),
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
    return Material(folder, path.relative_to(folder).as_posix(), rows, bad, drills)


def _paths(service: Serving) -> dict[str, str]:
    return {name: getattr(service, name) for name in ("alive", "ready", "predict", "metrics", "model")}


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


def bad_requests(row: Row, data: DataDesign, design: DeploymentDesign, refused: Refusals) -> tuple[BadRequest, ...]:
    """Requests with one thing wrong each, made of a good row."""
    columns = request_columns(data)
    required = next((column.name for column in columns if column.required), None)
    number = next((column.name for column in columns if column.dtype in ("int", "float")), None)
    closed = next((column for column in columns if column.minimum is not None and column.dtype != "string"), None)
    some = columns[0].name
    bad = [
        BadRequest("broken JSON", '{"rows": [', refused.malformed),
        BadRequest("no object", "[1, 2]", refused.invalid),
        BadRequest("no rows", '{"rows": []}', refused.invalid),
        BadRequest("not UTF-8 media type", "a,b", refused.media_type, media_type="text/csv"),
        BadRequest("too many rows", json.dumps({"rows": [{}] * (design.max_batch_rows + 1)}), refused.too_many),
        BadRequest("huge body", "x" * 1024, refused.too_large, times=design.max_body_bytes // 1024 + 64),
        BadRequest("nested value", _rows({**row, some: {"a": [1]}}), refused.invalid, some),
        BadRequest("unknown field", _rows({**row, "no such column": 1}), refused.invalid, "no such column"),
        BadRequest("row that is a text", '{"rows": ["x"]}', refused.invalid),
    ]
    if required is not None:
        without = {key: value for key, value in row.items() if key != required}
        bad.append(BadRequest("missing field", _rows(without), refused.invalid, required))
    if number is not None:
        bad.append(BadRequest("wrong type", _rows({**row, number: "twelve"}), refused.invalid, number))
        rough: dict[str, Any] = {"unnamed": refused.malformed}
        marked = _rows({**row, number: "@@"})
        bad.append(BadRequest("NaN", marked.replace('"@@"', "NaN"), refused.infinite, number, **rough))
        bad.append(BadRequest("infinite", marked.replace('"@@"', "1e999"), refused.infinite, number, **rough))
    if closed is not None and closed.minimum is not None:
        low = _rows({**row, closed.name: closed.minimum - 1e6})
        bad.append(BadRequest("out of range", low, refused.invalid, closed.name))
    return tuple(bad)


def _rows(row: Row) -> str:
    return json.dumps({"rows": [row]})
