"""The Python API: make a project, send one agent back, look at what came of it. A face is words around these."""

from agent_graph.runner.deciding import accept, revert
from agent_graph.runner.examining import TOOLS, Machine, machine
from agent_graph.runner.executing import Ask, Decide, Outcome
from agent_graph.runner.executing import request_of as request
from agent_graph.runner.fetching import fetch_reader
from agent_graph.runner.files import ProjectFile, text, tree
from agent_graph.runner.following import cancel, events, running
from agent_graph.runner.looking import Difference, diff, history, prompts, state
from agent_graph.runner.making import new
from agent_graph.runner.offering import offers
from agent_graph.runner.reading import commands, read, ways
from agent_graph.runner.records import Run, project, projects, report
from agent_graph.runner.revising import rerun, resume
from agent_graph.workspace.revisions import Revision

__all__ = [
    "TOOLS",
    "Ask",
    "Decide",
    "Difference",
    "Machine",
    "Outcome",
    "ProjectFile",
    "Revision",
    "Run",
    "accept",
    "cancel",
    "commands",
    "diff",
    "events",
    "fetch_reader",
    "history",
    "machine",
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
    "running",
    "state",
    "text",
    "tree",
    "ways",
]
