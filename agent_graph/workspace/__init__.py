"""The generated repository on disk: agents commit on a branch of their own, which is merged beside the user's edits."""

from agent_graph.workspace.differences import FileDiff
from agent_graph.workspace.files import PREDICTED, copy_linked, land, land_predictions, remove, write_atomic
from agent_graph.workspace.git import RELEASE, RELEASE_OWNER
from agent_graph.workspace.project import Workspace

__all__ = [
    "PREDICTED",
    "RELEASE",
    "RELEASE_OWNER",
    "FileDiff",
    "Workspace",
    "copy_linked",
    "land",
    "land_predictions",
    "remove",
    "write_atomic",
]
