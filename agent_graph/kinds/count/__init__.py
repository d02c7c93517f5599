"""How many: whole numbers from 0 on."""

from pathlib import Path

from agent_graph.kind import Kind, Watching
from agent_graph.kinds.count.asking import COLUMN
from agent_graph.kinds.count.judging import judged
from agent_graph.kinds.count.learning import PLAIN, TRAINING
from agent_graph.kinds.shapes import number

WATCHING = Watching(
    name="expected_total_per_thousand",
    kpi="total_prediction",
    why="totals over many rows are what capacity is planned by",
    kpis=("mean_prediction", "total_prediction"),
    value="predicted value",
    shift="deviations",
)
KIND = Kind(
    name="count",
    line="a number of things that happen, when asked as a number,",
    many="questions of how many",
    numeric=True,
    column=COLUMN,
    folder=Path(__file__).parent,
    shape=number.SHAPE,
    plain=PLAIN,
    calibration=number.calibration(always=True),
    training=TRAINING,
    watching=WATCHING,
    effect="error",
    bins=number.bins,
    counts=True,
    metrics=(number.POISSON_DEVIANCE, number.RMSE, number.MAE, number.RMSLE, number.R2),
    judged=judged,
    beside=(number.MAPE,),
)
