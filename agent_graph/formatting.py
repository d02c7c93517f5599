"""Rendered Python as a formatter would leave it: ruff on text, so that templates need not fight over spacing."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from uv import find_uv_bin

from agent_graph.errors import AgentGraphError

LINE_LENGTH = 120


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    """The same files with Python formatted and imports sorted; a file that doesn't parse is left as it is."""
    python = {name: text for name, text in files.items() if name.endswith(".py")}
    if not python:
        return dict(files)
    with tempfile.TemporaryDirectory(prefix="format-") as folder:
        root = Path(folder)
        for name, text in python.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        for command in (["check", "--select", "I,F401", "--fix", "--exit-zero"], ["format"]):
            _ruff(
                [
                    *command,
                    "--isolated",
                    "--no-cache",
                    "--quiet",
                    f"--line-length={LINE_LENGTH}",
                    "--config",
                    f"lint.isort.known-first-party = {_packages(python)}",
                    ".",
                ],
                root,
            )
        return {**files, **{name: (root / name).read_text(encoding="utf-8") for name in python}}


def _packages(files: Mapping[str, str]) -> list[str]:
    """Packages of the project, also where only some of their modules are at hand."""
    return sorted({parts[1] for name in files if len(parts := name.split("/")) > 2 and parts[0] == "src"})


def _ruff(arguments: list[str], root: Path) -> None:
    binary = Path(find_uv_bin()).with_name("ruff")
    done = subprocess.run([binary, *arguments], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    # ruff format answers 2 for a file that doesn't parse, which the gate will tell its owner
    if done.returncode not in (0, 2):
        raise AgentGraphError(f"ruff failed: {done.stderr.strip()[:300]}")
