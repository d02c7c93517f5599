"""Words in, path out: the terminal's door to the Python API. Nothing heavy is imported for `--help`."""

from agent_graph.cli.entry import main

__all__ = ["main"]
