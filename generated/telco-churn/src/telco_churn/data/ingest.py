"""Command `ingest`: new landing files become batches of typed, joined, labelled rows.

A file is known by its content: ingesting again does nothing, a new file adds its own rows only. Landing files are
immutable: a known name with other content is refused.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from telco_churn.config import load, settings
from telco_churn.data import processed
from telco_churn.data.landing import main_source, table_files
from telco_churn.data.processed import Batch, Ledger, read_ledger, sha256, write_ledger
from telco_churn.data.rows import BATCH, LABEL, ROW, Landed, read_landing, read_rows, type_records
from telco_churn.errors import BadInput
from telco_churn.log import get_logger

__all__ = ["BATCH", "LABEL", "ROW", "load_processed", "read_rows", "run", "type_records"]

log = get_logger("ingest")


def run(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="forget all batches and start over")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="delete batches past their retention")] = False,
) -> dict[str, Any]:
    """Bring new files of the landing folder into the processed layer."""
    files = table_files(settings().raw_dir, main_source())
    if not files:
        raise BadInput(f"{settings().raw_dir} holds no file of the table {main_source()['table']!r}: put one there")
    ledger = _opened(rebuild=rebuild)
    expired = _prune(ledger) if prune else []
    added = []
    for path in files:
        batch = _ingest(path, ledger)
        if batch is not None:
            ledger.batches.append(batch)
            write_ledger(ledger)
            added.append(batch)
            log.info("batch ingested", extra={"file": batch.file, "batch": batch.batch, "rows": batch.rows_out})
    return {
        "new_batches": [batch.batch for batch in added],
        "new_rows": sum(batch.rows_out for batch in added),
        "batches": sum(not batch.expired for batch in ledger.batches),
        "rows": sum(batch.rows_out for batch in ledger.batches if not batch.expired),
        "pruned": expired,
        "seconds": round(sum(batch.seconds for batch in added), 3),
    }


def load_processed() -> pd.DataFrame:
    """All batches in order, with LABEL, ROW and BATCH; BadInput before the first ingest."""
    ledger = read_ledger()
    kept = [batch for batch in ledger.batches if not batch.expired] if ledger else []
    if not any(batch.rows_out for batch in kept):
        raise BadInput(f"no processed rows in {settings().processed_dir}: run ingest first")
    parts = []
    for batch in kept:
        if not processed.is_whole(batch.batch):
            raise BadInput(f"batch {batch.batch} of {batch.file} is gone from {settings().processed_dir}: run ingest")
        parts.append(processed.read_batch(batch.batch).assign(**{BATCH: batch.batch}))
    frame = pd.concat(parts, ignore_index=True)
    unlabelled = sum(batch.dropped["no label"] for batch in kept)
    duplicates = sum(batch.repeated for batch in kept)
    frame.attrs.update(rows=len(frame) + unlabelled, duplicates=duplicates)
    return frame


def _opened(*, rebuild: bool) -> Ledger:
    """The ledger to add to: a new one when asked for, or when the contract has changed since."""
    ledger = read_ledger()
    version = load("data")["version"]
    if ledger is None or (not rebuild and ledger.contract == version):
        ledger = ledger or Ledger(version)
        ledger.batches = [batch for batch in ledger.batches if batch.expired or processed.is_whole(batch.batch)]
        return ledger
    log.info("processed layer is made anew", extra={"former_contract": ledger.contract, "contract": version})
    for batch in ledger.batches:
        processed.remove_batch(batch.batch)
    return Ledger(version)


def _ingest(path: Path, ledger: Ledger) -> Batch | None:
    """The batch of a landing file; None when its content is there already."""
    started = time.monotonic()
    name, digest = path.relative_to(settings().raw_dir).as_posix(), sha256(path)
    if ledger.by_digest(digest):
        return None
    if ledger.by_file(name):
        raise BadInput(
            f"{name} has changed since it was ingested: land new rows as a new file, or run ingest --rebuild"
        )
    landed = read_landing(path, labelled=True)
    fresh = _fresh(landed, ledger)
    batch = Batch(
        batch=digest[:12],
        file=name,
        sha256=digest,
        rows_in=landed.rows,
        rows_out=int(fresh.sum()),
        dropped={"no label": landed.rows - len(landed.frame), "delivered before": int((~fresh).sum())},
        repeated=landed.duplicates,
        side_tables=_side_digests(),
        contract=ledger.contract,
        ingested_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        bytes_in=path.stat().st_size,
        bytes_out=processed.write_batch(digest[:12], landed.frame[fresh], landed.fingerprints[fresh]),
    )
    return replace(batch, seconds=round(time.monotonic() - started, 3))


def _fresh(landed: Landed, ledger: Ledger) -> np.ndarray:
    """Which rows were not delivered before (bool, one a labelled row)."""
    return np.ones(len(landed.frame), dtype=bool)  # there is no key: equal rows are different cases


def _side_digests() -> dict[str, str]:
    """Digests of the side tables that a batch is joined with."""
    return {}


def _prune(ledger: Ledger) -> list[str]:
    """Delete batches that are older than their retention, from disk and ledger; raw files stay where they are."""
    oldest = datetime.now(UTC) - timedelta(days=load("data")["layers"]["processed_retention_days"])
    old = {b.batch for b in ledger.batches if not b.expired and datetime.fromisoformat(b.ingested_at) < oldest}
    ledger.batches = [replace(batch, expired=batch.expired or batch.batch in old) for batch in ledger.batches]
    write_ledger(ledger)
    for batch in sorted(old):
        processed.remove_batch(batch)
    return sorted(old)
