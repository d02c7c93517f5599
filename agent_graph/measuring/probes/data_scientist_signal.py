"""Fits one quick estimator of ours on the project's features and folds: `data_scientist_signal.py MODULES OUT`.

MODULES are those of ingest, columns, features, labels and folds (`layout.named`).
"""

import importlib
import sys
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd

MODULES, OUT = sys.argv[1], Path(sys.argv[2])
MOST_TRAINED, MOST_JUDGED, ROUNDS = 6_000, 4_000, 40
FEW = 1_000  # validation rows of the last fold: with fewer, those of the other folds are predicted, too
ingest, columns_of, features, labels_of, folds_of = map(importlib.import_module, MODULES.split(","))


def some(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the rows, spread evenly."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(int)]


def write_folds(parts: list[tuple[np.ndarray, np.ndarray]], rows: np.ndarray) -> None:
    """Each fold's rows by their position in the landing file."""
    tables = [
        pd.DataFrame({"fold": fold, "part": part, "row": rows[positions].astype(np.int64)})
        for fold, both in enumerate(parts)
        for part, positions in zip(("training", "validation"), both, strict=True)
    ]
    pd.concat(tables).to_csv(OUT / "folds.csv", index=False)


def main() -> None:
    """Fit on the last fold's training part, predict its validation part; on each fold's, where those are few rows."""
    OUT.mkdir(parents=True, exist_ok=True)
    frame = ingest.load_processed()
    rows = frame["__row__"].to_numpy()
    y = np.asarray(labels_of.encode(frame["__label__"].to_numpy()))
    parts = folds_of.folds(frame)
    write_folds(parts, rows)
    chosen = parts if len(parts[-1][1]) < FEW else parts[-1:]
    tables = [predicted_fold(frame, y, rows, *map(np.asarray, part)) for part in chosen]
    pd.concat(tables).to_csv(OUT / "predictions.csv", index=False)


def predicted_fold(
    frame: pd.DataFrame, y: np.ndarray, rows: np.ndarray, training: np.ndarray, judged: np.ndarray
) -> pd.DataFrame:
    """The quick estimator's answers to one fold's validation rows, by their position in the landing file."""
    training, judged = some(training, MOST_TRAINED), some(judged, MOST_JUDGED)
    both = np.concatenate([training, judged])
    columns = {name: values[both] for name, values in columns_of.from_frame(frame).items()}
    # labels are handed over as training does, so that a feature which learns from them shows itself
    matrix = (
        features.FeaturePipeline().fit(columns, frame["__label__"].to_numpy()[both]).transform(columns, sparse=False)
    )
    classes = len(labels_of.CLASSES) if hasattr(labels_of, "CLASSES") else 0
    task = {0: {"objective": "regression"}, 2: {"objective": "binary"}}.get(
        classes, {"objective": "multiclass", "num_class": classes}
    )
    parameters = {**task, "num_leaves": 15, "learning_rate": 0.1, "verbose": -1, "num_threads": 1, "seed": 0}
    data = lightgbm.Dataset(matrix.dense[: len(training)], y[training], categorical_feature=list(matrix.categorical))
    booster = lightgbm.train(parameters, data, num_boost_round=ROUNDS)
    predicted = np.asarray(booster.predict(matrix.dense[len(training) :])).reshape(len(judged), -1)
    level = np.asarray(booster.predict(matrix.dense[: len(training)])).reshape(len(training), -1).mean(axis=0)
    predicted = predicted - level  # a fold's own level is high where that of its training rows is low: no signal
    table = pd.DataFrame(predicted, columns=[f"p_{i}" for i in range(predicted.shape[1])])
    table.insert(0, "row", rows[judged].astype(np.int64))
    return table


main()
