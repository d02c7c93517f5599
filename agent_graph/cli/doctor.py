"""What this machine can do, found by trying it."""

from __future__ import annotations

import json
import shutil
import sys

import typer

from agent_graph.errors import AgentGraphError
from agent_graph.sandbox import available, describe

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


def examine(*, as_json: bool) -> int:
    """Print what was found; 0 when a project can be made and proven here, 3 when not."""
    folder = str(sys.executable).rsplit("/", 1)[0]
    tools = {name: shutil.which(name, path=folder) or shutil.which(name) for name in TOOLS}
    try:
        available()
        sandbox, holds = "ready", describe()
    except AgentGraphError as error:
        sandbox, holds = str(error), {}
    able = sandbox == "ready" and all(tools[name] for name in NEEDED)
    if as_json:
        typer.echo(
            json.dumps({"able": able, "sandbox": sandbox, "holds": holds, "tools": tools}, indent=1, default=str)
        )
        return 0 if able else 3
    typer.echo(f"sandbox      {sandbox}")
    for control, way in holds.items():
        typer.echo(f"  {control:<11}{way}")
    for name, use in TOOLS.items():
        typer.echo(f"{name:<13}{'found' if tools[name] else 'missing'}: {use}")
    typer.echo("This machine can make and prove projects." if able else "This machine can't prove projects yet.")
    return 0 if able else 3
