"""Which rows are unusual."""

from agent_graph.kind import Kind

KIND = Kind(
    name="anomaly",
    many="searches for the unusual without an answer to learn from",
    truth="none",
    built=False,
)
