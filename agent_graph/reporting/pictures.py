"""The numbers behind the report's plots: from sealed rows and the host's own arithmetic where that is possible."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from agent_graph import profiling, register
from agent_graph.artifacts import Bin, Drift, Importance, Measure, Pictures, Problem, Sealed
from agent_graph.measuring.predictions import encoded, read_predictions
from agent_graph.measuring.syntax import json_value
from agent_graph.state import RunState

MOST_BYTES = 4 << 20
BINS = 10


def pictures(state: RunState, folder: Path) -> Pictures:
    """Calibration or residuals of the sealed predictions in `folder`, importance as claimed, drift as profiled."""
    problem = state["problem"]
    proof = state.get("proof")
    bins = _judged(problem, state["sealed"], folder / "predictions.csv") if proof and proof.holdout else ()
    drift, kind = drifts(state)
    return Pictures(
        calibration=bins if problem.target.classes else (),
        residuals=() if problem.target.classes else bins,
        importance=_importance(folder / "evaluation.json"),
        drift=tuple(Measure(name=d.column, value=d.psi, unit="") for d in sorted(drift, key=lambda d: -d.psi)[:12]),
        drift_kind=kind,
    )


def _judged(problem: Problem, sealed: Sealed, path: Path) -> tuple[Bin, ...]:
    """Bins over the sealed rows that have a label."""
    labels = pl.read_parquet(sealed.labels)["label"]
    values = read_predictions(path, sealed.holdout_rows, problem).values[labels.is_not_null().to_numpy()]
    truth = encoded(labels.drop_nulls(), problem)
    return _bins(*register.kind_of(problem).bins(truth, values))


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
        document: Any = json_value(path.read_text("utf-8"))
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
