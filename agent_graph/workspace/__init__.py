"""The generated repository on disk: agents commit on a branch of their own, which is merged beside the user's edits."""

from agent_graph.workspace.differences import FileDiff
from agent_graph.workspace.files import copy_linked, land, remove, write_atomic
from agent_graph.workspace.git import RELEASE
from agent_graph.workspace.project import Workspace

__all__ = ["RELEASE", "FileDiff", "Workspace", "copy_linked", "land", "remove", "write_atomic"]
