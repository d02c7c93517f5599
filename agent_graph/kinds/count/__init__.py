"""How many: whole numbers from 0 on."""

from agent_graph.kind import Kind
from agent_graph.kinds.count.judging import judged
from agent_graph.kinds.count.plain import PLAIN
from agent_graph.kinds.shapes import number

KIND = Kind(
    name="count",
    many="questions of how many",
    numeric=True,
    shape=number.SHAPE,
    plain=PLAIN,
    calibration_error=number.calibration_error,
    bins=number.bins,
    counts=True,
    metrics=(number.POISSON_DEVIANCE, number.RMSE, number.MAE, number.RMSLE, number.R2),
    judged=judged,
    beside=(number.MAPE,),
)
