"""Out-of-fold predictions: every validated row answered by members that haven't seen it; and what those lean on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import settings
from telco_churn.data.columns import Columns, row_count, take
from telco_churn.data.ingest import BATCH, ROW
from telco_churn.features.definition import features
from telco_churn.log import get_logger
from telco_churn.models import calibration
from telco_churn.models.member import Member
from telco_churn.models.model import blend, make
from telco_churn.problem.answers import Predictions, dummy, watched
from telco_churn.problem.metrics import loss
from telco_churn.training import drivers
from telco_churn.training.material import Checkpoints, Material, Part, blocks_of, prepare
from telco_churn.training.recipes import Recipe, plain

PLAIN = "plain"
SLICES = 40  # parts of the rows, in their order: intervals and halves are made of them
THIN = 10  # rows of a slice, at least
logger = get_logger(__name__)


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of all validated rows, fold after fold."""

    index: np.ndarray  # positions in the material
    fold: np.ndarray
    blended: np.ndarray  # the ensemble, not calibrated yet
    plain: np.ndarray  # the linear baseline
    dummy: np.ndarray  # the same answer for every row
    drivers: dict[str, Any]  # what they lean on, `drivers.summary`; nothing where it wasn't asked

    @property
    def blocks(self) -> np.ndarray:
        """Block of each row, for statistics over parts of the rows."""
        return blocks_of(np.bincount(self.fold)[np.unique(self.fold)].tolist())


def predict_folds(material: Material, recipes: Sequence[Recipe], seed: int, *, explained: bool = True) -> OutOfFold:
    """Fit the recipes on every fold with fixed rounds; finished folds survive a killed run.

    `explained`: what the answers lean on is measured on the way.
    """
    inputs = [vars(recipe) for recipe in recipes]
    kept = Checkpoints("train", material.digest, seed, settings().threads, inputs, explained)
    read = dict.fromkeys(name for feature in features() for name in feature.columns)
    columns = take(material.columns, material.folds[-1][0])  # the training rows of the fold that has most or as many
    plan = drivers.Plan.of(columns, list(read)) if explained else None
    found = [_fold(material, recipes, seed, fold, plan, kept) for fold in range(len(material.folds))]
    kept.clear()
    sizes = [len(material.folds[fold][1]) for fold in range(len(material.folds))]
    stacked = {key: np.concatenate([arrays[key] for _, arrays in found]) for key in ("blended", PLAIN, "dummy")}
    return OutOfFold(
        index=np.concatenate([valid for _, valid in material.folds]),
        fold=np.repeat(np.arange(len(sizes)), sizes),
        blended=stacked["blended"],
        plain=stacked[PLAIN],
        dummy=stacked["dummy"],
        drivers=drivers.summary(plan, found) if plan else {},
    )


def _fold(
    material: Material, recipes: Sequence[Recipe], seed: int, fold: int, plan: drivers.Plan | None, kept: Checkpoints
) -> drivers.Found:
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
    facts, arrays = _drivers(material, part, plan, _answering(part, members, recipes), seed) if plan else ({}, {})
    arrays |= {
        "blended": blend([member.predict(part.valid) for member in members], weights),
        PLAIN: _plain(part, seed),
        "dummy": dummy(part.y_train, len(part.index)),
    }
    kept.keep(f"fold {fold}", facts, arrays)
    logger.info("fold done", extra={"fold": fold, "rows": len(part.index)})
    return facts, arrays


