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
MOST_COLUMNS, MOST_LETTERS = 100, 200  # of a group and of a text that a project's evaluation names
BINS = 10


def pictures(state: RunState, folder: Path) -> Pictures:
    """Calibration or residuals of the sealed predictions in `folder`, importance as claimed, drift as profiled."""
    problem = state["problem"]
    proof = state.get("proof")
    bins = _judged(problem, state["sealed"], folder / "predictions.csv") if proof and proof.holdout else ()
    drift, kind = drifts(state)
    evaluation = _evaluation(folder / "evaluation.json")
    return Pictures(
        calibration=bins if problem.target.classes else (),
        residuals=() if problem.target.classes else bins,
        importance=importance(evaluation.get("importance")),
        importance_agreement=agreement(evaluation.get("importance_measured")),
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


def _evaluation(path: Path) -> dict[str, Any]:
    """What the project's evaluation left; nothing where that is no object, or too large to be believed."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return {}
    try:
        document: Any = json_value(path.read_text("utf-8"))
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def importance(items: Any) -> tuple[Importance, ...]:
    """The groups of columns that the evaluation names; those without a finite number are left out."""
    found = [
        Importance(
            column=_text(item["column"]),
            value=float(item["loss_increase"]),
            columns=_texts(item.get("columns")),
            low=_number(item.get("low")),
            high=_number(item.get("high")),
            direction=_text(item.get("direction") or ""),
        )
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and _number(item.get("loss_increase")) is not None and "column" in item
    ]
    return tuple(sorted(found, key=lambda item: -item.value)[:20])


def agreement(said: Any) -> float | None:
    """How alike two halves of the rows rank the leading groups, where the evaluation says so."""
    return _number(said.get("agreement")) if isinstance(said, dict) else None


def _number(value: Any) -> float | None:
    """The value where it is a finite number."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, value[:MOST_COLUMNS])) if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return str(value)[:MOST_LETTERS]
