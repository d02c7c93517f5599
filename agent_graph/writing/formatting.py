"""Rendered Python as a formatter would leave it: ruff on text, so that templates need not fight over spacing."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from uv import find_uv_bin

from agent_graph.errors import AgentGraphError

LINE_LENGTH = 120
# what generated projects are held to (the python-pro's playbook) and what they pass over
RULES = ("E", "F", "W", "I", "N", "UP", "B", "S", "SIM", "RUF", "C4", "PT")
IGNORED = ("N818", "RUF001", "RUF002", "RUF003")


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    """The same files with Python formatted and imports sorted; a file that doesn't parse is left as it is."""
    return {**files, **_formatted(tuple((name, text) for name, text in files.items() if name.endswith(".py")))}


@lru_cache(maxsize=8)  # the skeleton is laid anew at several gates
def _formatted(files: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    python = dict(files)
    if not python:
        return {}
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
        return {name: (root / name).read_text(encoding="utf-8") for name in python}


def _packages(files: Mapping[str, str]) -> list[str]:
    """Packages of the project, also where only some of their modules are at hand."""
    return sorted({parts[1] for name in files if len(parts := name.split("/")) > 2 and parts[0] == "src"})


def _ruff(arguments: list[str], root: Path) -> str:
    binary = Path(find_uv_bin()).with_name("ruff")
    done = subprocess.run([binary, *arguments], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    # ruff format answers 2 for a file that doesn't parse, which the gate will tell its owner
    if done.returncode not in (0, 2):
        raise AgentGraphError(f"ruff failed: {done.stderr.strip()[:300]}")
    return done.stdout


def complaints(files: Mapping[str, str]) -> list[str]:
    """What ruff finds in Python texts after `formatted`, by generated projects' rules: `file:line CODE words` each."""
    with tempfile.TemporaryDirectory(prefix="lint-") as folder:
        root = Path(folder)
        for name, text in formatted(files).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        isolated = ["--isolated", "--no-cache", "--quiet", "--output-format=json", f"--line-length={LINE_LENGTH}"]
        looked_for = [rule for rule in RULES if rule != "I"]  # the order of imports is made, not asked for
        rules = [f"--select={','.join(looked_for)}", f"--ignore={','.join(IGNORED)}", "--target-version=py311"]
        tests = ["--per-file-ignores=tests/**:S101", "--per-file-ignores=tests/**:S603"]
        found = json.loads(_ruff(["check", *isolated, *rules, *tests, "--exit-zero", "."], root) or "[]")
    return [
        f"{Path(each['filename']).relative_to(root.resolve()).as_posix()}:{each['location']['row']} "
        f"{each['code'] or 'syntax'} {each['message']}"
        for each in found
    ]
