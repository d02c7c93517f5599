"""What runs on this machine."""

from __future__ import annotations

import os
from pathlib import Path


def processes_with(token: str) -> list[str]:
    """Processes whose command line or environment holds the token, but this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if token.encode() in text and int(folder.name) != os.getpid():
            found.append(folder.name)
    return found
