"""Inside the cell: what the registry's database holds, read without the project's code and without MLflow.

usage: observability_registry.py DATABASE MODEL
"""

import json
import sqlite3
import sys

database, model = sys.argv[1:3]
with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
    versions = [
        str(row[0]) for row in store.execute("SELECT version FROM model_versions WHERE name = ? ORDER BY 1", (model,))
    ]
    aliases = dict(store.execute("SELECT alias, version FROM registered_model_aliases WHERE name = ?", (model,)))
print(json.dumps({"versions": versions, "aliases": {str(key): str(value) for key, value in aliases.items()}}))
