"""How shares of two classes are judged: by those of the second."""

from __future__ import annotations

import numpy as np

from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import Claim, Numbers, Truth
from agent_graph.kinds.shapes import shares
from agent_graph.kinds.shapes.shares import positions, pr_auc, roc_auc


def _roc_auc(truth: Truth, answer: Numbers) -> float:
    from sklearn.metrics import roc_auc_score  # a second to import, and most refusals come before

    return float(roc_auc_score(positions(truth), answer[:, 1]))


def _pr_auc(truth: Truth, answer: Numbers) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(positions(truth), answer[:, 1]))


ROC_AUC, PR_AUC = roc_auc(_roc_auc), pr_auc(_pr_auc)


def judged(text: str, column: ColumnProfile) -> Claim:
    """By the order of the rows."""
    return Claim("roc_auc", 0.8, "two classes: how well those looked for are ranked before the others")


def _calibration_error(truth: Truth, answer: Numbers) -> float:
    """Whether the share of the second class is how often it comes."""
    return shares.calibration_error(answer[:, 1], positions(truth) == 1)


def bins(truth: Truth, answer: Numbers) -> tuple[Numbers, Numbers]:
    """The share of the second class beside whether it came."""
    return answer[:, 1], (positions(truth) == 1).astype(np.float64)


CALIBRATION = shares.calibration(
    _calibration_error,
    "platt",
    "two numbers fitted on out-of-fold predictions turn blended scores into honest probabilities",
)
