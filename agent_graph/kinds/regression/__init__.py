"""How much: a number on a scale."""

from pathlib import Path

from agent_graph.kind import Kind, Watching
from agent_graph.kinds.regression.asking import COLUMN
from agent_graph.kinds.regression.judging import judged
from agent_graph.kinds.regression.learning import PLAIN, TRAINING
from agent_graph.kinds.shapes import number

WATCHING = Watching(
    name="mean_prediction",
    kpi="mean_prediction",
    why="the mean prediction moves when the business or the model does",
    kpis=("mean_prediction", "total_prediction"),
    value="predicted value",
    shift="deviations",
)
KIND = Kind(
    name="regression",
    line="an amount",
    many="questions of how much",
    numeric=True,
    column=COLUMN,
    folder=Path(__file__).parent,
    shape=number.SHAPE,
    plain=PLAIN,
    calibration=number.calibration(always=False),
    training=TRAINING,
    watching=WATCHING,
    effect="error",
    bins=number.bins,
    metrics=(number.RMSE, number.MAE, number.R2, number.RMSLE, number.MAPE),
    judged=judged,
    beside=(number.POISSON_DEVIANCE,),
)
