"""Answers that are one number a row: (n,), on the scale of the labels."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl

from agent_graph.artifacts.problem import Problem, Target
from agent_graph.artifacts.profile import ColumnProfile
from agent_graph.kind import Calibration, Claim, Honesty, Metric, Numbers, Shape, Signal, Truth, finite

RELATIVE = re.compile(
    r"(\d+\s*%|percent\w*|relative(ly)?|proportion\w*)[^.]{0,120}\b(as much|equally|same|off|error|wrong)"
    r"|\b\d+\s*% (off|out|wrong)"
    r"|count as much as|as bad as|relative error", re.IGNORECASE)  # fmt: skip
TYPICAL = re.compile(
    r"typical error|typically off|average(ly)? off|off by on average|on average.{0,30}\boff\b|(absolute"
    r"|median) error|mean absolute",
    re.IGNORECASE,
)
ERRORS = 2.0  # standard errors that count as chance
LEAST_MEAN = 1e-6  # a Poisson mean is above zero


def _not_negative(column: ColumnProfile) -> bool:
    return column.minimum is not None and column.minimum >= 0


def _positive(column: ColumnProfile) -> bool:
    return column.minimum is not None and column.minimum > 0


def numbers(truth: Truth) -> Numbers:
    """The true values."""
    return truth.astype(np.float64)


def _rmse(truth: Truth, answer: Numbers) -> float:
    return float(np.sqrt(((numbers(truth) - answer) ** 2).mean()))


def _rmsle(truth: Truth, answer: Numbers) -> float:
    return _rmse(np.log1p(numbers(truth)), np.log1p(np.maximum(answer, 0.0)))


def _mae(truth: Truth, answer: Numbers) -> float:
    return float(np.abs(numbers(truth) - answer).mean())


def _mape(truth: Truth, answer: Numbers) -> float:
    values = numbers(truth)
    known = values != 0
    return float(np.abs((values[known] - answer[known]) / values[known]).mean()) if known.any() else float("nan")


def _r2(truth: Truth, answer: Numbers) -> float:
    values = numbers(truth)
    spread = float(((values - values.mean()) ** 2).sum())
    return 1.0 - float(((values - answer) ** 2).sum()) / spread if spread > 0 else float("nan")


def _poisson_deviance(truth: Truth, answer: Numbers) -> float:
    from sklearn.metrics import mean_poisson_deviance  # a second to import, and most refusals come before

    return float(mean_poisson_deviance(numbers(truth), np.maximum(answer, LEAST_MEAN)))


RMSE = Metric("rmse", r"\brmse\b|root mean square", False, _rmse)
MAE = Metric("mae", r"\bmae\b", False, _mae, typical=True)
R2 = Metric("r2", r"\br2\b|r-squared|r²", True, _r2)
RMSLE = Metric("rmsle", r"\brmsle\b", False, _rmsle, _not_negative, typical=True)
MAPE = Metric("mape", r"\bmape\b", False, _mape, _positive, typical=True)
POISSON_DEVIANCE = Metric("poisson_deviance", r"\bpoisson deviance", False, _poisson_deviance)
OF_THE_TYPICAL = tuple(each.name for each in (RMSE, MAE, R2, RMSLE, MAPE, POISSON_DEVIANCE) if each.typical)


def told(text: str, column: ColumnProfile) -> Claim | None:
    """The metric that words of a statement mean without naming it: shares of the size, the typical error."""
    if RELATIVE.search(text) and (column.minimum or 0) >= 0:
        return Claim("rmsle", 0.95, "the statement weighs errors relative to the size")
    if TYPICAL.search(text):
        return Claim("mae", 0.9, "the statement speaks of the typical error")
    return None


def is_numeric(column: ColumnProfile) -> bool:
    """Whether the column holds numbers."""
    return column.storage in ("integer", "float")


def needs_numbers(column: ColumnProfile) -> str:
    """Why the column's values can't be answers; "" where they can."""
    if is_numeric(column):
        return ""
    held = f"texts like {column.levels[0].value[:40]!r}" if column.levels else f"what is stored as {column.storage}"
    return f"needs a numeric target, {column.name!r} holds {held}: choose another task or target"


def no_classes(column: ColumnProfile, wanted: str | None) -> tuple[str, ...]:
    """Numbers are no classes."""
    return ()


def _label(target: Target) -> pl.Expr:
    return pl.col(target.column).cast(pl.Float64).alias("label")


def _outputs(target: Target) -> list[pl.Expr]:
    return [_label(target).alias("y0")]


def _truth(labels: pl.Series, target: Target) -> Truth:
    return labels.cast(pl.Float64).to_numpy()


def _columns(target: Target) -> tuple[str, ...]:
    return ("prediction",)


def _read(table: pl.DataFrame, target: Target) -> Numbers:
    return finite(table, "prediction")


def _dummy(problem: Problem, truth: Truth, rows: int) -> Numbers:
    """A median for absolute errors, a mean of logarithms for theirs, else a mean."""
    values = numbers(truth)
    if problem.metric == "rmsle":
        return np.full(rows, np.expm1(np.log1p(values).mean()))
    return np.full(rows, float(np.median(values) if problem.metric in ("mae", "mape") else values.mean()))


def _ranked(target: Target, truth: Truth, predicted: Numbers) -> tuple[Truth, Numbers]:
    from scipy.stats import rankdata  # a second to import, and most refusals come before

    return rankdata(numbers(truth)), np.column_stack([rankdata(column) for column in predicted.T])


def _correlation(truth: Truth, ranks: Numbers) -> float:
    if np.ptp(ranks[:, 0]) == 0 or np.ptp(truth) == 0:
        return 0.0
    return float(np.corrcoef(numbers(truth), ranks[:, 0])[0, 1])


def calibration_error(truth: Truth, answer: Numbers) -> float:
    """How far the ratio of the totals is from 1."""
    total = float(numbers(truth).sum())
    return abs(float(answer.sum()) / total - 1.0) if total else float("nan")


def bins(truth: Truth, answer: Numbers) -> tuple[Numbers, Numbers]:
    """What was said beside what came."""
    return answer, numbers(truth)


def _totals(truth: Truth, answer: Numbers) -> Honesty:
    values = numbers(truth)
    spread = float((values - answer).std()) / len(values) ** 0.5  # of the mean truth around the mean answer
    chance = ERRORS * spread / max(abs(float(values.mean())), 1e-12)
    return Honesty("distance of predicted total over true total from 1", calibration_error(truth, answer), chance)


def _middle(truth: Truth, answer: Numbers) -> Honesty:
    values = numbers(truth)
    error = abs(float((values > answer).mean() + (values == answer).mean() / 2) - 0.5)
    return Honesty("distance of the share of truths above from one half", error, ERRORS * 0.5 / len(values) ** 0.5)


def calibration(*, always: bool) -> Calibration:
    """Totals are right; where the typical row counts and totals don't, as many truths lie above as below."""

    def measured(problem: Problem, truth: Truth, answer: Numbers) -> Honesty:
        typical = problem.metric in OF_THE_TYPICAL and not (always or problem.calibrated_totals)
        return _middle(truth, answer) if typical else _totals(truth, answer)

    return Calibration(
        calibration_error, measured, "scale", "totals matter: predictions must add up to what happens", always=always
    )


LOSSES = ("squared_error", "absolute_error", "poisson")
POISSON = ("poisson", "counts spread more where they are larger, as a Poisson variable does")
SHAPE = Shape(
    name="number", folder=Path(__file__).parent,
    label=_label, outputs=_outputs, truth=_truth, columns=_columns, read=_read, dummy=_dummy,
    signal=Signal("rank correlation", 0.08, _ranked, _correlation), strata=False,
)  # fmt: skip
