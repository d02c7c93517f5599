"""The processed layer on disk: `batch=<hash>/rows.parquet`, written whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from telco_churn.config import settings

ROWS, KEYS = "rows.parquet", "keys.npy"


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
