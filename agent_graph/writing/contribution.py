"""The files that a role owns, made of its design: in memory, before anybody commits or measures them."""

from __future__ import annotations

from typing import Any

from agent_graph import register
from agent_graph.artifacts import Artifact, Stack
from agent_graph.role import Role
from agent_graph.state import BASIS_KEYS, RunState
from agent_graph.writing import rendering


def files_of(role: Role, state: RunState) -> dict[str, str]:
    """The role's files by their path in the project, not formatted yet; the skeleton belongs to its owner."""
    design: Artifact = state[role.writes]  # type: ignore[literal-required]
    skeleton = (rendering.own(rendering.SKELETON),) if role.name == rendering.SKELETON_OWNER else ()
    files: dict[str, str] = {}
    kind = register.kind_of(state["problem"])
    for folder in (*skeleton, *rendering.folders(role.name, state.get("stack", Stack()), kind)):
        files |= rendering.render(folder, render_context(state))
    return {**files, **role.more_files(design), **role.edits(design)}


def render_context(state: RunState) -> dict[str, Any]:
    """What templates may name: the settled question and the designs so far."""
    context: dict[str, Any] = {key: state[key] for key in BASIS_KEYS if key in state}  # type: ignore[literal-required]
    return {**context, "statement": state["specification"].statement}
