"""Platt scaling: probabilities that mean what they say (Platt 1999)."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

SMALLEST = 1e-6  # probabilities are held this far from 0 and 1 before logarithms
SLICES = 40  # of the rows, in their order, each calibrated by the others
MOST_ROWS = 10_000  # that are sliced; of more, the blocks teach the same
FEWEST = 50  # rows of the rarer class; with fewer, two parameters would be noise


@dataclass(frozen=True)
class Calibration:
    """p → sigmoid(slope · logit(p) + shift) for the positive class."""

    slope: float = 1.0
    shift: float = 0.0

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Calibrated probabilities (n, 2)."""
        if self.slope == 1.0 and self.shift == 0.0:
            return probabilities
        positive = expit(self.slope * _logit(probabilities) + self.shift)
        return np.column_stack([1.0 - positive, positive])

    def as_json(self) -> dict[str, float]:
        """What `Calibration(**…)` takes."""
        return asdict(self)


def fit(truth: np.ndarray, predictions: np.ndarray, blocks: np.ndarray) -> Calibration:
    """The calibration that suits these predictions of rows the members haven't seen; none where it doesn't help.

    Learnt on one half of the blocks it has to lower the loss of the other, both ways together: of few rows, or of
    groups that are unlike each other, it would learn what doesn't come again.
    """
    places = np.unique(blocks, return_inverse=True)[1]
    half = (places if places.max(initial=0) else np.arange(len(truth))) % 2 == 0
    gain = 0.0
    for inside in (half, ~half):
        learnt = _fitted(truth[~inside], predictions[~inside])
        gain += _surprise(truth[inside], predictions[inside])
        gain -= _surprise(truth[inside], learnt.apply(predictions[inside]))
    return _fitted(truth, predictions) if gain > 0 else Calibration()


def _surprise(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Sum over the rows of the negative logarithm of what was said of the class that came."""
    said = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(said, SMALLEST, 1.0)).sum())


def _fitted(truth: np.ndarray, predictions: np.ndarray) -> Calibration:
    if np.bincount(truth, minlength=2).min() < FEWEST:
        return Calibration()
    line = LogisticRegression(C=1e3, solver="newton-cholesky").fit(_logit(predictions)[:, None], truth)
    slope = float(line.coef_[0, 0])
    if slope <= 0:  # chance: a calibration stretches answers, it doesn't turn their order round
        return Calibration()
    return Calibration(slope=slope, shift=float(line.intercept_[0]))


def _logit(probabilities: np.ndarray) -> np.ndarray:
    return np.asarray(logit(np.clip(probabilities[:, 1], SMALLEST, 1.0 - SMALLEST)))


def cross_fitted(truth: np.ndarray, predictions: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """Predictions as a calibration gives them that hasn't seen their truth; as they are where it doesn't help.

    They stand in the order in which they were given: the finished model has one calibration, which keeps it.
    """
    if fit(truth, predictions, blocks) == Calibration():
        return predictions
    return in_order(sliced(truth, predictions, blocks), predictions)


def sliced(truth: np.ndarray, predictions: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """Slice by slice calibrated with what the other rows teach: of many slices, since few blocks teach it so unlike."""
    calibrated = predictions.copy()
    slices = blocks if len(truth) > MOST_ROWS else np.arange(len(truth)) * SLICES // len(truth)
    for part in np.unique(slices):
        inside = slices == part
        calibrated[inside] = _fitted(truth[~inside], predictions[~inside]).apply(predictions[inside])
    return calibrated


def in_order(calibrated: np.ndarray, given: np.ndarray) -> np.ndarray:
    """The same probabilities, dealt out in the order of those given (Chernozhukov et al. 2010); ties get their mean."""
    order, values = np.argsort(given[:, 1], kind="stable"), np.sort(calibrated[:, 1])
    _, tie, counts = np.unique(given[order, 1], return_inverse=True, return_counts=True)
    positive = np.empty(len(given))
    positive[order] = (np.bincount(tie, weights=values) / counts)[tie]
    return np.column_stack([1.0 - positive, positive])
