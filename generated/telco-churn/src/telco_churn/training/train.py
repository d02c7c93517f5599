"""`train`: the same rows, seed and config/tuned.json give the same model; registered as the candidate."""

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import load, settings
from telco_churn.data.ingest import BATCH, load_processed, read_rows
from telco_churn.log import get_logger
from telco_churn.models import calibration
from telco_churn.models.model import Model, WeightedMember, make
from telco_churn.problem.judgement import score_gain
from telco_churn.problem.metrics import METRIC, all_scores, score
from telco_churn.registry import tracking, versions
from telco_churn.training.material import Material, fit_features, gather
from telco_churn.training.oof import OutOfFold, calibrated, predict_folds, to_frame
from telco_churn.training.recipes import Recipe, plain_recipes, recipes

HELD_OUT = "full"  # below data/: a landing folder with the rows that were held out, labels included
logger = get_logger(__name__)


def run() -> dict[str, Any]:
    """Fit, measure on folds, refit on all labelled rows, register."""
    start = time.monotonic()
    found, material, seed = recipes(), gather(), int(load("training")["seed"])
    oof = predict_folds(material, found, seed)
    if plain_is_better(material, oof):
        logger.warning("the plain member alone does better out of fold, so it is the model")
        found = plain_recipes()
        oof = predict_folds(material, found, seed)
    predictions = calibrated(material, oof)
    settings().artifacts_dir.mkdir(parents=True, exist_ok=True)
    answers = to_frame(material, oof, predictions)
    answers.to_csv(settings().oof_file, index=False)
    truth = material.truth[oof.index]
    scores = {
        "model": all_scores(truth, predictions),
        "linear": all_scores(truth, oof.plain),
        "dummy": all_scores(truth, oof.dummy),
    }
    gain, noise = score_gain(truth, oof.blocks, oof.plain, predictions)
    model = refit(material, found, seed, oof)
    facts = {**scores, "gain": {"over_linear": gain, "noise": noise}}
    version, run_id = _register(
        model, found, facts, oof, lambda folder: versions.remember(folder, material.frame, answers)
    )
    seconds = round(time.monotonic() - start, 2)
    logger.info("trained", extra={"version": version, "seconds": seconds})
    return {
        "version": version,
        "run": run_id,
        "rows": model.trained_rows,
        "folds": len(material.folds),
        "metric": METRIC,
        "score": scores["model"][METRIC],
        "members": {one.name: one.weight for one in found},
        "seconds": seconds,
    }


def plain_is_better(material: Material, oof: OutOfFold) -> bool:
    """Whether the plain baseline beats the members, over the folds and on all rows together.

    The search chose them because they were better there, where their rounds were found; now those are fixed.
    """
    truth = material.truth[oof.index]
    lost, _ = score_gain(truth, oof.blocks, oof.blended, oof.plain)
    return bool(lost > 0 and score(truth, oof.plain) > score(truth, oof.blended))


def refit(material: Material, found: Sequence[Recipe], seed: int, oof: OutOfFold) -> Model:
    """The model of all labelled rows: more rows than a fold had, so a little more rounds."""
    pipeline, matrix = fit_features(material.columns)
    growth = 1 + len(oof.index) / len(material.frame) / len(material.folds)
    members = tuple(
        WeightedMember(
            one.name,
            one.kind,
            one.weight,
            make(one.kind, one.parameters, seed, settings().threads).fit(
                matrix, material.y, round(one.rounds * growth)
            ),
        )
        for one in found
    )
    truth = material.truth[oof.index]
    return Model(
        pipeline=pipeline,
        members=members,
        calibration=calibration.fit(truth, oof.blended, oof.blocks),
        trained_rows=len(material.frame),
        data_digest=material.digest,
    )


def _register(
    model: Model,
    found: Sequence[Recipe],
    scores: dict[str, dict[str, float]],
    oof: OutOfFold,
    beside: Callable[[Path], None],
) -> tuple[str, str]:
    """Write the model's folder, log the run, make it the candidate."""
    settings().models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings().models_dir, prefix=".new-") as place:
        folder = Path(place) / "model"
        model.save(folder)
        beside(folder)
        (folder / "scores.json").write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")
        (folder / "importance.json").write_text(json.dumps(oof.drivers, indent=2) + "\n", encoding="utf-8")
        numbers = {name: value for name, value in scores["model"].items() if np.isfinite(value)}
        run_id = tracking.log_training(folder, [vars(one) for one in found], numbers, model)
        version = versions.register(folder, numbers, {"run_id": run_id, "data_digest": model.data_digest})
    return version, run_id


def final() -> dict[str, Any]:
    """Refit on the processed rows and those of data/full; registered, but as no candidate: nothing can judge it."""
    found, seed = recipes(), int(load("training")["seed"])
    frame, added = _all_rows()
    material = gather(frame)
    # folds serve calibration and monitoring: nothing is left to measure the model on
    oof = predict_folds(material, found, seed, explained=False)
    model = refit(material, found, seed, oof)
    settings().models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings().models_dir, prefix=".new-") as place:
        folder = Path(place) / "model"
        model.save(folder)
        versions.remember(folder, frame, to_frame(material, oof, calibrated(material, oof)))
        run_id = tracking.log_training(folder, [vars(one) for one in found], {}, model)
        tags = {"run_id": run_id, "data_digest": model.data_digest, "honest_score": "none"}
        version = versions.register(folder, {}, tags, candidate=False)
    note = f"fitted on every row: no honest score of its own; promote --version {version} --force serves it"
    logger.info("final model", extra={"version": version, "rows": len(frame), "held_out_rows": added})
    return {"version": version, "rows": len(frame), "held_out_rows": added, "honest_score": None, "note": note}


def _all_rows() -> tuple[pd.DataFrame, int]:
    """Processed rows, then the held-out ones when they are there."""
    processed = load_processed()
    folder = settings().data_dir / HELD_OUT
    if not folder.is_dir():
        logger.warning("no held-out rows", extra={"folder": str(folder)})
        return processed, 0
    more = read_rows(folder, labelled=True).assign(**{BATCH: HELD_OUT})
    return pd.concat([processed, more], ignore_index=True), len(more)
