"""Where generated code runs, chosen before the command: `agent-graph --sandbox podman new …`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from agent_graph.backends import Backend

VARIABLE = "AGENT_GRAPH_SANDBOX"


def choose_cell(
    sandbox: Annotated[
        Backend | None,
        typer.Option(help=f"bwrap (default), docker or podman; none: with your own rights. Or set {VARIABLE}"),
    ] = None,
) -> None:
    """Describe a machine-learning problem, point at the data, get a proven repository."""
    from pydantic import ValidationError

    from agent_graph.errors import BadInput
    from agent_graph.settings import settings

    if sandbox is not None:
        os.environ[VARIABLE] = sandbox
        settings.cache_clear()
    try:
        settings()
    except ValidationError as problem:
        wrong = problem.errors()[0]
        name = f"AGENT_GRAPH_{'_'.join(map(str, wrong['loc'])).upper()}"
        raise BadInput(f"{name}={wrong['input']!r} can't be used: {wrong['msg']}") from None
