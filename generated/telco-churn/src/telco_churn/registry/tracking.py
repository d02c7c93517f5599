"""Runs in MLflow: every trial, training and evaluation. The library is loaded only when something is logged."""

import functools
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telco_churn.config import settings
from telco_churn.problem.metrics import METRIC

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from telco_churn.models.model import Model

EXPERIMENT = "telco-churn"
DATABASE, RUNS_FOLDER = "mlflow.db", "mlruns"  # below artifacts/
LONGEST_PARAMETER = 500  # MLflow cuts longer values off


def prepare() -> None:
    """Make the store ready, which takes seconds where it is new."""
    client()


def client() -> "MlflowClient":
    """A client of the tracking store; the first call on a new store creates its tables."""
    settings().artifacts_dir.mkdir(parents=True, exist_ok=True)
    own = f"sqlite:///{settings().artifacts_dir / DATABASE}"
    return _client(_absolute(settings().tracking_uri or own))


@functools.cache
def _client(uri: str) -> "MlflowClient":
    import logging

    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    from mlflow import MlflowClient

    return MlflowClient(uri, uri)


def log_search(trials: Iterable[Mapping[str, Any]], result: Mapping[str, Any]) -> str:
    """One parent run with the outcome, one nested run for each trial (`Trial.facts`); returns the parent's id."""
    store = client()
    parent = _start(store, "tune", {"kind": "tune", "data_digest": str(result["data_digest"])})
    for trial in trials:
        tags = {"mlflow.parentRunId": parent, "kind": "trial", "member": trial["member"], "state": trial["state"]}
        run = _start(store, trial["name"], tags)
        numbers = {name: trial[name] for name in ("loss", "seconds", "rounds")}
        numbers |= {f"loss_fold_{fold}": value for fold, value in enumerate(trial["losses"])}
        _log(store, run, trial["parameters"], numbers)
        store.set_terminated(run, "FINISHED" if trial["state"] == "complete" else "KILLED")
    numbers = {f"validation_{METRIC}": result["validation"]["score"], "seconds": result["seconds"]}
    numbers |= {f"baseline_{name}": value for name, value in result["baselines"].items()}
    _log(store, parent, {"rows": result["rows"], "folds": result["folds"], "reason": result["reason"]}, numbers)
    store.log_dict(parent, dict(result), "tuned.json")
    store.set_terminated(parent)
    return parent


def log_training(
    folder: Path, members: Sequence[Mapping[str, Any]], scores: Mapping[str, float], model: "Model"
) -> str:
    """One run with the recipe, the out-of-fold scores, the model's folder and where its rows came from."""
    store = client()
    run = _start(
        store, "train", {"kind": "train", "data_digest": model.data_digest, "features_version": model.pipeline.version}
    )
    parameters = {f"{one['name']}.{key}": value for one in members for key, value in one["parameters"].items()}
    parameters |= {f"{one['name']}.weight": one["weight"] for one in members}
    _log(store, run, parameters, {**scores, "trained_rows": float(model.trained_rows)})
    store.log_artifacts(run, str(folder), "model")
    lineage = settings().processed_dir / "lineage.json"
    if lineage.is_file():
        store.log_artifact(run, str(lineage), "data")
    store.set_terminated(run)
    return run


def log_evaluation(run: str, scores: Mapping[str, float], files: Sequence[Path]) -> None:
    """Add an evaluation's numbers, report and plots to the run that trained the model."""
    store = client()
    _log(store, run, {}, {f"evaluation_{name}": value for name, value in scores.items()})
    for file in files:
        store.log_artifact(run, str(file), "evaluation")


def _absolute(uri: str) -> str:
    """A relative SQLite path lies below the project's root, wherever the process was started."""
    path = uri.removeprefix("sqlite:///")
    return uri if path == uri else f"sqlite:///{settings().root / path}"


def _start(store: "MlflowClient", name: str, tags: Mapping[str, str]) -> str:
    known = store.get_experiment_by_name(EXPERIMENT)
    if known is None:
        place = (settings().artifacts_dir / RUNS_FOLDER).resolve().as_uri()
        experiment = store.create_experiment(EXPERIMENT, artifact_location=place)
    else:
        experiment = known.experiment_id
    return str(store.create_run(experiment, run_name=name, tags=dict(tags)).info.run_id)


def _log(store: "MlflowClient", run: str, parameters: Mapping[str, Any], numbers: Mapping[str, float]) -> None:
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    store.log_batch(
        run,
        metrics=[Metric(name, float(value), now, 0) for name, value in numbers.items()],
        params=[Param(name, _text(value)) for name, value in parameters.items()],
    )


def _text(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(value))[:LONGEST_PARAMETER]
