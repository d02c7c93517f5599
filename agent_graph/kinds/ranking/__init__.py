"""Which comes first within each group."""

from agent_graph.kind import Kind

KIND = Kind(
    name="ranking",
    line="which of several comes first within a group",
    many="rankings within groups",
    truth="order",
    built=False,
    remedy="name a column that says how good each row is, and add --task regression or --task binary",
)
