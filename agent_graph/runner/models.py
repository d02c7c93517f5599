"""Which models work on a run, as a face names them."""

from agent_graph.design.asking import FLAGS, Asking
from agent_graph.llm import Patience

__all__ = ["FLAGS", "Asking", "Patience"]
