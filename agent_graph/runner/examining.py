"""What this machine can do, found by trying it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from agent_graph.artifacts import Artifact
from agent_graph.backends import Backend
from agent_graph.errors import AgentGraphError
from agent_graph.runner.fetching import reader_state
from agent_graph.sandbox import available, describe
from agent_graph.settings import settings

TOOLS = {
    "git": "the project's history (needed)",
    "uv": "installs a project's dependencies (needed)",
    "ruff": "formats and lints the code (needed)",
    "hadolint": "checks Dockerfiles",
    "actionlint": "checks workflows",
    "shellcheck": "checks shell scripts",
    "promtool": "runs the unit tests of alert rules",
    "amtool": "checks alert routes",
    "docker": "builds images",
}
NEEDED = ("git", "uv", "ruff")
READY = "ready"
CELLS: tuple[Backend, ...] = ("bwrap", "docker", "podman")


class Machine(Artifact):
    """What was found, as `doctor --json` prints it."""

    able: bool  # a project can be made and proven here
    chosen: str  # the sandbox that was chosen
    sandbox: str  # "ready", or why it isn't
    cells: Mapping[str, str]  # the same of every sandbox
    holds: Mapping[str, str]  # control -> how the chosen sandbox keeps it
    tools: Mapping[str, str | None]  # where each lies; None where it is missing or can't be used
    reader: str

    def tool(self, name: str) -> str:
        """Whether a tool is there: found, missing, or there and of no use."""
        if self.tools[name]:
            return "found"
        return "unavailable" if name == "docker" and _path(name) else "missing"


def machine() -> Machine:
    """Sandbox, package installer, validators, reader: what is here and works."""
    tools = {name: _path(name) for name in TOOLS}
    chosen = settings().sandbox
    cells = {backend: _tried(backend) for backend in CELLS}
    if cells["docker"] != READY:  # a client whose engine runs nothing
        tools["docker"] = None
    sandbox = cells.get(chosen, "none: generated code runs with your own rights")
    able = (chosen == "none" or sandbox == READY) and all(tools[name] for name in NEEDED)
    return Machine(
        able=able,
        chosen=chosen,
        sandbox=sandbox,
        cells={str(backend): said for backend, said in cells.items()},
        holds=_holds() if chosen == "bwrap" and sandbox == READY else {},
        tools=tools,
        reader=reader_state(),
    )


def _path(name: str) -> str | None:
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def _holds() -> dict[str, str]:
    return {control: str(way) for control, way in describe(settings().sandbox_binary).items()}


def _tried(backend: Backend) -> str:
    try:
        available(backend, settings().sandbox_binary if backend == settings().sandbox else None)
    except AgentGraphError as error:
        return str(error)
    return READY
