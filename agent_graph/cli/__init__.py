"""Words in, path out: the terminal's door to the Python API. Nothing heavy is imported for `--help`."""

from agent_graph.cli.commands import main

__all__ = ["main"]
