"""Which rows are unusual."""

from agent_graph.kind import Kind

KIND = Kind(
    name="anomaly",
    line="the unusual, with no column that marks it,",
    many="searches for the unusual without an answer to learn from",
    truth="none",
    built=False,
)
