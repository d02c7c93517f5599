"""`final`: learn from every labelled row, the held-out ones too. Such a model has no honest score of its own."""

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from telco_churn.config import load, settings
from telco_churn.data.ingest import BATCH, load_processed, read_rows
from telco_churn.log import get_logger
from telco_churn.registry import tracking, versions
from telco_churn.registry.trained import remember
from telco_churn.training.material import gather
from telco_churn.training.oof import calibrated, predict_folds, to_frame
from telco_churn.training.train import refit
from telco_churn.training.tuned import recipes

HELD_OUT = "full"  # below data/: a landing folder with the rows that were held out, labels included
logger = get_logger(__name__)


def run() -> dict[str, Any]:
    """Refit on the processed rows and those of data/full; registered, but as no candidate: nothing can judge it."""
    found, seed = recipes(), int(load("training")["seed"])
    frame, added = _all_rows()
    material = gather(frame)
    # folds serve calibration and monitoring: nothing is left to measure the model on
    oof = predict_folds(material, found, seed)
    model = refit(material, found, seed, oof)
    settings().models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings().models_dir, prefix=".new-") as place:
        folder = Path(place) / "model"
        model.save(folder)
        remember(folder, frame, to_frame(material, oof, calibrated(material, oof)))
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
