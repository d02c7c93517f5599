"""Resolve the whole lock anew: all that any project with options of ours can be installed with, in one environment.

Versions that are locked already stay where they still fit. Projects' own locks are cut from it (`writing/packages.py`).
`python -m evals.whole_lock own` resolves instead those of options that have an environment of their own.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from agent_graph import register
from agent_graph.artifacts import Setting
from agent_graph.resources import resource
from agent_graph.writing.packages import ALWAYS, DEV, ENTRY, MEMBERS, WHOLE

EXTRAS = re.compile(r"^([A-Za-z0-9._-]+)\[[^\]]*\]")
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
    runtime, dev = wanted()
    return _resolved(resource("templates") / WHOLE, "pyproject.toml", runtime, dev)


def own() -> int:
    """The same for each lock of an option's own, of what its `packages` name."""
    brought = [option for option in register.options().values() if not option.origin and option.lock is not None]
    code = 0
    for option in brought:
        lock = option.folder / "requirements.lock"
        code = _resolved(lock, f"{option.choice}={option.name}", _lines(option.packages)) or code
        lock.write_text(both_ways(lock.read_text("utf-8")), encoding="utf-8")
    return code


def both_ways(lock: str) -> str:
    """Each entry with extras a second time without: pip refuses a lock else when somebody asks for the bare package."""
    starts = [match.start() for match in ENTRY.finditer(lock)]
    pieces = [lock[start:end] for start, end in zip(starts, [*starts[1:], len(lock)], strict=True)]
    bare = [EXTRAS.sub(r"\1", piece, count=1) for piece in pieces]
    told = [each if each == piece else each + piece for each, piece in zip(bare, pieces, strict=True)]
    return lock[: starts[0]] + "".join(told)


def _resolved(lock: Path, asker: str, runtime: list[str], dev: Iterable[str] = ()) -> int:
    text = lock.read_text("utf-8")
    head = "".join(line for line in text.splitlines(keepends=True)[:2] if line.startswith("#"))
    with tempfile.TemporaryDirectory() as folder:
        project = {"name": "whole", "version": "0", "requires-python": ">=3.11", "dependencies": runtime}
        lines = [f"{key} = {json.dumps(value)}" for key, value in project.items()]
        extras = ["[project.optional-dependencies]", f"dev = {json.dumps(list(dev))}", ""]
        (Path(folder) / "pyproject.toml").write_text("\n".join(["[project]", *lines, *extras]), "utf-8")
        (Path(folder) / "requirements.lock").write_text(text, "utf-8")
        uv = Path(sys.executable).with_name("uv")
        files = ("--all-extras", "pyproject.toml", "-o", "requirements.lock")
        done = subprocess.run([uv, "pip", "compile", "--quiet", *OPTIONS, *files], cwd=folder, check=False)
        if done.returncode == 0:
            made = (Path(folder) / "requirements.lock").read_text("utf-8")
            lock.write_text(head + made.replace("whole (pyproject.toml)", asker), encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(own() if sys.argv[1:] == ["own"] else main())
