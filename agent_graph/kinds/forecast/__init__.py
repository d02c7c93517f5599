"""How a series goes on."""

from agent_graph.kind import Kind
from agent_graph.kinds.forecast.asking import asked

KIND = Kind(
    name="forecast",
    line="the next values of a series in time",
    many="forecasts of series",
    truth="series",
    numeric=True,
    asked=asked,
    built=False,
    remedy="add the past values that are known by then as columns, and add --task regression or --task count",
)
