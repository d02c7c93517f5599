"""How often a promise holds, and when a heavier model is worth having: two simple models on many tables, many splits.

    python -m evals.promises FOLDER      # of records, as `evals.first_try` takes them; some minutes

Every table is split again and again as its record says (by chance, by groups, or into an older and a newer part at six
ends of its history), a linear model and boosted trees answer out of fold and the sealed part, and the promise is made
by `scoring.promised`. The constants of that function and the rule of `training/recipes.py` in generated projects (one
standard error over the folds) rest on the table that this writes.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import Problem, Promise, Split, Target
from agent_graph.measuring import scoring
from agent_graph.measuring.metrics import score
from evals import first_try
from evals.running import HERE

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
TABLE = HERE / "results" / "promises.md"
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse", "count": "poisson_deviance"}
SEEDS, ENDS = 4, (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # of the rows by time, each end with its own newest fifth sealed
SEALED, FOLDS, STRETCHES = 0.2, 5, 40
MOST_ROWS, MOST_COLUMNS, MOST_CLASSES, FEWEST_ROWS = 8_000, 120, 20, 50
Folds = list[tuple[NDArray[np.int64], NDArray[np.int64]]]


@dataclass(frozen=True)
class Parted:
    """One split of a table, as positions in it; folds as positions among the open rows."""

    open: NDArray[np.int64]
    sealed: NDArray[np.int64]
    folds: Folds
    blocks: NDArray[np.int64] | None  # what hangs together among the open rows


@dataclass(frozen=True)
class Trial:
    """One split of one table: what was promised of each model (linear, trees), and what came."""

    id: str
    kind: str  # of the split
    task: str
    promises: tuple[Promise, Promise]
    standings: tuple[str, str]  # of the sealed scores: worse, kept or better
    losses: tuple[float, float]  # sealed, mean of the rows
    gains: NDArray[np.float64]  # of the trees in each fold: mean loss of the linear model less theirs
    row_gains: tuple[float, float]  # the same over the sealed rows, and its standard error


def main() -> int:
    """Try every table; write the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    cases = sorted(first_try.cases(folder, ()), key=lambda case: case.rows)
    with ProcessPoolExecutor() as pool:
        found = [trial for trials in pool.map(_tried, cases) for trial in trials]
    text = page(found)
    TABLE.write_text(text, "utf-8")
    print(text)
    return 0


