"""Which rows belong together."""

from agent_graph.kind import Kind

KIND = Kind(
    name="clustering",
    line="groups that nobody has named",
    many="clusters without an answer to learn from",
    truth="none",
    built=False,
)
