"""What a model must beat, fitted by the host on the same open rows: one answer for all, and a plain linear model."""

from __future__ import annotations

import os
import tempfile
import warnings
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from agent_graph import register
from agent_graph.artifacts import Problem
from agent_graph.bench import Bench
from agent_graph.kind import Numbers
from agent_graph.measuring.predictions import encoded

FOLDS = 5
NEWEST = 0.2  # share of the open rows that a split by time holds back
Split = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Baseline:
    """Predictions of the host's own estimators; none of them is scored here.

    `open` and `dummy_open` answer the open rows at the positions `rows` out of fold, the others the sealed rows.
    """

    rows: NDArray[np.int64]
    open: Numbers
    dummy_open: Numbers
    holdout: Numbers
    dummy_holdout: Numbers


def name(problem: Problem) -> str:
    """What the plain baseline is, in words."""
    return register.kind_of(problem).plain.name


def baseline(bench: Bench) -> Baseline:
    """The host's baseline for this data, fitted once for the same rows and problem."""
    origin = register.kind_of(bench.problem).origin.replace(" ", "-")  # another version may fit another model
    name = f"{bench.sealed.digest[:24]}-{bench.problem.fingerprint()[:16]}{origin and f'-{origin}'}.npz"
    cached = bench.cache / "baselines" / name
    damaged = (ValueError, KeyError, EOFError, BadZipFile)  # then it is made again
    with suppress(FileNotFoundError, *damaged), np.load(cached, allow_pickle=False) as kept:
        return Baseline(**{field.name: kept[field.name] for field in fields(Baseline)})
    found = _fitted(bench)
    _keep(found, cached)
    return found


def _fitted(bench: Bench) -> Baseline:
    from agent_graph.measuring.baseline_columns import sides  # a second to import, and most commands fit nothing

    problem = bench.problem
    opened, sealed = sides(bench)
    labels = pl.read_parquet(bench.sealed.open_labels)["label"]
    known = np.flatnonzero(labels.is_not_null().to_numpy())
    truth = encoded(labels.drop_nulls(), problem)
    here = opened[known]
    parts = _folds(problem, here, truth)
    with threadpool_limits(1, "blas"):
        folds = [_predicted(problem, here, truth, train, here[valid]) for train, valid in parts]
        holdout = _predicted(problem, here, truth, np.arange(len(truth)), sealed)
    return Baseline(
        rows=known[np.concatenate([valid for _, valid in parts])],
        open=np.concatenate(folds),
        dummy_open=np.concatenate([dummy(problem, truth[train], len(valid)) for train, valid in parts]),
        holdout=holdout,
        dummy_holdout=dummy(problem, truth, len(sealed)),
    )


def dummy(problem: Problem, truth: NDArray[np.generic], rows: int) -> Numbers:
    """The best answer that doesn't look at the row."""
    return register.kind_of(problem).shape.dummy(problem, truth, rows)


def _folds(problem: Problem, rows: pl.DataFrame, truth: NDArray[np.generic]) -> list[Split]:
    """The host's own folds, of the kind that the problem's split asks for."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold  # a second to import

    split, everything = problem.split, np.arange(len(truth))
    if split.kind == "time":
        moments = rows[split.columns[0]]
        order = moments.fill_null(moments.min()).arg_sort().to_numpy()
        cut = int(len(order) * (1 - NEWEST))
        return [(order[:cut], order[cut:])]
    if split.kind == "group":
        groups = rows.select(pl.struct(split.columns).hash()).to_series().to_numpy()
        parts = min(FOLDS, len(np.unique(groups)))
        return list(GroupKFold(parts).split(everything, groups=groups))
    strata = register.kind_of(problem).shape.strata
    if strata and np.bincount(truth.astype(np.int64)).min() >= FOLDS:
        return list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(everything, truth))
    return list(KFold(FOLDS, shuffle=True, random_state=0).split(everything))


def _predicted(
    problem: Problem, rows: pl.DataFrame, truth: NDArray[np.generic], train: NDArray[np.int64], asked: pl.DataFrame
) -> Numbers:
    from sklearn.exceptions import ConvergenceWarning  # a second to import

    from agent_graph.measuring.baseline_columns import design_matrices

    fitted, wanted = design_matrices(problem, rows[train], asked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return register.kind_of(problem).plain.fit(problem, fitted, truth[train], wanted)


def _keep(found: Baseline, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {field.name: getattr(found, field.name) for field in fields(Baseline)}
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # of this process alone
    with os.fdopen(handle, "wb") as stream:
        np.savez(stream, **arrays)
    os.replace(partial, path)
