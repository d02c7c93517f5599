"""How much: a number on a scale."""

from agent_graph.kind import Kind
from agent_graph.kinds.regression.judging import judged
from agent_graph.kinds.shapes import number

KIND = Kind(
    name="regression",
    many="questions of how much",
    numeric=True,
    metrics=(number.RMSE, number.MAE, number.R2, number.RMSLE, number.MAPE),
    judged=judged,
    beside=(number.POISSON_DEVIANCE,),
)
