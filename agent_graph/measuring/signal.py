"""Is there a signal in the features, none without the label, and are folds made as the predictions are used?"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl

from agent_graph import register
from agent_graph.artifacts import Problem
from agent_graph.bench import Bench, Findings
from agent_graph.measuring.landing import Lab, main_rows, typed_column

PERMUTATIONS = 200
FEW_MOMENTS = 10  # for each fold: of fewer, a tenth of the rows may be one moment
FEWEST, FEW = 20, 500  # validated rows that a score needs; open rows of which a fold may hold fewer
CHANCE, CLEAR = 4.0, 4.0  # standard deviations of the permutation distribution
MOST_BYTES = 200_000_000


def judge_signal(bench: Bench, findings: Findings, lab: Lab, real: Path | None, shuffled: Path | None) -> None:
    """`features_carry_signal` on the true labels, `shuffled_target_is_chance` on permuted ones."""
    labels = pl.read_parquet(bench.sealed.open_labels)["label"].to_numpy()
    for name, path, truth in (
        ("features_carry_signal", real, labels),
        ("shuffled_target_is_chance", shuffled, labels[lab.shuffled]),
    ):
        if path is None:
            findings.add(name, False, "the project's rows, features, labels and folds could not be used together")
            continue
        try:
            rows, predicted = _predictions(path / "predictions.csv", len(labels))
        except (OSError, ValueError) as error:
            findings.add(name, False, f"predictions of the probe can't be read: {error}")
            continue
        if len(rows) < FEWEST:
            if len(labels) < FEW:
                findings.not_checked(
                    name, f"too few rows to tell: {len(rows)} are validated of {len(labels)} open ones"
                )
            else:
                findings.add(name, False, f"only {len(rows)} of {len(labels):,} open rows are validated")
            continue
        score, z, spread = against_chance(bench.problem, truth[rows], predicted)
        signal = register.kind_of(bench.problem).shape.signal
        wanted = name == "features_carry_signal"
        good = z > CLEAR if wanted else abs(z) < CHANCE
        evidence = (
            f"a quick estimator of ours on {len(rows)} validation rows: {signal.name} {score:.4f}, "
            f"{z:.1f} standard deviations from {PERMUTATIONS} permutations of the labels"
        )
        fair = signal.fair / spread
        if wanted and not good and fair < CLEAR:  # a gate can't ask for what so few rows can't show
            findings.not_checked(
                name,
                f"too few rows ({len(rows)}) to tell: a fair signal would lie {fair:.1f} standard deviations off, "
                f"{CLEAR:g} are asked for; found: {evidence}",
            )
            continue
        findings.add(name, good, evidence, score=score, deviations=z)


def judge_folds(bench: Bench, findings: Findings, real: Path | None) -> None:
    """`folds_respect_split`: no row on both sides, groups whole, times in order, classes in their share."""
    name = "folds_respect_split"
    if real is None:
        findings.add(name, False, "the project's folds could not be made")
        return
    try:
        folds = _folds(real / "folds.csv", bench.sealed.open_rows)
    except (OSError, ValueError) as error:
        findings.add(name, False, f"folds of the probe can't be read: {error}")
        return
    moments = _moments(bench)
    faults = _overlaps(folds) + ([] if moments == 1 else _split_faults(bench, folds))
    sizes = ", ".join(f"{len(training)}/{len(validation)}" for training, validation in folds)
    evidence = f"{len(folds)} fold(s) by {bench.problem.split.kind}: {sizes} rows" + "".join(f"; {f}" for f in faults)
    wanted = bench.features.folds if bench.features else len(folds)
    few = moments is not None and moments < FEW_MOMENTS * wanted  # then parts may fall together
    complete = len(folds) == wanted or (1 <= len(folds) < wanted and few)
    if moments == 1 and complete and not faults:
        why = f"the open rows are of one moment, so none is older than another; {evidence}, drawn at random"
        findings.not_checked(name, why)
        return
    findings.add(name, not faults and complete, evidence, folds=len(folds))


def _moments(bench: Bench) -> int | None:
    """How many different moments the rows have, None where they are split by something else."""
    split = bench.problem.split
    if split.kind != "time":
        return None
    moments = typed_column(bench, main_rows(bench), split.columns[0])
    return None if moments is None else len(np.unique(moments[~np.isnan(moments)]))


def _predictions(path: Path, most: int) -> tuple[np.ndarray, np.ndarray]:
    with _bounded(path).open(encoding="utf-8", newline="") as stream:
        table = list(csv.reader(stream))[1:]
    rows = np.array([int(line[0]) for line in table])
    predicted = np.array([[float(cell) for cell in line[1:]] for line in table])
    if not len(rows) or rows.min() < 0 or rows.max() >= most or len(set(rows.tolist())) < len(rows):
        raise ValueError("row numbers are not those of the landing file")
    if not np.isfinite(predicted).all():
        raise ValueError("a prediction is not finite")
    return rows, predicted


def _folds(path: Path, most: int) -> list[tuple[np.ndarray, np.ndarray]]:
    table = pl.read_csv(_bounded(path), schema={"fold": pl.Int64, "part": pl.String, "row": pl.Int64})
    if len(table) == 0 or table["row"].min() < 0 or table["row"].max() >= most:  # type: ignore[operator]
        raise ValueError("row numbers are not those of the landing file")
    return [
        (
            part.filter(pl.col("part") == "training")["row"].to_numpy(),
            part.filter(pl.col("part") == "validation")["row"].to_numpy(),
        )
        for part in table.partition_by("fold", maintain_order=True)
    ]


def _bounded(path: Path) -> Path:
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is missing or too large")
    return path


def against_chance(problem: Problem, truth: np.ndarray, predicted: np.ndarray) -> tuple[float, float, float]:
    """The score, its distance from that of permuted labels in standard deviations, and such a deviation."""
    signal = register.kind_of(problem).shape.signal
    y, ranks = signal.ranked(problem.target, truth, predicted)
    random = np.random.default_rng(0)
    null = np.array([signal.score(random.permutation(y), ranks) for _ in range(PERMUTATIONS)])
    found = signal.score(y, ranks)
    spread = max(float(null.std()), 1e-12)
    return found, (found - float(null.mean())) / spread, spread


def _overlaps(folds: list[tuple[np.ndarray, np.ndarray]]) -> list[str]:
    faults = [f"fold {i}: rows in both parts" for i, (a, b) in enumerate(folds) if len(np.intersect1d(a, b))]
    faults += [f"fold {i}: an empty part" for i, (a, b) in enumerate(folds) if not len(a) or not len(b)]
    judged = np.concatenate([validation for _, validation in folds])
    return faults + (["a row is validated twice"] if len(np.unique(judged)) < len(judged) else [])


def _split_faults(bench: Bench, folds: list[tuple[np.ndarray, np.ndarray]]) -> list[str]:
    split, frame = bench.problem.split, main_rows(bench)
    if any(name not in frame.columns for name in split.columns):
        return []
    if split.kind == "group":
        keys = frame.select(pl.struct(split.columns).rank("dense").alias("key"))["key"].to_numpy()
        return [f"fold {i}: a group on both sides" for i, (a, b) in enumerate(folds) if set(keys[a]) & set(keys[b])]
    if split.kind == "time":
        moments = typed_column(bench, frame, split.columns[0])
        if moments is None:
            return [f"{split.columns[0]!r} can't be put in order"]
        return [f"fold {i}: training is not older" for i, (a, b) in enumerate(folds) if not _older(moments, a, b)]
    if split.kind == "stratified":
        labels = pl.read_parquet(bench.sealed.open_labels)["label"].to_numpy()
        return [fault for i, fold in enumerate(folds) for fault in _uneven(i, labels, fold)]
    return []


def _older(moments: np.ndarray, training: np.ndarray, validation: np.ndarray) -> bool:
    known = moments[training][~np.isnan(moments[training])]
    return bool(len(known) and known.max() < np.nanmin(moments[validation]))


def _uneven(index: int, labels: np.ndarray, fold: tuple[np.ndarray, np.ndarray]) -> list[str]:
    found = []
    for label in np.unique(labels[fold[0]]):
        left, right = (float((labels[part] == label).mean()) for part in fold)
        if abs(left - right) > 0.02 + 2 / len(fold[1]):
            found.append(f"fold {index}: a class holds {left:.1%} of training, {right:.1%} of validation")
    return found
