"""Runs in the cell: JSON records become the rows that a file gives. Arguments: module of `ingest`, file, records."""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    module, file, records = sys.argv[1:4]
    ingest = __import__(module, fromlist=["read_rows", "type_records"])
    expected = ingest.read_rows(Path(file), labelled=False)
    given = ingest.type_records(json.loads(Path(records).read_text()))[list(expected.columns)]
    unlike = [
        name
        for name in expected.columns
        if str(expected[name].dtype) != str(given[name].dtype)
        or not (expected[name].eq(given[name]) | (expected[name].isna() & given[name].isna())).all()
    ]
    print(json.dumps({"rows": len(expected), "columns": len(expected.columns), "unlike": unlike[:20]}))
