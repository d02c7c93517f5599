"""Out-of-fold predictions: every validated row answered by members that haven't seen it; and what those lean on."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import settings
from telco_churn.data.columns import Columns, take
from telco_churn.data.ingest import BATCH, ROW
from telco_churn.log import get_logger
from telco_churn.models import calibration
from telco_churn.models.member import Member
from telco_churn.models.model import blend, make
from telco_churn.problem.answers import Predictions, dummy
from telco_churn.problem.metrics import loss
from telco_churn.training.material import Checkpoints, Material, Part, blocks_of, prepare
from telco_churn.training.recipes import Recipe, plain

PLAIN = "plain"
SAMPLE = 400  # validation rows that importance is measured on
LONGEST_S = 3.0  # for that; the columns not reached by then have no measure
logger = get_logger(__name__)


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of all validated rows, fold after fold."""

    index: np.ndarray  # positions in the material
    fold: np.ndarray
    blended: np.ndarray  # the ensemble, not calibrated yet
    plain: np.ndarray  # the linear baseline
    dummy: np.ndarray  # the same answer for every row
    importance: list[dict[str, Any]]  # of the raw columns, from the first fold

    @property
    def blocks(self) -> np.ndarray:
        """Block of each row, for statistics over parts of the rows."""
        return blocks_of(np.bincount(self.fold)[np.unique(self.fold)].tolist())


def predict_folds(material: Material, recipes: Sequence[Recipe], seed: int) -> OutOfFold:
    """Fit the recipes on every fold with fixed rounds; finished folds survive a killed run."""
    kept = Checkpoints("train", material.digest, seed, settings().threads, [vars(recipe) for recipe in recipes])
    found = [_fold(material, recipes, seed, fold, kept) for fold in range(len(material.folds))]
    kept.clear()
    sizes = [len(material.folds[fold][1]) for fold in range(len(material.folds))]
    stacked = {key: np.concatenate([arrays[key] for _, arrays in found]) for key in ("blended", PLAIN, "dummy")}
    return OutOfFold(
        index=np.concatenate([valid for _, valid in material.folds]),
        fold=np.repeat(np.arange(len(sizes)), sizes),
        blended=stacked["blended"],
        plain=stacked[PLAIN],
        dummy=stacked["dummy"],
        importance=found[0][0]["importance"],
    )


def _fold(
    material: Material, recipes: Sequence[Recipe], seed: int, fold: int, kept: Checkpoints
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    finished = kept.find(f"fold {fold}")
    if finished is not None:
        logger.info("restored from a checkpoint", extra={"fold": fold})
        return finished
    part = prepare(material, fold)
    members = [
        make(one.kind, one.parameters, seed, settings().threads).fit(part.train, part.y_train, one.rounds)
        for one in recipes
    ]
    weights = [one.weight for one in recipes]
    arrays = {
        "blended": blend([member.predict(part.valid) for member in members], weights),
        PLAIN: _plain(part, seed),
        "dummy": dummy(part.y_train, len(part.index)),
    }
    facts = {"importance": importance(material, part, members, weights, seed) if fold == 0 else []}
    kept.keep(f"fold {fold}", facts, arrays)
    logger.info("fold done", extra={"fold": fold, "rows": len(part.index)})
    return facts, arrays


def _plain(part: Part, seed: int) -> np.ndarray:
    member = plain()
    fitted = make(member["kind"], member["parameters"], seed, settings().threads)
    return blend([fitted.fit(part.train, part.y_train, member["rounds"]).predict(part.valid)], [1.0])


def calibrated(material: Material, oof: OutOfFold) -> np.ndarray:
    """The ensemble's out-of-fold predictions as the finished model would give them."""
    return calibration.cross_fitted(material.truth[oof.index], oof.blended, oof.blocks)


def to_frame(material: Material, oof: OutOfFold, predictions: np.ndarray) -> pd.DataFrame:
    """The table of artifacts/oof.csv, one line a validated row, in the order of the rows."""
    rows = material.frame.iloc[oof.index]
    table = pd.DataFrame({"row": rows[ROW].to_numpy(), "fold": oof.fold, "batch": rows[BATCH].to_numpy()})
    answers = Predictions.of(predictions)
    table = table.assign(**answers.columns())
    return table.iloc[np.argsort(oof.index, kind="stable")].reset_index(drop=True)


def importance(
    material: Material, part: Part, members: Sequence[Member], weights: Sequence[float], seed: int
) -> list[dict[str, Any]]:
    """Each raw column that features read, with the rise of the loss when it is shuffled, largest first (Breiman)."""
    generator = np.random.default_rng(seed)
    rows = np.sort(generator.permutation(part.index)[:SAMPLE])
    columns, truth = take(material.columns, rows), material.truth[rows]

    def loss_of(changed: Columns) -> float:
        matrix = part.pipeline.transform(changed)
        return loss(truth, blend([member.predict(matrix) for member in members], weights))

    usual, end = loss_of(columns), time.monotonic() + LONGEST_S
    found = []
    for name in dict.fromkeys(name for feature in part.pipeline.definition for name in feature.columns):
        if time.monotonic() > end:
            break
        rise = loss_of({**columns, name: columns[name][generator.permutation(len(rows))]}) - usual
        found.append({"column": name, "loss_increase": round(rise, 8)})
    return sorted(found, key=lambda one: -one["loss_increase"])
