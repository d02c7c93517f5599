"""Transforms prepared rows in every way there is: `data_scientist_rows.py MODULES LAB OUT`.

MODULES are those of ingest, columns, features and config (`layout.named`).
"""

import hashlib
import importlib
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

MODULES, LAB, OUT = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
ingest, columns_of, features, config = map(importlib.import_module, MODULES.split(","))


def digest(matrix: Any, row: int) -> str:
    """Columns and bits of one row of the sparse view."""
    one = matrix.sparse[[row]].tocsr()
    one.sort_indices()
    return hashlib.sha256(one.indices.astype("int64").tobytes() + one.data.astype("float64").tobytes()).hexdigest()


def write(name: str, matrix: Any) -> None:
    """The dense view as CSV."""
    pd.DataFrame(matrix.dense, columns=list(matrix.names)).to_csv(OUT / f"{name}.csv", index=False)


def of_folder(name: str) -> Any:
    """Typed columns of a prepared folder."""
    return columns_of.from_frame(ingest.read_rows(LAB / name, labelled=False))


def stored(matrix_names: tuple[str, ...]) -> dict[str, Any]:
    """What the offline table holds: its rows of the sample go to CSV, facts on every feature are returned."""
    table = pd.read_parquet(config.settings().data_dir / "features" / "features.parquet")
    sampled = table["__row__"].isin(json.loads((LAB / "rows.json").read_text()))  # all of them may be 300 MB of CSV
    table.loc[sampled, ["__row__", *matrix_names]].to_csv(OUT / "stored.csv", index=False)
    values = table[list(matrix_names)]
    return {
        "rows": len(values),
        "infinite": [name for name in matrix_names if np.isinf(values[name].to_numpy(dtype=float)).any()],
        "constant": [name for name in matrix_names if values[name].nunique(dropna=False) < 2],
        "missing": float(values.isna().to_numpy().mean()),
    }


def odd(pipeline: Any) -> dict[str, Any]:
    """Rows with values that nobody saw: their features go to CSV; a crash is a finding, not the end of the probe."""
    try:
        matrix = pipeline.transform(of_folder("odd"))
    except Exception as error:  # whatever the generated code raises
        return {"odd_error": f"{type(error).__name__}: {error}"[:300], "odd_sparse_infinite": 0}
    write("odd", matrix)
    return {"odd_error": "", "odd_sparse_infinite": int((~np.isfinite(matrix.sparse.data)).sum())}


def main() -> None:
    """All ways, one after the other."""
    OUT.mkdir(parents=True, exist_ok=True)
    stored_pipeline = config.settings().artifacts_dir / "features" / "pipeline"
    pipeline = features.FeaturePipeline.load(stored_pipeline)
    apart = features.FeaturePipeline.load(stored_pipeline)  # it never sees a batch, which might leave something behind
    plain = of_folder("plain")
    together = pipeline.transform(plain)
    write("together", together)
    n, seconds, alone, bits = len(together.dense), [], [], []
    for row in range(n):
        one = {name: values[row : row + 1] for name, values in plain.items()}
        started = time.perf_counter()
        matrix = apart.transform(one)
        seconds.append(time.perf_counter() - started)
        alone.append(matrix.dense[0])
        bits.append({"together": digest(together, row), "alone": digest(matrix, 0)})
    pd.DataFrame(alone, columns=list(together.names)).to_csv(OUT / "alone.csv", index=False)
    pd.DataFrame(bits).to_csv(OUT / "sparse.csv", index=False)
    for name in ("swapped", "older"):
        if (LAB / name).is_dir():
            matrix = pipeline.transform(of_folder(name))
            write(name, matrix)
    for path in sorted((LAB / "one").iterdir()):
        write(f"one_{path.name}", apart.transform(of_folder(f"one/{path.name}")))
    records = json.loads((LAB / "records.json").read_text())
    write("records", pipeline.transform(columns_of.from_frame(ingest.type_records(records))))
    if hasattr(columns_of, "from_records"):
        write("lean", pipeline.transform(columns_of.from_records(records)))
    facts = stored(together.names)
    facts |= odd(pipeline)
    facts["single_row_ms"] = statistics.median(seconds) * 1e3
    (OUT / "facts.json").write_text(json.dumps(facts))


main()
