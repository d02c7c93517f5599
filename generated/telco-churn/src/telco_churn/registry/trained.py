"""What a version was trained on, kept in its own folder: monitoring asks whichever version is the champion."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pandas as pd

from telco_churn.config import settings
from telco_churn.data.ingest import BATCH
from telco_churn.errors import BadInput

OUT_OF_FOLD, FACTS = "oof.csv", "trained.json"


@dataclass(frozen=True)
class Trained:
    """When a version was trained, and the batches of the processed layer that it has seen."""

    at: str  # ISO 8601, UTC
    batches: list[str]

    @classmethod
    def of(cls, version: str) -> Self:
        """The facts of a registered version; BadInput when its folder has none."""
        return cls(**json.loads(_kept(version, FACTS).read_text(encoding="utf-8")))


def remember(folder: Path, frame: pd.DataFrame, predicted: pd.DataFrame) -> None:
    """Keep with a saved model what it was trained on (`frame`) and its out-of-fold predictions (`oof.to_frame`)."""
    facts = Trained(datetime.now(UTC).isoformat(timespec="seconds"), sorted(set(frame[BATCH].astype(str))))
    (folder / FACTS).write_text(json.dumps(asdict(facts), indent=2) + "\n", encoding="utf-8")
    predicted.to_csv(folder / OUT_OF_FOLD, index=False)


def out_of_fold_file(version: str) -> Path:
    """Predictions of a version's training rows by members that hadn't seen them; BadInput when they weren't kept."""
    return _kept(version, OUT_OF_FOLD)


def _kept(version: str, name: str) -> Path:
    path = settings().models_dir / version / name
    if not path.is_file():
        raise BadInput(
            f"{path} is missing, so nobody knows what version {version} was trained on: train and promote anew"
        )
    return path
