"""Which rows belong together."""

from agent_graph.kind import Kind

KIND = Kind(
    name="clustering",
    many="clusters without an answer to learn from",
    truth="none",
    built=False,
)
