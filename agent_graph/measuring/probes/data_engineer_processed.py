"""Runs in the cell: what lies in a processed layer, as JSON. Arguments: module of `ingest`, folder of the layer."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pandas as pd

OWN = ("__row__", "__batch__")  # differ between one file and the same rows in two


def batch(folder: Path) -> dict[str, object]:
    """Rows, bytes and files of one batch folder."""
    files = sorted(folder.rglob("*.parquet"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return {
        "files": len(files),
        "sha256": digest,
        "rows": sum(len(pd.read_parquet(f, partitioning=None)) for f in files),
    }


def layer(module: str) -> dict[str, object]:
    """Columns, labels and an order-free digest of all rows, as the project loads them."""
    ingest = __import__(module, fromlist=["load_processed"])
    frame = ingest.load_processed()
    label = frame["__label__"]
    content = frame.drop(columns=[name for name in OWN if name in frame])
    numeric = pd.api.types.is_numeric_dtype(label)
    return {
        "rows": len(frame),
        "columns": [name for name in content.columns if name != "__label__"],
        "content": str(int(pd.util.hash_pandas_object(content, index=False).to_numpy().sum())),
        "labels": {"count": len(label), "sum": float(label.sum())}
        if numeric
        else {str(k): int(v) for k, v in label.value_counts().items()},
        "nulls": {name: int(content[name].isna().sum()) for name in content.columns},
        "row_order": frame["__row__"].tolist() == sorted(frame["__row__"].tolist())
        if "__batch__" in frame and frame["__batch__"].nunique() == 1
        else True,
    }


if __name__ == "__main__":
    module, folder = sys.argv[1], Path(sys.argv[2])
    found = {path.name: batch(path) for path in sorted(folder.glob("batch=*"))}
    print(json.dumps({"batches": found, "layer": layer(module)}))
