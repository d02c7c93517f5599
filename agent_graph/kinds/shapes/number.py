"""Answers that are one number a row: (n,), on the scale of the labels."""

from __future__ import annotations

import re

import numpy as np

from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import Claim, Metric, Numbers, Truth

RELATIVE = re.compile(
    r"(\d+\s*%|percent\w*|relative(ly)?|proportion\w*)[^.]{0,120}\b(as much|equally|same|off|error|wrong)"
    r"|\b\d+\s*% (off|out|wrong)"
    r"|count as much as|as bad as|relative error", re.IGNORECASE)  # fmt: skip
TYPICAL = re.compile(
    r"typical error|typically off|average(ly)? off|off by on average|on average.{0,30}\boff\b|(absolute"
    r"|median) error|mean absolute",
    re.IGNORECASE,
)
LEAST_MEAN = 1e-6  # a Poisson mean is above zero


def _not_negative(column: ColumnProfile) -> bool:
    return column.minimum is not None and column.minimum >= 0


def _positive(column: ColumnProfile) -> bool:
    return column.minimum is not None and column.minimum > 0


def _numbers(truth: Truth) -> Numbers:
    return truth.astype(np.float64)


def _rmse(truth: Truth, answer: Numbers) -> float:
    return float(np.sqrt(((_numbers(truth) - answer) ** 2).mean()))


def _rmsle(truth: Truth, answer: Numbers) -> float:
    return _rmse(np.log1p(_numbers(truth)), np.log1p(np.maximum(answer, 0.0)))


def _mae(truth: Truth, answer: Numbers) -> float:
    return float(np.abs(_numbers(truth) - answer).mean())


def _mape(truth: Truth, answer: Numbers) -> float:
    numbers = _numbers(truth)
    known = numbers != 0
    return float(np.abs((numbers[known] - answer[known]) / numbers[known]).mean()) if known.any() else float("nan")


def _r2(truth: Truth, answer: Numbers) -> float:
    numbers = _numbers(truth)
    spread = float(((numbers - numbers.mean()) ** 2).sum())
    return 1.0 - float(((numbers - answer) ** 2).sum()) / spread if spread > 0 else float("nan")


def _poisson_deviance(truth: Truth, answer: Numbers) -> float:
    from sklearn.metrics import mean_poisson_deviance  # a second to import, and most refusals come before

    return float(mean_poisson_deviance(_numbers(truth), np.maximum(answer, LEAST_MEAN)))


RMSE = Metric("rmse", r"\brmse\b|root mean square", False, _rmse)
MAE = Metric("mae", r"\bmae\b", False, _mae)
R2 = Metric("r2", r"\br2\b|r-squared|r²", True, _r2)
RMSLE = Metric("rmsle", r"\brmsle\b", False, _rmsle, _not_negative)
MAPE = Metric("mape", r"\bmape\b", False, _mape, _positive)
POISSON_DEVIANCE = Metric("poisson_deviance", r"\bpoisson deviance", False, _poisson_deviance)


def told(text: str, column: ColumnProfile) -> Claim | None:
    """The metric that words of a statement mean without naming it: shares of the size, the typical error."""
    if RELATIVE.search(text) and (column.minimum or 0) >= 0:
        return Claim("rmsle", 0.95, "the statement weighs errors relative to the size")
    if TYPICAL.search(text):
        return Claim("mae", 0.9, "the statement speaks of the typical error")
    return None
