"""The numbers behind the report's plots: from sealed rows and the host's own arithmetic where that is possible."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from agent_graph import profiling
from agent_graph.artifacts import Bin, Drift, Importance, Measure, Pictures
from agent_graph.state import RunState

MOST_BYTES = 4 << 20
BINS = 10


def pictures(state: RunState, folder: Path) -> Pictures:
    """Calibration or residuals of the sealed predictions in `folder`, importance as claimed, drift as profiled."""
    problem = state["problem"]
    predictions, labels = folder / "predictions.csv", Path(state["sealed"].labels)
    bins: tuple[Bin, ...] = ()
    if predictions.is_file() and (state.get("proof") is not None and state["proof"].holdout is not None):
        table = pl.read_csv(predictions, infer_schema_length=None)
        truth = pl.read_parquet(labels)["label"]
        if problem.task == "binary":
            hits = (truth.cast(pl.String) == problem.target.classes[1]).to_numpy().astype(float)
            bins = _bins(table["p_1"].to_numpy(), hits)
        elif problem.task == "multiclass":
            columns = [f"p_{i}" for i in range(len(problem.target.classes))]
            hits = np.column_stack([(truth.cast(pl.String) == name).to_numpy() for name in problem.target.classes])
            bins = _bins(table.select(columns).to_numpy().ravel(), hits.astype(float).ravel())
        else:
            bins = _bins(table["prediction"].cast(pl.Float64).to_numpy(), truth.cast(pl.Float64).to_numpy())
    drift, kind = drifts(state)
    return Pictures(
        calibration=bins if problem.is_classification else (),
        residuals=() if problem.is_classification else bins,
        importance=_importance(folder / "evaluation.json"),
        drift=tuple(Measure(name=d.column, value=d.psi, unit="") for d in sorted(drift, key=lambda d: -d.psi)[:12]),
        drift_kind=kind,
    )


def drifts(state: RunState) -> tuple[tuple[Drift, ...], str]:
    """Drift over time as profiled; for rows without time, how far the sealed rows lie from the open ones."""
    profiled = state["profile"].drift
    if profiled:
        return (
            profiled,
            "The newest fifth of the rows against the rest: population stability index, above 0.2 is a lot.",
        )
    words = "Sealed against open rows: population stability index, above 0.2 is a lot. By chance alone it is near zero."
    return profiling.shift(
        state["profile"].main,
        Path(state["sealed"].open_dir),
        Path(state["sealed"].holdout_dir),
        [role.name for role in state["problem"].features],
    ), words


def _bins(predicted: np.ndarray, actual: np.ndarray) -> tuple[Bin, ...]:
    """Up to ten bins of equal size by prediction; both arrays are (rows,)."""
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return tuple(
        Bin(predicted=float(predicted[part].mean()), actual=float(actual[part].mean()), rows=len(part))
        for part in parts
    )


def _importance(path: Path) -> tuple[Importance, ...]:
    """What the project's evaluation says; anything but finite numbers by name is left out."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return ()
    try:
        document: Any = json.loads(path.read_text("utf-8"))
    except ValueError:
        return ()
    items = document.get("importance", []) if isinstance(document, dict) else []
    found = [
        Importance(column=str(item["column"])[:200], value=float(item["loss_increase"]))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
        and isinstance(item.get("loss_increase"), (int, float))
        and math.isfinite(item["loss_increase"])
        and "column" in item
    ]
    return tuple(sorted(found, key=lambda item: -item.value)[:20])
