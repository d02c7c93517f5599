"""A person's note to one role: understood by rules as far as they reach, carried out, and checked on the design.

Each role has a table of the kinds of wishes (`tables`): how one is read from a clause, carried out on a design, and
looked up in any design. A clause counts as understood only when all its words are; what is left over is said.
"""

from agent_graph.feedback.answering import answered
from agent_graph.feedback.carrying import applied
from agent_graph.feedback.judging import account
from agent_graph.feedback.reading import understand

__all__ = ["account", "answered", "applied", "understand"]
