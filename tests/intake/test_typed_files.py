"""Parquet and JSON files as people have them: read by the profile, and by the generated project in the same way."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agent_graph import profiling
from agent_graph.errors import BadInput
from tests.intake.twice import both

ROWS = 160
ASKED = "One row a claim. What will a claim cost us in the end (COST)?"


def warehouse() -> pa.Table:
    """Every type that a warehouse unloads, some missing."""
    rng = np.random.default_rng(3)
    gone = rng.random(ROWS) < 0.1

    def some(values: list[object], kind: pa.DataType) -> pa.Array:
        return pa.array([None if gone[k] else value for k, value in enumerate(values)], kind)

    start = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
    lists = [[float(v) for v in rng.normal(size=rng.integers(0, 5)).round(3)] for _ in range(ROWS)]
    return pa.table({
        "POLICY": pa.array([Decimal(7_000_000 + 13 * k) for k in range(ROWS)], pa.decimal128(38, 0)),
        "IBAN": pa.array([Decimal(10**21 + 7 * (k % 90)) for k in range(ROWS)], pa.decimal128(38, 0)),
        "BUILT": some([Decimal(2000 + k % 20) for k in range(ROWS)], pa.decimal128(38, 0)),
        "RATE": some([Decimal(k % 37) / 4 for k in range(ROWS)], pa.decimal128(12, 2)),
        "SEEN": pa.array([start + dt.timedelta(hours=9 * k) for k in range(ROWS)], pa.timestamp("us", "Europe/Berlin")),
        "AT": some([dt.time(k % 24, 7 * k % 60) for k in range(ROWS)], pa.time64("us")),
        "AT_MS": some([dt.time(k % 24, 11 * k % 60) for k in range(ROWS)], pa.time32("ms")),
        "HELD": some([dt.timedelta(days=5 * k, hours=k) for k in range(ROWS)], pa.duration("us")),
        "RAN": some([dt.timedelta(minutes=7 * k) for k in range(ROWS)], pa.duration("ns")),
        "REGION": some(["NORTH", "SOUTH", "HILLS"] * 53 + ["NORTH"], pa.dictionary(pa.int32(), pa.string())),
        "Region": some([["A", "b"][k % 2] for k in range(ROWS)], pa.string()),
        "CAR": some([{"make": "xyz"[k % 3], "engine": {"kw": 40 + k % 50}} for k in range(ROWS)],
                    pa.struct({"make": pa.string(), "engine": pa.struct({"kw": pa.int64()})})),
        "EMBEDDING": some(rng.normal(size=(ROWS, 4)).round(4).tolist(), pa.list_(pa.float32(), 4)),
        "VISITS": some(lists, pa.list_(pa.float64())),
        "MARKS": some([["red", "new"][: k % 3] for k in range(ROWS)], pa.list_(pa.string())),
        "ITEMS": some([[{"price": 2.5 * j, "what": "w"} for j in range(k % 4)] for k in range(ROWS)],
                      pa.list_(pa.struct({"price": pa.float64(), "what": pa.string()}))),
        "FLAG": some([[b"\x00", b"\x01"][k % 2] for k in range(ROWS)], pa.binary(1)),
        "NOTE": some([f"text {k % 7}".encode() for k in range(ROWS)], pa.binary()),
        "OLD": pa.nulls(ROWS),
        "select": some([k % 11 for k in range(ROWS)], pa.int32()),
        "größe [cm]": some([k % 13 / 3 for k in range(ROWS)], pa.float32()),
        "COST": pa.array([Decimal(10_000 + 31 * k % 997) / 100 for k in range(ROWS)], pa.decimal128(14, 2)),
    })  # fmt: skip


def test_every_type_of_a_warehouse_is_read_and_the_project_reads_it_alike(tmp_path: Path) -> None:
    path = tmp_path / "claims.parquet"
    pq.write_table(warehouse(), path)
    ours, theirs, profile = both([str(path)], tmp_path / "project", path, ASKED)
    for name in theirs.columns:
        assert ours[name].to_list() == theirs[name].to_list(), name
    kinds = {column.name: (column.storage, column.kind) for column in profile.main.columns}
    assert kinds["COST"] == ("float", "number")
    assert kinds["BUILT"] == ("integer", "number")
    assert kinds["IBAN"][0] == "string"
    assert profile.main.column("IBAN").distinct == 90
    assert kinds["CAR.engine.kw"] == ("integer", "number")
    assert kinds["OLD"][1] == "empty"
    assert {"AT", "HELD", "EMBEDDING.3", "VISITS.mean", "VISITS.count", "MARKS.red", "ITEMS.price.sum"} <= set(
        theirs.columns
    )
    assert {"REGION", "Region", "select", "größe [cm]"} <= set(theirs.columns)
    assert profile.main.column("AT").maximum < 24  # type: ignore[operator]
    assert profile.main.column("HELD").maximum == pytest.approx(5 * (ROWS - 1) + (ROWS - 1) / 24, rel=0.02)
    told = "\n".join(profile.main.remarks)
    for words in (
        "Europe/Berlin",
        "hours since midnight",
        "read as days",
        "hexadecimal",
        "22 digits",
        "a list of 4 numbers",
    ):
        assert words in told


def objects() -> list[dict[str, object]]:
    """Nested objects, as a service writes them; keys that are missing, digits that no float holds."""
    rng = np.random.default_rng(5)
    return [
        {
            "account": 10**19 + 3 * (k % 70),
            "code": f"{k % 40:05d}", "when": f"2024-02-{k % 28 + 1:02d}T10:{k % 60:02d}:00Z",
            "Age": 20 + k % 40, "age": k % 5, 'odd "name" [x]': k % 9,
            **({"user": {"plan": "abc"[k % 3], "address": {"zip": f"0{k % 90:04d}"}}} if k % 10 else {}),
            "tags": None if k % 11 == 0 else ["new", "vip"][: k % 3], "scores": [k % 7, k % 5 / 2],
            "basket": [{"price": j + 0.5, "n": j} for j in range(k % 4)], "paid": k % 2 == 0, "y": float(rng.normal()),
        }
        for k in range(ROWS)
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["[" * 50_000 + "]" * 50_000, '{"a": ' * 50_000 + "1" + "}" * 50_000])
def test_json_that_is_nested_too_deep_is_one_clear_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(BadInput, match=r"'c\.json'.*correct"):
        profiling.profile((str(tmp_path / "c.json"),))


@pytest.mark.parametrize("form", ["lines", "list", "wrapped", "pretty"])
def test_nested_json_is_read_and_the_project_reads_it_alike(tmp_path: Path, form: str) -> None:
    path = tmp_path / "orders.json"
    rows = objects()
    texts = {
        "lines": "\n".join(json.dumps(row) for row in rows), "list": json.dumps(rows),
        "wrapped": json.dumps({"version": 2, "data": rows}), "pretty": json.dumps({"data": rows}, indent=1),
    }  # fmt: skip
    path.write_text(texts[form], encoding="utf-8")
    ours, theirs, profile = both([str(path)], tmp_path / "project", path, "One row an order. Predict y.", target="y")
    assert len(ours) == ROWS
    for name in theirs.columns:
        assert ours[name].to_list() == theirs[name].to_list(), name
    assert profile.main.column("account").distinct == 70
    assert profile.main.column("account").storage == "string"
    assert profile.main.column("code").storage == "string"
    assert profile.main.column("when").kind == "datetime"
    assert {"user.plan", "user.address.zip", "tags.vip", "scores.1", "basket.price.sum", "Age", "age"} <= set(
        theirs.columns
    )


def test_a_flat_copy_of_a_nested_file_is_read_alike(tmp_path: Path) -> None:
    path, copy = tmp_path / "claims.parquet", tmp_path / "flat" / "claims.parquet"
    pq.write_table(warehouse(), path)
    ours, _, profile = both([str(path)], tmp_path / "project", path, ASKED)
    copy.parent.mkdir()
    profiling.reading.texts(profile.main.files, profile.main.dialect).collect().write_parquet(copy)
    from tests.intake.twice import comparable, read_by_project

    again = comparable(read_by_project(tmp_path / "project", copy))
    for name in again.columns:
        assert ours[name].to_list() == again[name].to_list(), name


def test_parquet_parts_may_differ_in_types_but_not_in_columns(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2] * 30, "b": [1, 2] * 30}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"b": [1.5, 2] * 30, "a": [1, 2] * 30}).write_parquet(tmp_path / "2.parquet")
    profile = profiling.profile([str(tmp_path)])
    assert profile.main.rows == 120
    assert profile.main.column("b").storage == "float"
    pl.DataFrame({"b": [1.5, 2] * 30, "c": [1, 2] * 30}).write_parquet(tmp_path / "3.parquet")
    with pytest.raises(BadInput, match=r"'3.parquet' has other columns than '1.parquet', 'a' for one"):
        profiling.profile([str(tmp_path)])


def test_json_written_by_columns_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"a": {str(k): k for k in range(60)}, "b": {str(k): k for k in range(60)}}))
    with pytest.raises(BadInput, match="orient='records'"):
        profiling.profile([str(path)])
