"""What the host knows of the open rows by itself: labels, digests, how many break the contract."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from agent_graph.artifacts import ColumnContract
from agent_graph.bench import Bench
from agent_graph.measuring.syntax import json_value
from agent_graph.roles.data_engineer.checks.cases import open_file

MAX_BYTES = 5_000_000


def same_labels(bench: Bench, layer: dict[str, Any], *, tolerate_drops: bool) -> str:
    """How the project's labels differ from the sealed open labels; "" when they don't.

    Rows that are dropped as delivered twice may lack, never more than a thousandth.
    """
    labels = pl.read_parquet(bench.sealed.open_labels)["label"].drop_nulls()
    slack = max(1, len(labels) // 1000) if tolerate_drops else 0
    if not 0 <= len(labels) - layer["rows"] <= slack:
        return f"{layer['rows']} labelled rows; the host counts {len(labels)}"
    if labels.dtype.is_numeric():
        expected, given = float(labels.sum()), float(layer["labels"].get("sum", math.nan))
        close = math.isclose(expected, given, rel_tol=1e-2 if slack else 1e-9)
        return "" if close else f"the labels add up to {given}; by the host's count to {expected}"
    counts = dict(labels.value_counts().iter_rows())
    off = {name for name in counts | layer["labels"] if abs(counts.get(name, 0) - layer["labels"].get(name, 0)) > slack}
    return f"other labels than the host's for {len(off)} class(es)" if off else ""


def lineage_faults(bench: Bench, path: Path, look: dict[str, Any]) -> list[str]:
    """What is missing or wrong in the ledger of the main ingest."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return ["lineage.json is too big"]
        ledger = json_value(path.read_text(encoding="utf-8"))
        (batch,) = ledger["batches"]
        dropped = batch["dropped"]
        datetime.fromisoformat(batch["ingested_at"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"lineage.json can't be used: {error!r}"[:200]]
    source = open_file(bench)
    labels = pl.read_parquet(bench.sealed.open_labels)["label"]
    facts = {
        "the file's digest": batch.get("sha256") == hashlib.sha256(source.read_bytes()).hexdigest(),
        "the file's name": source.name in str(batch.get("file")),
        "rows in": batch.get("rows_in") == len(labels),
        "rows out": batch.get("rows_out") == look["layer"]["rows"],
        "rows dropped and why": batch.get("rows_in", 0) - sum(dropped.values()) == batch.get("rows_out"),
        "rows without a label": labels.null_count() in dropped.values() or not labels.null_count(),
        "the contract's version": bool(batch.get("contract")) and batch.get("contract") == ledger.get("contract"),
        "digests of the side tables": len(batch.get("side_tables", {})) == len(bench.data.joins if bench.data else ()),
    }
    return [f"wrong or missing: {name}" for name, right in facts.items() if not right]


def issue_share(bench: Bench, rows: pl.DataFrame) -> tuple[float, str]:
    """Share of raw rows with a value that the design's contract doesn't allow, and the column with most of them."""
    assert bench.data is not None  # noqa: S101
    tokens = list(bench.profile.main.dialect.null_tokens)
    contracts = [column for column in bench.data.columns if column.name in rows.columns]
    broken = rows.select(_broken(column, tokens).alias(f"c{i}") for i, column in enumerate(contracts))
    if not len(rows) or not contracts:
        return 1.0, "no rows"
    share = float(broken.select(pl.any_horizontal(pl.all())).to_series().mean() or 0.0)  # type: ignore[arg-type]
    sums = broken.sum().row(0)
    worst = max(range(len(contracts)), key=lambda i: sums[i])
    return share, repr(contracts[worst].name) if sums[worst] else ""


def _broken(column: ColumnContract, tokens: list[str]) -> pl.Expr:
    """True where the value breaks the contract's row rules."""
    text = pl.col(column.name).cast(pl.String)
    bare = text if column.dtype == "string" else text.str.strip_chars()
    value = pl.when(bare.is_in(tokens)).then(None).otherwise(bare)
    missing = value.is_null() if not column.nullable else pl.lit(False)
    if column.dtype in ("int", "float"):
        number = value.cast(pl.Float64, strict=False)
        wrong = number.is_null() & value.is_not_null()
        outside = (number < column.minimum) | (number > column.maximum) if column.minimum is not None else pl.lit(False)
        return missing | wrong | outside.fill_null(False)
    if column.dtype == "string" and column.allowed:
        return missing | ~value.is_in(list(column.allowed)).fill_null(True)
    return missing
