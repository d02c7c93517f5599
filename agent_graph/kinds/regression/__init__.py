"""How much: a number on a scale."""

from agent_graph.kind import Kind
from agent_graph.kinds.regression.judging import judged
from agent_graph.kinds.regression.plain import PLAIN
from agent_graph.kinds.shapes import number

KIND = Kind(
    name="regression",
    many="questions of how much",
    numeric=True,
    shape=number.SHAPE,
    plain=PLAIN,
    calibration_error=number.calibration_error,
    bins=number.bins,
    metrics=(number.RMSE, number.MAE, number.R2, number.RMSLE, number.MAPE),
    judged=judged,
    beside=(number.POISSON_DEVIANCE,),
)
