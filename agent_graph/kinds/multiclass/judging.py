"""How shares of several classes are judged: each class against the rest, then their mean."""

from __future__ import annotations

import numpy as np

from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import Claim, Numbers, Truth
from agent_graph.kinds.shapes import shares
from agent_graph.kinds.shapes.shares import positions, pr_auc, roc_auc


def _roc_auc(truth: Truth, answer: Numbers) -> float:
    from sklearn.metrics import roc_auc_score  # a second to import, and most refusals come before

    whole = answer / answer.sum(axis=1, keepdims=True)
    classes = np.arange(answer.shape[1])
    return float(roc_auc_score(positions(truth), whole, multi_class="ovr", labels=classes))


def _pr_auc(truth: Truth, answer: Numbers) -> float:
    from sklearn.metrics import average_precision_score

    places = positions(truth)
    return float(np.mean([average_precision_score(places == k, answer[:, k]) for k in range(answer.shape[1])]))


ROC_AUC, PR_AUC = roc_auc(_roc_auc), pr_auc(_pr_auc)


def judged(text: str, column: ColumnProfile) -> Claim:
    """By the probabilities."""
    return Claim("log_loss", 0.8, "several classes: how good the probabilities are")


def _calibration_error(truth: Truth, answer: Numbers) -> float:
    """Whether the share of the likeliest class is how often it is the true one."""
    return shares.calibration_error(answer.max(axis=1), answer.argmax(axis=1) == positions(truth))


def bins(truth: Truth, answer: Numbers) -> tuple[Numbers, Numbers]:
    """The share of every class beside whether it came, over all rows."""
    return answer.ravel(), np.eye(answer.shape[1])[positions(truth)].ravel()


CALIBRATION = shares.calibration(
    _calibration_error,
    "temperature",
    "one number for all classes: more would overfit the rare ones",
)
