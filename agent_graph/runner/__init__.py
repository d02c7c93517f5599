"""The Python API: make a project, send one agent back, look at what came of it. The CLI is words around these."""

from agent_graph.runner.deciding import accept, revert
from agent_graph.runner.executing import Ask, Decide, Outcome
from agent_graph.runner.executing import request_of as request
from agent_graph.runner.looking import Difference, diff, history, prompts, state
from agent_graph.runner.making import new
from agent_graph.runner.offering import offers
from agent_graph.runner.reading import commands, read, ways
from agent_graph.runner.records import Run, project, projects, report
from agent_graph.runner.revising import rerun, resume

__all__ = [
    "Ask",
    "Decide",
    "Difference",
    "Outcome",
    "Run",
    "accept",
    "commands",
    "diff",
    "history",
    "new",
    "offers",
    "project",
    "projects",
    "prompts",
    "read",
    "report",
    "request",
    "rerun",
    "resume",
    "revert",
    "state",
    "ways",
]
