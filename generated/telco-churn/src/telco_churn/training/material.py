"""What every fit starts from: labelled rows, their folds, features made inside each; and what a killed run finished."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import load, settings
from telco_churn.data.columns import Columns, from_frame, take
from telco_churn.data.ingest import LABEL, load_processed
from telco_churn.features.pipeline import FeatureMatrix, FeaturePipeline
from telco_churn.models.member import one_thread
from telco_churn.problem.labels import encode, truth_of
from telco_churn.training.folds import folds

BLOCKS = 5  # what a single validation part is cut into where a spread is wanted


@dataclass(frozen=True)
class Material:
    """Labelled rows, ready to be learnt from."""

    frame: pd.DataFrame
    columns: Columns
    truth: np.ndarray  # (n,) labels as metrics compare them
    y: np.ndarray  # (n,) labels as members learn them
    folds: list[tuple[np.ndarray, np.ndarray]]  # positions of (training, validation) rows
    digest: str  # SHA-256 of the rows


@dataclass(frozen=True)
class Part:
    """One fold's features; the pipeline was fitted on its training rows alone."""

    fold: int
    pipeline: FeaturePipeline
    train: FeatureMatrix
    y_train: np.ndarray
    valid: FeatureMatrix
    y_valid: np.ndarray
    index: np.ndarray  # positions of the validation rows


def gather(frame: pd.DataFrame | None = None) -> Material:
    """The processed rows (or the given ones) with their labels and folds."""
    frame = load_processed() if frame is None else frame
    labels = frame[LABEL].to_numpy()
    return Material(
        frame=frame,
        columns=from_frame(frame),
        truth=truth_of(labels),
        y=encode(labels),
        folds=folds(frame),
        digest=digest_of(frame),
    )


def prepare(material: Material, fold: int) -> Part:
    """Fit the pipeline on one fold's training rows and transform both sides."""
    train, valid = material.folds[fold]
    pipeline, train_matrix = fit_features(take(material.columns, train))
    return Part(
        fold=fold,
        pipeline=pipeline,
        train=train_matrix,
        y_train=material.y[train],
        valid=pipeline.transform(take(material.columns, valid)),
        y_valid=material.y[valid],
        index=valid,
    )


def fit_features(columns: Columns) -> tuple[FeaturePipeline, FeatureMatrix]:
    """A pipeline fitted on these rows, and their features."""
    with one_thread():  # many small products: threads would wait for each other longer than they work
        pipeline = FeaturePipeline()
        return pipeline, pipeline.fit_transform(columns)


def blocks_of(sizes: list[int]) -> np.ndarray:
    """A block number for each validated row, fold after fold: its fold, or one of several slices of a single part."""
    if len(sizes) >= 3:
        return np.repeat(np.arange(len(sizes)), sizes)
    return np.arange(sum(sizes)) * BLOCKS // max(sum(sizes), 1)


def digest_of(frame: pd.DataFrame) -> str:
    """SHA-256 over all values, in their order."""
    hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(hashes.tobytes()).hexdigest()


class Checkpoints:
    """Finished pieces of one command, kept on disk so that a killed run goes on where it was.

    Another set of inputs, or another config/features.yaml, sees none of them.
    """

    def __init__(self, command: str, *inputs: Any) -> None:
        key = hashlib.sha256(json.dumps([load("features"), *inputs], sort_keys=True, default=str).encode()).hexdigest()[
            :16
        ]
        self.folder = settings().artifacts_dir / "checkpoints" / f"{command}-{key}"

    def keep(self, name: str, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Write one piece; it counts only once it is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self._file(name)
        partial = target.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(file, facts=np.array(json.dumps(facts)), **arrays)  # type: ignore[arg-type]
        partial.replace(target)

    def find(self, name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """A piece that an earlier run finished, or None."""
        if not self._file(name).is_file():
            return None
        with np.load(self._file(name), allow_pickle=False) as piece:
            arrays = {key: piece[key] for key in piece.files if key != "facts"}
            return json.loads(str(piece["facts"])), arrays

    def clear(self) -> None:
        """Forget all pieces: the command is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, name: str) -> Path:
        return self.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.npz"
