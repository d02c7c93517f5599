"""Resolve the whole lock anew: all that any project with options of ours can be installed with, in one environment.

Versions that are locked already stay where they still fit. Projects' own locks are cut from it (`writing/packages.py`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from agent_graph import register
from agent_graph.artifacts import Setting
from agent_graph.resources import resource
from agent_graph.writing.packages import ALWAYS, DEV, MEMBERS, WHOLE

OPTIONS = ("--generate-hashes", "--no-strip-extras", "--no-emit-index-url", "--python-version", "3.11", "--no-header")


def wanted() -> tuple[list[str], list[str]]:
    """What projects ask for when they run, and what only their tests and checks do, options with own locks aside."""
    brought = [option for option in register.options().values() if not option.origin and option.lock is None]
    members = [f"{name}{floor}" for name, floor in MEMBERS.items()]
    runtime = _lines((*ALWAYS, *(each for option in brought for each in option.packages)))
    return sorted({*members, *runtime}), _lines((*DEV, *(each for option in brought for each in option.dev_packages)))


def _lines(settings: Iterable[Setting]) -> list[str]:
    return sorted({f"{each.key}{each.value}" for each in settings})


def main() -> int:
    """Write the lock below its own first lines; the exit code is the resolver's."""
    lock = resource("templates") / WHOLE
    text = lock.read_text("utf-8")
    head = "".join(line for line in text.splitlines(keepends=True)[:2] if line.startswith("#"))
    runtime, dev = wanted()
    with tempfile.TemporaryDirectory() as folder:
        project = {"name": "whole", "version": "0", "requires-python": ">=3.11", "dependencies": runtime}
        lines = [f"{key} = {json.dumps(value)}" for key, value in project.items()]
        written = "\n".join(["[project]", *lines, "[project.optional-dependencies]", f"dev = {json.dumps(dev)}", ""])
        (Path(folder) / "pyproject.toml").write_text(written, "utf-8")
        (Path(folder) / "requirements.lock").write_text(text, "utf-8")
        uv = Path(sys.executable).with_name("uv")
        files = ("--all-extras", "pyproject.toml", "-o", "requirements.lock")
        done = subprocess.run([uv, "pip", "compile", "--quiet", *OPTIONS, *files], cwd=folder, check=False)
        if done.returncode == 0:
            made = (Path(folder) / "requirements.lock").read_text("utf-8")
            lock.write_text(head + made.replace("whole (pyproject.toml)", "pyproject.toml"), encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
