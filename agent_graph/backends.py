"""The kinds of cell in which generated code can run; light, for the command line's help."""

from typing import Literal

Backend = Literal["bwrap", "docker", "podman", "none"]  # none: with the user's own rights
