"""The processed layer on disk: batches written whole or not at all, and the ledger of which file became which."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import settings

ROWS, KEYS = "rows.parquet", "keys.npy"
LEDGER = "lineage.json"


def batch_folder(batch: str) -> Path:
    """Where a batch lies."""
    return settings().processed_dir / f"batch={batch}"


def is_whole(batch: str) -> bool:
    """Whether the batch is on disk: it appears under its name only when it has been written to the end."""
    return (batch_folder(batch) / KEYS).is_file()


def write_batch(batch: str, frame: pd.DataFrame, fingerprints: np.ndarray) -> int:
    """Write rows and their fingerprints beside, then rename into place; returns the bytes of the rows."""
    target = batch_folder(batch)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    frame.to_parquet(draft / ROWS, index=False, compression="zstd")
    np.save(draft / KEYS, fingerprints)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return sum(path.stat().st_size for path in target.rglob(ROWS))


def read_batch(batch: str) -> pd.DataFrame:
    """The rows of a batch in the order in which they landed."""
    return pd.read_parquet(batch_folder(batch) / ROWS, partitioning=None)


def remove_batch(batch: str) -> None:
    """Delete a batch from disk."""
    shutil.rmtree(batch_folder(batch), ignore_errors=True)


@dataclass(frozen=True)
class Batch:
    """One landing file's way into the processed layer."""

    batch: str  # first 12 hexadecimal digits of the file's SHA-256
    file: str  # name below the landing folder
    sha256: str
    rows_in: int
    rows_out: int
    dropped: dict[str, int]  # reason → rows
    repeated: int  # rows of the file that repeat an earlier one
    side_tables: dict[str, str]  # file → SHA-256, as they were when this batch was joined
    contract: str
    ingested_at: str  # UTC
    seconds: float
    bytes_in: int
    bytes_out: int
    expired: bool = False  # past its retention: rows deleted, not to be ingested again


@dataclass
class Ledger:
    """All batches, in the order in which they came."""

    contract: str
    batches: list[Batch] = field(default_factory=list)

    def by_digest(self, digest: str) -> Batch | None:
        """The batch that holds this content, under whatever name it landed."""
        return next((batch for batch in self.batches if batch.sha256 == digest), None)

    def by_file(self, name: str) -> Batch | None:
        """The batch that came from the file of that name."""
        return next((batch for batch in self.batches if batch.file == name), None)


def read_ledger() -> Ledger | None:
    """The ledger, or None before the first ingest."""
    path = settings().processed_dir / LEDGER
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Ledger(content["contract"], [Batch(**batch) for batch in content["batches"]])


def write_ledger(ledger: Ledger) -> None:
    """Replace the ledger in one step: readers see the old or the new one, never half."""
    folder = settings().processed_dir
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{LEDGER}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(ledger), indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / LEDGER)


def sha256(path: Path) -> str:
    """Digest of a file's bytes."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
