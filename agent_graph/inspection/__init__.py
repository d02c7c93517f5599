"""Code that a role wrote, looked at before it is rendered: read as text and tree, never imported, never run.

This is the first fence and no wall: it turns away what is plainly wrong in words that a model can use, so that no gate
is spent on it. Python can't be held by reading it. What keeps code from harm is the cell that it runs in.
"""

from agent_graph.inspection.functions import columns, functions
from agent_graph.inspection.modules import edits, tests
from agent_graph.inspection.naming import few
from agent_graph.inspection.reading import prose

__all__ = ["columns", "edits", "few", "functions", "prose", "tests"]
