"""What this machine can do, found by trying it."""

from __future__ import annotations

import json
import shutil
import sys

import typer

from agent_graph.backends import Backend
from agent_graph.cli.fetch import reader_state
from agent_graph.errors import AgentGraphError
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


def examine(*, as_json: bool) -> int:
    """Print what was found; 0 when a project can be made and proven here, 3 when not."""
    folder = str(sys.executable).rsplit("/", 1)[0]
    tools = {name: shutil.which(name, path=folder) or shutil.which(name) for name in TOOLS}
    chosen = settings().sandbox
    cells = {backend: _tried(backend) for backend in CELLS}
    there = {name: "found" if path else "missing" for name, path in tools.items()}
    if tools["docker"] and cells["docker"] != READY:  # a client whose engine runs nothing
        tools["docker"], there["docker"] = None, "unavailable"
    sandbox = cells.get(chosen, "none: generated code runs with your own rights")
    holds = describe(settings().sandbox_binary) if chosen == "bwrap" and sandbox == READY else {}
    able = chosen == "none" or sandbox == READY
    able = able and all(tools[name] for name in NEEDED)
    if as_json:
        found = {"able": able, "chosen": chosen, "sandbox": sandbox, "cells": cells, "holds": holds, "tools": tools}
        found["reader"] = reader_state()
        typer.echo(json.dumps(found, indent=1, default=str))
        return 0 if able else 3
    typer.echo(f"sandbox      {chosen}, {sandbox}" if chosen in cells else f"sandbox      {sandbox}")
    for control, way in holds.items():
        typer.echo(f"  {control:<14}{way}")
    for backend, answer in cells.items():
        if backend != chosen:
            typer.echo(f"  or {backend:<11}{answer}")
    for name, use in TOOLS.items():
        typer.echo(f"{name:<13}{there[name]}: {use}")
    typer.echo(f"reader       {reader_state()}")
    typer.echo("This machine can make and prove projects." if able else "This machine can't prove projects yet.")
    return 0 if able else 3


def _tried(backend: Backend) -> str:
    try:
        available(backend, settings().sandbox_binary if backend == settings().sandbox else None)
    except AgentGraphError as error:
        return str(error)
    return READY
