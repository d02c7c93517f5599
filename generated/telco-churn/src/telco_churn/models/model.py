"""The whole model: raw columns in, answers out, the members' blended."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from telco_churn.config import settings
from telco_churn.data.columns import Columns, from_frame
from telco_churn.errors import BadInput
from telco_churn.features.pipeline import FeaturePipeline
from telco_churn.models.calibration import Calibration
from telco_churn.models.linear import Linear
from telco_churn.models.member import Member
from telco_churn.models.trees import CatBoostTrees, LightGbmTrees
from telco_churn.problem.answers import Predictions

DESCRIPTION = "model.json"
FEATURES = "features"
MEMBERS = "members"
KINDS: dict[str, type[Member]] = {
    "linear": Linear,
    "lightgbm": LightGbmTrees,
    "catboost": CatBoostTrees,
}


def make(kind: str, parameters: dict[str, Any], seed: int, threads: int) -> Member:
    """A new, unfitted member of that kind."""
    return KINDS[kind](parameters, seed, threads)


def blend(predictions: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """Weighted mean of the members' predictions; weights sum to 1."""
    mixed = np.zeros_like(predictions[0])
    for prediction, weight in zip(predictions, weights, strict=True):
        mixed += weight * prediction
    return mixed


@dataclass(frozen=True)
class WeightedMember:
    """A fitted member and its share in the blend."""

    name: str
    kind: str
    weight: float
    member: Member


@dataclass(frozen=True)
class Model:
    """A fitted pipeline and the members that read it."""

    pipeline: FeaturePipeline
    members: tuple[WeightedMember, ...]
    calibration: Calibration
    trained_rows: int
    data_digest: str
    version: str = "unregistered"

    def predict(self, columns: Columns) -> Predictions:
        """Predict rows given as raw columns (`columns.from_frame` or `columns.from_records`)."""
        predicted = self.calibration.apply(self.blended(columns))
        return Predictions.of(predicted)

    def blended(self, columns: Columns) -> np.ndarray:
        """The members' weighted mean before calibration."""
        linear = any(weighted.kind == "linear" for weighted in self.members)
        matrix = self.pipeline.transform(columns, sparse=linear)  # trees don't need the costlier sparse half
        predictions = [weighted.member.predict(matrix) for weighted in self.members]
        return blend(predictions, [weighted.weight for weighted in self.members])

    def predict_frame(self, frame: pd.DataFrame) -> Predictions:
        """Predict the rows of a typed frame (`ingest.read_rows`, `ingest.type_records`)."""
        return self.predict(from_frame(frame))

    def save(self, folder: Path) -> None:
        """Write everything that `load` needs into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self.pipeline.save(folder / FEATURES)
        for weighted in self.members:
            place = folder / MEMBERS / weighted.name
            place.mkdir(parents=True, exist_ok=True)
            weighted.member.save(place)
        description = {
            "version": self.version,
            "trained_rows": self.trained_rows,
            "data_digest": self.data_digest,
            "features_version": self.pipeline.version,
            "members": [{"name": one.name, "kind": one.kind, "weight": one.weight} for one in self.members],
            "calibration": self.calibration.as_json(),
        }
        (folder / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; BadInput when the folder holds no model."""
        try:
            description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BadInput(f"{folder} holds no model: run train and promote first") from None
        threads = settings().threads
        members = tuple(
            WeightedMember(
                one["name"],
                one["kind"],
                one["weight"],
                KINDS[one["kind"]].load(folder / MEMBERS / one["name"], threads),
            )
            for one in description["members"]
        )
        return cls(
            pipeline=FeaturePipeline.load(folder / FEATURES),
            members=members,
            calibration=Calibration(**description["calibration"]),
            trained_rows=description["trained_rows"],
            data_digest=description["data_digest"],
            version=description["version"],
        )