def page(found: list[Trial]) -> str:
    """The tables in words."""
    lines = [
        "# Promises that hold, and models worth having", "",
        f"Made by `python -m evals.promises FOLDER`: {len(found)} splits of {len({one.id for one in found})} tables, a "
        "linear model and boosted trees on each; what one standard error over the folds picks is judged.", "",
        "| split | splits | kept | worse than promised | better than promised | median width / score |",
        "|---|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    by_kind: dict[str, list[Trial]] = defaultdict(list)
    for one in found:
        by_kind[one.kind].append(one)
    for name, members in [*sorted(by_kind.items()), ("all", found)]:
        picks = [int(_errors(1.0)(one.gains)) for one in members]
        stand = [one.standings[k] for one, k in zip(members, picks, strict=True)]
        widths = [(one.promises[k].high - one.promises[k].low) / abs(one.promises[k].score)
                  for one, k in zip(members, picks, strict=True)]  # fmt: skip
        kept = 1 - sum(one != "kept" for one in stand) / len(stand)
        lines.append(f"| {name} | {len(members)} | {kept:.1%} | {stand.count('worse')} | {stand.count('better')} | "
                     f"{np.median(widths):.2f} |")  # fmt: skip
    lines += [
        "", "Which of the two is shipped, by the folds' gain: regret is the mean logarithm of the sealed loss over the "
        "better one's; wrong is a choice that the other beats by two standard errors on the sealed rows.", "",
        "| trees where they gain | regret | trees wrongly | linear wrongly |", "|---|---:|---:|---:|",
    ]  # fmt: skip
    for name, rule in RULES.items():
        picks = [int(rule(one.gains)) for one in found]
        regret = [np.log(one.losses[k] / min(one.losses)) for one, k in zip(found, picks, strict=True)]
        sure = [one.row_gains[0] / max(one.row_gains[1], 1e-12) for one in found]
        trees = sum(k == 1 and z < -2 for k, z in zip(picks, sure, strict=True))
        linear = sum(k == 0 and z > 2 for k, z in zip(picks, sure, strict=True))
        lines.append(f"| {name} | {np.mean(regret):.4f} | {trees} | {linear} |")
    return "\n".join(lines) + "\n"


def _errors(many: float) -> Callable[[NDArray[np.float64]], bool]:
    """Trees where their mean gain over the folds is above so many standard errors."""
    return lambda gains: bool(gains.mean() > many * gains.std(ddof=1) / np.sqrt(len(gains)))


RULES: dict[str, Callable[[NDArray[np.float64]], bool]] = {
    "never": lambda gains: False,
    "at all": _errors(0.0),
    "one standard error": _errors(1.0),
    "two standard errors": _errors(2.0),
    "always": lambda gains: True,
}


def _tried(case: first_try.Case) -> list[Trial]:
    """Every split of one table; none where simple models can't be fitted to it."""
    warnings.filterwarnings("ignore")
    unreadable = (ValueError, KeyError, TypeError, pl.exceptions.PolarsError)  # to so simple a reader
    with suppress(*unreadable):
        return list(_trials(case))
    return []


def _trials(case: first_try.Case) -> Iterator[Trial]:
    wanted = case.record["expected"]
    kind, _, column = case.split.partition(":")
    first = case.table.read_bytes().partition(b"\n")[0]
    separator = max((",", ";", "\t"), key=lambda sign: first.count(sign.encode()))
    table = pl.read_csv(case.table, infer_schema_length=None, null_values=["", "NA"], separator=separator)
    table = table.drop_nulls(wanted["target"])
    table = table.gather_every(-(-len(table) // MOST_ROWS))
    if len(table) < FEWEST_ROWS:
        return
    task, labels = wanted["task"], table[wanted["target"]]
    classes = tuple(map(str, labels.unique().sort())) if task in ("binary", "multiclass") else ()
    if (task == "binary" and len(classes) != 2) or len(classes) > MOST_CLASSES:
        return
    truth = labels.rank("dense").to_numpy().astype(np.int64) - 1 if classes else labels.cast(pl.Float64).to_numpy()
    inputs = table.drop([c for c in (*wanted["never"], wanted["target"], column) if c in table.columns])
    problem = Problem.model_construct(
        task=task,
        metric=METRICS[task],
        target=Target.model_construct(classes=classes),
        split=Split.model_construct(kind=kind, columns=(column,) if column else (), holdout_share=SEALED),
        calibrated_totals=False,
    )
    for parted in _splits(kind, table[column] if column else None, truth, bool(classes)):
        if (one := _one(case.record["id"], problem, inputs, truth, parted)) is not None:
            yield one


def _splits(kind: str, key: pl.Series | None, truth: NDArray[Any], classes: bool) -> Iterator[Parted]:
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

    if kind == "time" and key is not None:
        order = key.rank("ordinal").fill_null(1).to_numpy().astype(np.int64).argsort(kind="stable")
        for end in ENDS:
            here = order[: int(len(order) * end)]
            cut = int(len(here) * (1 - SEALED))
            if len(here) >= FEWEST_ROWS:
                parts = list(TimeSeriesSplit(FOLDS).split(here[:cut]))
                yield Parted(here[:cut], here[cut:], parts, np.arange(cut) * STRETCHES // cut)
        return
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        if kind == "group" and key is not None:
            groups = key.rank("dense").fill_null(0).to_numpy().astype(np.int64)
            names = random.permutation(np.unique(groups))
            held = np.isin(groups, names[: max(len(names) // FOLDS, 1)])
            here = np.flatnonzero(~held)
            whole = GroupKFold(min(FOLDS, len(np.unique(groups[here])))).split(here, groups=groups[here])
            yield Parted(here, np.flatnonzero(held), list(whole), groups[here])
        else:
            order = random.permutation(len(truth))
            cut = int(len(order) * (1 - SEALED))
            dealt = (StratifiedKFold if classes else KFold)(FOLDS, shuffle=True, random_state=seed)
            yield Parted(order[:cut], order[cut:], list(dealt.split(order[:cut], truth[order[:cut]])), None)


def _one(name: str, problem: Problem, inputs: pl.DataFrame, truth: NDArray[Any], parted: Parted) -> Trial | None:
    """Both models of one split; None where a score can't be told."""
    open_, sealed, folds, blocks = parted.open, parted.sealed, parted.folds, parted.blocks
    higher = register.kind_of(problem).metric(problem.metric).higher_is_better
    told, standings, sealed_losses, fold_losses = [], [], [], []
    place, here = np.concatenate([valid for _, valid in folds]), truth[open_]
    numbers = np.repeat(np.arange(len(folds)), [len(valid) for _, valid in folds])
    for trees in (False, True):
        matrix = _matrix(inputs, trees=trees)
        answered = [
            _answers(problem, trees, matrix[open_[fit]], here[fit], matrix[open_[valid]]) for fit, valid in folds
        ]
        beyond = _answers(problem, trees, matrix[open_], here, matrix[sealed])
        inside = None if blocks is None else blocks[place]
        answer = scoring.Answer(open_[place], np.concatenate(answered), numbers)
        told.append(scoring.promised(problem, answer, here[place], len(sealed), inside))
        reached = score(problem, problem.metric, truth[sealed], beyond)
        standings.append(told[-1].standing(reached, higher_is_better=higher) if np.isfinite(reached) else "")
        sealed_losses.append(_loss(problem, truth[sealed], beyond))
        fold_losses.append([float(_loss(problem, here[valid], said).mean())
                            for (_, valid), said in zip(folds, answered, strict=True)])  # fmt: skip
    gained = sealed_losses[0] - sealed_losses[1]
    found = Trial(
        id=name,
        kind=problem.split.kind,
        task=problem.task,
        promises=(told[0], told[1]),
        standings=(standings[0], standings[1]),
        losses=(float(sealed_losses[0].mean()), float(sealed_losses[1].mean())),
        gains=np.array(fold_losses[0]) - np.array(fold_losses[1]),
        row_gains=(float(gained.mean()), float(gained.std(ddof=1) / np.sqrt(len(gained)))),
    )
    sound = np.isfinite([*found.losses, *(one.score for one in found.promises)]).all() and all(standings)
    return found if sound and min(found.losses) > 0 else None


def _matrix(inputs: pl.DataFrame, *, trees: bool) -> NDArray[np.float64]:
    """Numbers as they are (for the linear model: filled, to one scale), up to thirty levels of the rest as 0 and 1."""
    parts = []
    for column in inputs.iter_columns():
        if column.n_unique() < 2 or len(parts) > MOST_COLUMNS:
            continue
        if column.dtype.is_numeric() or column.dtype == pl.Boolean:
            values = column.cast(pl.Float64)
            scaled = values.fill_null(values.median())
            parts.append((values if trees else (scaled - scaled.mean()) / (scaled.std() or 1.0)).to_numpy())
        elif column.n_unique() < 200:
            levels = column.cast(pl.String).value_counts(sort=True).head(30)[column.name]
            parts += [
                (column.cast(pl.String) == level).fill_null(False).cast(pl.Float64).to_numpy() for level in levels
            ]
    return np.column_stack(parts)


def _answers(
    problem: Problem, trees: bool, fitted: NDArray[Any], truth: NDArray[Any], asked: NDArray[Any]
) -> NDArray[np.float64]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge

    if problem.task == "regression":
        return (HistGradientBoostingRegressor() if trees else Ridge()).fit(fitted, truth).predict(asked)
    if problem.task == "count":
        model = HistGradientBoostingRegressor(loss="poisson") if trees else PoissonRegressor(alpha=0.1, max_iter=300)
        return np.maximum(model.fit(fitted, truth).predict(asked), 1e-6)
    chances = (HistGradientBoostingClassifier() if trees else LogisticRegression(C=0.5, max_iter=300)).fit(
        fitted, truth
    )
    whole = np.full((len(asked), len(problem.target.classes)), 1e-9)
    whole[:, chances.classes_] = chances.predict_proba(asked)
    return whole / whole.sum(axis=1, keepdims=True)


def _loss(problem: Problem, truth: NDArray[Any], said: NDArray[Any]) -> NDArray[np.float64]:
    """Of each row."""
    if problem.task == "regression":
        return np.asarray((truth - said) ** 2)
    if problem.task == "count":
        logs = np.where(truth > 0, truth * np.log(np.maximum(truth, 1e-12) / said), 0.0)
        return np.asarray(2 * (logs - truth + said))
    return np.asarray(-np.log(np.clip(said[np.arange(len(truth)), truth], 1e-9, 1.0)))


if __name__ == "__main__":
    raise SystemExit(main())