def _drivers(
    material: Material, part: Part, plan: drivers.Plan, answer: Callable[[Columns], np.ndarray], seed: int
) -> drivers.Found:
    """What this fold's members lean on, in an even share of the planned rows, drawn by the seed."""
    folds, seed = len(material.folds), seed + part.fold
    rows = np.sort(np.random.default_rng(seed).permutation(part.index)[: -(-plan.rows // folds)])
    return measured(take(material.columns, rows), material.truth[rows], plan, answer, folds, seed)


def _answering(part: Part, members: Sequence[Member], recipes: Sequence[Recipe]) -> Callable[[Columns], np.ndarray]:
    """What the fold's members say of rows given as raw columns."""
    linear = any(one.kind == "linear" for one in recipes)  # trees don't need the costlier sparse half

    def answer(columns: Columns) -> np.ndarray:
        matrix = part.pipeline.transform(columns, sparse=linear)
        return blend([member.predict(matrix) for member in members], [one.weight for one in recipes])

    return answer


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


def measured(
    columns: Columns,
    truth: np.ndarray,
    plan: drivers.Plan,
    answer: Callable[[Columns], np.ndarray],
    folds: int,
    seed: int,
) -> drivers.Found:
    """Rows of one fold of so many: for every slice, how the loss rises and answers move with each group.

    Arrays (groups, slices), (columns,), (columns, slices); as facts, sums of answers by level and half of the rows.
    """
    generator, n = np.random.default_rng(seed), len(truth)
    parts = np.arange(n) * max(2, min(SLICES // folds, n // THIN)) // n
    meant, usual = drivers.as_meant(columns), answer(columns)
    before, shown = _by_slice(truth, usual, parts), watched(usual)
    rises, alone, moves, levels = [], [], [], {}
    for group in plan.groups:
        turns = np.concatenate([generator.permutation(n) for _ in range(plan.repeats)])
        said = answer(_dealt(columns, group, turns))
        rises.append(_by_slice(np.tile(truth, plan.repeats), said, np.tile(parts, plan.repeats)) - before)
        for name in group:
            once = _dealt(columns, (name,), turns[:n]) if len(group) > 1 else None
            by_itself = rises[-1] if once is None else _by_slice(truth, answer(once), parts) - before
            alone.append(np.nanmean(by_itself))
            moves.append(np.full(len(before), np.nan))
            if shown.dtype.kind != "f":
                continue  # answers without an order have no direction
            if meant[name].dtype.kind == "f":
                moves[-1] = _moves(meant[name], turns, watched(said), shown, parts)
            else:
                levels[name] = _sums(meant[name], turns, watched(said), np.tile(parts % 2, plan.repeats))
    facts = {"levels": levels, "rows": n}
    return facts, {"rises": np.array(rises), "alone": np.array(alone), "moves": np.array(moves)}


def _dealt(columns: Columns, group: Sequence[str], turns: np.ndarray) -> Columns:
    """The rows over and over, the group's columns in the order of the turns."""
    n = row_count(columns)
    again = np.tile(np.arange(n), len(turns) // n)
    return {name: values[turns if name in group else again] for name, values in columns.items()}


def _by_slice(truth: np.ndarray, said: np.ndarray, parts: np.ndarray) -> np.ndarray:
    return np.array([loss(truth[parts == part], said[parts == part]) for part in range(parts.max() + 1)])


def _moves(
    values: np.ndarray, turns: np.ndarray, said: np.ndarray, before: np.ndarray, parts: np.ndarray
) -> np.ndarray:
    """For every slice, from -1 to 1: how much more often the answer went the number's way than the other."""
    again = np.tile(np.arange(len(values)), len(turns) // len(values))
    change = (values[turns] > values[again]).astype(np.int64) - (values[turns] < values[again])
    went = change * np.sign(said - before[again])
    sums, counts = (np.bincount(parts[again], weights=each) for each in (went, change != 0))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _sums(values: np.ndarray, turns: np.ndarray, said: np.ndarray, halves: np.ndarray) -> dict[str, list[float]]:
    """For the frequent levels: rows and sum of answers in one half, then in the other."""
    codes, levels = pd.factorize(values)
    frequent = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(levels)), kind="stable")[: drivers.LEVELS]
    places = {str(levels[code]): codes[turns] == code for code in frequent}
    return {
        level: [
            float(number)
            for half in (0, 1)
            for rows in (here & (halves == half),)
            for number in (rows.sum(), said[rows].sum())
        ]
        for level, here in places.items()
    }
