"""Fetching at the terminal: somebody agrees to the size, or has said so beforehand."""

from __future__ import annotations

import sys

import typer

from agent_graph import runner
from agent_graph.errors import BadInput


def fetch_reader(*, yes: bool) -> None:
    """Fetch the reader. BadInput where nobody agrees; MachineCannot, in one line, when it can't be had."""
    runner.fetch_reader(typer.echo, lambda size: yes or _agreed(size))


def _agreed(size: str) -> bool:
    if not sys.stdin.isatty():
        raise BadInput(f"to fetch {size} somebody has to agree: say --yes")
    return typer.confirm(f"Fetch {size}?")
