"""How long until something happens, with rows for which it has not happened yet."""

from agent_graph.kind import Kind
from agent_graph.kinds.survival.asking import asked

KIND = Kind(
    name="survival",
    line="how long until something happens, with rows that still wait (`target` and `event` are the column that says "
    "whether it happened, `duration` the one that says how long),",
    many="survival problems (how long until, with rows still waiting)",
    truth="duration",
    event=True,
    asked=asked,
    built=False,
    remedy="ask whether it happens within a fixed time, as a yes-or-no column, and add --task binary",
)
