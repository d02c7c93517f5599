"""Do probabilities mean what they say?"""

from typing import Any

import numpy as np

BINS = 10


def bins(truth: np.ndarray, predictions: np.ndarray) -> list[dict[str, Any]]:
    """Tenths of the rows by predicted probability: what was predicted, what happened."""
    said, happened = _pairs(truth, predictions)
    order = np.argsort(said, kind="stable")
    return [
        {"predicted": float(said[rows].mean()), "observed": float(happened[rows].mean()), "rows": len(rows)}
        for rows in np.array_split(order, min(BINS, len(order)))
    ]


def expected_calibration_error(truth: np.ndarray, predictions: np.ndarray) -> float:
    """Mean distance between predicted and observed share, over tenths of the rows (Naeini et al. 2015)."""
    found = bins(truth, predictions)
    return float(sum(abs(one["predicted"] - one["observed"]) * one["rows"] for one in found) / len(truth))


def _pairs(truth: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return predictions[:, 1], truth.astype(np.float64)
