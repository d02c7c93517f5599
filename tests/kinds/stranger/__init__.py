"""A kind of problem in a package of its own, as a stranger would write it: what part of something, from 0 to 1.

Its answers are numbers, so it brings no arithmetic of theirs; its metric, its plain model and what a project computes
of that metric are its own.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from agent_graph.kind import AnswerColumn, Claim, Kind, Metric, Plain, Training, Watching
from agent_graph.kinds.shapes import number


def _claim(column, said):  # type: ignore[no-untyped-def]
    held = number.is_numeric(column) and column.minimum >= 0 and column.maximum <= 1
    return Claim("part", 0.96, "numbers from 0 to 1") if held and "what part" in said.wish.lower() else None


def _asked(text, profile):  # type: ignore[no-untyped-def]
    return "what part" in text.lower()  # the weights of the reading were fitted without this kind


def _misfit(column):  # type: ignore[no-untyped-def]
    if number.is_numeric(column) and not (column.minimum >= 0 and column.maximum <= 1):
        return "needs numbers from 0 to 1: choose another"
    return number.needs_numbers(column)


def _smape(truth, answer):  # type: ignore[no-untyped-def]
    sizes = np.abs(number.numbers(truth)) + np.abs(answer)
    return float((2 * np.abs(number.numbers(truth) - answer) / np.maximum(sizes, 1e-9)).mean())


def _logits(values):  # type: ignore[no-untyped-def]
    held = np.clip(values, 0.01, 0.99)
    return np.log(held / (1 - held))


def _ridge(problem, fitted, truth, wanted):  # type: ignore[no-untyped-def]
    from sklearn.linear_model import Ridge

    said = Ridge(alpha=1.0).fit(fitted, _logits(number.numbers(truth))).predict(wanted)
    return 1 / (1 + np.exp(-said))


SMAPE = Metric("smape", r"\bsmape\b|symmetric percentage", False, _smape)
KIND = Kind(
    name="part",
    line="what part of it",
    many="questions of what part",
    numeric=True,
    asked=_asked,
    column=AnswerColumn((), _claim, _misfit, number.no_classes),
    folder=Path(__file__).parent,
    shape=number.SHAPE,
    plain=Plain("one-hot + ridge regression of logits", _ridge),
    calibration=replace(number.calibration(always=False), by="none"),
    training=Training(
        lambda metric: ("absolute_error", "parts are off by parts"),
        ("absolute_error", "squared_error"),
        penalty="alpha",
    ),
    watching=Watching(
        name="mean_part",
        kpi="mean_prediction",
        why="the mean part moves when the business or the model does",
        kpis=("mean_prediction",),
        shift="deviations",
        value="predicted part",
    ),
    bins=number.bins,
    metrics=(SMAPE, number.MAE),
    beside=(number.RMSE,),
    judged=lambda text, column: Claim("smape", 0.9, "parts are off by parts of themselves"),
)
