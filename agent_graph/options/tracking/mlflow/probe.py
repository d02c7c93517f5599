"""Inside the cell: what MLflow's store holds, read without the project's code (`measuring/tracking.py` says what).

usage: probe.py runs ARTIFACTS EXPERIMENT
       probe.py versions ARTIFACTS MODEL
"""

import hashlib
import json
import sqlite3
import sys
from pathlib import Path

DATABASE = "mlflow.db"
MOST = 5_000


def runs(artifacts: Path, experiment: str) -> dict[str, object]:
    from mlflow import MlflowClient

    address = f"sqlite:///{artifacts / DATABASE}"
    client = MlflowClient(address, address)
    found = client.get_experiment_by_name(experiment)
    runs = client.search_runs([found.experiment_id], max_results=MOST) if found else []
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId")]
    parents = {run.data.tags["mlflow.parentRunId"] for run in children}
    trainings = [run for run in runs if run.data.metrics and run.info.run_id not in parents and run not in children]
    whole = [run for run in children if run.data.params and run.data.metrics]
    counts = {"trials": len(children), "parents": len(parents), "whole": len(whole)}
    return {**counts, "runs": [told(run) for run in trainings]}


def told(run) -> dict[str, object]:
    """A training; its evaluations are logged to the same run."""
    folder = Path(run.info.artifact_uri.removeprefix("file://"))
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())}
    metrics, parameters = dict(run.data.metrics), dict(run.data.params)
    return {
        "id": run.info.run_id,
        "of": run.info.run_id,
        "parameters": parameters,
        "metrics": metrics,
        "files": digests,
    }


def versions(artifacts: Path, model: str) -> dict[str, object]:
    """Straight from the tables: no library of the store is asked."""
    with sqlite3.connect(f"file:{artifacts / DATABASE}?mode=ro", uri=True) as store:
        rows = store.execute(
            "SELECT version, run_id FROM model_versions WHERE name = ? ORDER BY 1", (model,)
        ).fetchall()
        aliases = store.execute(
            "SELECT alias, version FROM registered_model_aliases WHERE name = ?", (model,)
        ).fetchall()
    return {
        "versions": [str(version) for version, _ in rows],
        "aliases": {str(alias): str(version) for alias, version in aliases},
        "runs": {str(version): run for version, run in rows},
    }


print(json.dumps({"runs": runs, "versions": versions}[sys.argv[1]](Path(sys.argv[2]).absolute(), sys.argv[3])))
