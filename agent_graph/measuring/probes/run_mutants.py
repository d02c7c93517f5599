"""Tries planted faults, each in a fork of this process: `run_mutants.py FOLDER LINES.json WANTED SIDE_BY_SIDE`.

One line of JSON a fault that a quick test reaches, in the order of their numbers, until WANTED were tried; number -1 is
the control, a test of each without any fault. `code` is pytest's own, or "timeout".
"""

import ast
import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from _pytest.config import default_plugins

CONTROL = -1
PATIENCE_S = 12.0  # quick tests take a second; a fault that makes them hang is noticed
UNNEEDED = ("cacheprovider", "unraisableexception", "threadexception", "faulthandler", "junitxml", "pastebin")
LEAN = ("-x", "-q", "--tb=native", *(word for name in UNNEEDED for word in ("-p", f"no:{name}")))


class Planted(importlib.machinery.SourceFileLoader):
    """Loads a module from other source text; its name and `__file__` stay."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._planted = source

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self._planted, self.path, "exec", dont_inherit=True)
        return code


class Planter(importlib.abc.MetaPathFinder):
    """Finds one module before anybody else does."""

    def __init__(self, name: str, path: str, source: str) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        loader = Planted(fullname, self._path, self._source)
        return importlib.machinery.ModuleSpec(fullname, loader, origin=self._path)


class Only:
    """Keeps the wanted tests of the collected ones."""

    def __init__(self, wanted: set[str]) -> None:
        self._wanted = wanted

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._wanted]


@dataclass(frozen=True)
class Trial:
    """One fault and the tests that run its line; no folder for the control."""

    number: int
    folder: Path | None
    path: str
    tests: tuple[str, ...]


def trials(home: Path, lines: dict[str, dict[str, list[str]]], wanted: int) -> list[Trial]:
    """The control, which runs a test of each other, then the first faults that are reached."""
    found: list[Trial] = []
    for folder in sorted(home.iterdir(), key=lambda path: int(path.name)):
        fault: dict[str, Any] = json.loads((folder / "mutant.json").read_text())
        tests = lines.get(fault["path"], {}).get(str(fault["line"]), [])
        if tests and len(found) < wanted:
            found.append(Trial(int(folder.name), folder, fault["path"], tuple(tests)))
    every = tuple(sorted({trial.tests[0] for trial in found}))
    return [Trial(CONTROL, None, "", every), *found] if found else []


def libraries(root: Path) -> set[str]:
    """Every module that the project's code or tests import, anywhere in a file, but its own."""
    files = [path for folder in ("src", "tests") for path in sorted((root / folder).rglob("*.py"))]
    own = {path.stem for path in files} | {path.name for path in (root / "src").iterdir()}
    named: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                named.add(node.module)
    return {name for name in named if name.partition(".")[0] not in own}


def warm(root: Path) -> None:
    """Import once, here, what each fork would import again: libraries and pytest's plugins, nothing of the project."""
    for name in (*sorted(libraries(root)), *(f"_pytest.{plugin}" for plugin in default_plugins)):
        try:
            importlib.import_module(name)
        except Exception as problem:  # what is wrong with it shows itself in the tests
            sys.stderr.write(f"{name} was not loaded: {problem!r}\n")
    gc.collect()
    gc.freeze()  # what the forks share stays shared


def attempt(trial: Trial) -> int:
    """In the fork: plant, test, pytest's exit code."""
    silence = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    if trial.folder is not None:
        name = trial.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        planted = (trial.folder / "module.py").read_text(encoding="utf-8")
        sys.meta_path.insert(0, Planter(name, str(Path.cwd() / trial.path), planted))
    files = sorted({test.split("::")[0] for test in trial.tests})
    scratch = f"--basetemp=/tmp/fault{trial.number}"  # the cell's own /tmp; one for each, for two run at once
    return int(pytest.main([*LEAN, scratch, *files], plugins=[Only(set(trial.tests))]))


def start(trial: Trial) -> int:
    """Fork; the child never returns."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.setsid()
        code = attempt(trial)
    finally:
        os._exit(code)


def run(waiting: list[Trial], side_by_side: int) -> None:
    """Keep `side_by_side` forks busy, end those that hang, say how each ended."""
    running: dict[int, tuple[Trial, float]] = {}
    while waiting or running:
        while waiting and len(running) < side_by_side:
            trial = waiting.pop(0)
            running[start(trial)] = (trial, time.monotonic())
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended in running:
            trial, since = running.pop(ended)
            say(trial, os.waitstatus_to_exitcode(status), time.monotonic() - since)
        for child, (trial, since) in list(running.items()):
            if time.monotonic() - since > PATIENCE_S and trial.number != CONTROL:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                del running[child]
                say(trial, "timeout", time.monotonic() - since)
        time.sleep(0.01)


def say(trial: Trial, code: int | str, seconds: float) -> None:
    """One line for the host."""
    print(json.dumps({"number": trial.number, "code": code, "seconds": round(seconds, 3)}), flush=True)


def main() -> int:
    """Read what runs where, then try."""
    home, lines, wanted, side_by_side = sys.argv[1:]
    warm(Path.cwd())
    run(trials(Path(home), json.loads(Path(lines).read_text()), int(wanted)), int(side_by_side))
    return 0


if __name__ == "__main__":
    sys.exit(main())
