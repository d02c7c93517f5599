"""What an answer is: a share of each class, and the likeliest of them. `predicted` is always (n, classes) shares."""

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from telco_churn.problem.labels import CLASSES, decode

TENTHS = 10  # parts of the rows, by what was said, that calibration is measured on
LIGHTGBM: dict[str, Any] = {"objective": "binary"}
CATBOOST: dict[str, Any] = {"loss_function": "Logloss"}
CATBOOST_GIVES = "Probability"
Answer = dict[str, Any]  # to one row, as a service gives it: `prediction`, `probabilities` by class


class Prior(BaseModel):
    """The answer that is given when no model can give one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prediction: str
    probabilities: dict[str, Annotated[float, Field(ge=0, le=1)]]


@dataclass(frozen=True)
class Predictions:
    """Answers to n rows, in their order."""

    values: np.ndarray  # (n,) class, as text
    predicted: np.ndarray  # (n, classes) shares, in the order of labels.CLASSES

    @classmethod
    def of(cls, predicted: np.ndarray) -> Self:
        """The likeliest class of each row, beside its shares."""
        return cls(decode(predicted.argmax(axis=1)), predicted)

    def columns(self) -> dict[str, np.ndarray]:
        """The columns of a predictions file: `prediction`, `p_0` … by class."""
        shares = {f"p_{k}": self.predicted[:, k] for k in range(self.predicted.shape[1])}
        return {"prediction": self.values, **shares}

    def answers(self) -> list[Answer]:
        """One for each row."""
        return [
            {"prediction": str(label), "probabilities": dict(zip(CLASSES, row, strict=True))}
            for label, row in zip(self.values.tolist(), self.predicted.tolist(), strict=True)
        ]


def read(table: pd.DataFrame) -> np.ndarray:
    """What was predicted, of the columns of a predictions file."""
    return table[[f"p_{k}" for k in range(len(CLASSES))]].to_numpy(dtype=np.float64)


def dummy(y_train: np.ndarray, rows: int) -> np.ndarray:
    """The same answer for every row, which any model must beat: each class's share."""
    shares = (np.bincount(y_train, minlength=len(CLASSES)) + 1e-9) / (len(y_train) + 1e-9 * len(CLASSES))
    return np.tile(shares, (rows, 1))


def value_of(answer: Answer) -> float:
    """The number of an answer whose histogram is kept: the probability of the positive class."""
    return float(answer["probabilities"][CLASSES[1]])


def watched(predicted: np.ndarray) -> np.ndarray:
    """The side of an answer whose drift is watched: (n,) probability of the positive class."""
    return np.asarray(predicted[:, 1])


def strength(predicted: np.ndarray) -> np.ndarray:
    """What rows are put in order by, the highest first: (n,) probability of the positive class."""
    return np.asarray(predicted[:, 1])


def said_and_came(truth: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What was said and what came, (n,) each: the probability of the positive class, and 1 where it is the true one."""
    return strength(predicted), truth.astype(np.float64)


def honesty(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Mean distance between predicted and observed share, over tenths of the rows (Naeini et al. 2015); 0 is right."""
    said, came = said_and_came(truth, predicted)
    parts = np.array_split(np.argsort(said, kind="stable"), min(TENTHS, len(said)))
    gaps = [abs(float(said[rows].mean()) - float(came[rows].mean())) * len(rows) for rows in parts]
    return {"expected_calibration_error": sum(gaps) / len(truth)}
