"""The ledger of the processed layer: which landing file became which batch, how many rows, what was dropped and why."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from telco_churn.config import settings

FILE = "lineage.json"


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
    path = settings().processed_dir / FILE
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Ledger(content["contract"], [Batch(**batch) for batch in content["batches"]])


def write_ledger(ledger: Ledger) -> None:
    """Replace the ledger in one step: readers see the old or the new one, never half."""
    folder = settings().processed_dir
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{FILE}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(ledger), indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / FILE)


def sha256(path: Path) -> str:
    """Digest of a file's bytes."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
