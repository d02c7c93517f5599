"""Runs in the cell: what MLflow's store holds of a search, counted by us. Prints one JSON object."""

import json
import sys

from mlflow import MlflowClient

MOST = 5_000


def main(store: str, experiment: str) -> None:
    client = MlflowClient(store, store)
    found = client.get_experiment_by_name(experiment)
    runs = client.search_runs([found.experiment_id], max_results=MOST) if found else []
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId")]
    parents = {run.data.tags["mlflow.parentRunId"] for run in children}
    trainings = [run for run in runs if run.data.metrics and run.info.run_id not in parents and run not in children]
    scores = [dict(run.data.metrics) for run in trainings]
    whole = [run for run in children if run.data.params and run.data.metrics]
    counts = {"runs": len(runs), "trials": len(children), "parents": len(parents), "whole": len(whole)}
    print(json.dumps({**counts, "scores": scores}))


main(*sys.argv[1:3])
