"""What is installed: the version, and where prompts, templates and probes lie, in the wheel or beside the package."""

from __future__ import annotations

from pathlib import Path

VERSION = "0.1.0"  # pyproject.toml says the same
_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The folder `name` ("templates", "prompts"); FileNotFoundError when the installation lacks it."""
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{name}/ is missing from this installation of agent-graph")
