"""Runs the tests that reach a planted fault: `run_mutant.py FOLDER LINES.json [control]`; the control has no fault.

Exit codes: 0 the tests didn't notice, 1 (or another of pytest's) they did, 90 no quick test reaches the line.
"""

import importlib.abc
import importlib.machinery
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

NOT_REACHED = 90


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


def wanted_by(fault: dict[str, Any], tests: dict[str, dict[str, list[str]]]) -> list[str]:
    """The tests that run the fault's line."""
    return tests.get(fault["path"], {}).get(str(fault["line"]), [])


def main() -> int:
    """Plant, test, answer."""
    home, tests = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    control = "control" in sys.argv[3:]
    faults = [
        json.loads((each / "mutant.json").read_text())
        for each in (sorted(home.parent.iterdir()) if control else [home])
    ]
    reached = [fault for fault in faults if wanted_by(fault, tests)]
    if not reached:
        return NOT_REACHED
    fault = reached[0]
    wanted = wanted_by(fault, tests)
    if not control:
        name = fault["path"].removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        planted = (home / "module.py").read_text(encoding="utf-8")
        path = str(Path.cwd() / fault["path"])
        sys.meta_path.insert(0, Planter(name, path, planted))
    files = sorted({test.split("::")[0] for test in wanted})
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files], plugins=[Only(set(wanted))]))


if __name__ == "__main__":
    sys.exit(main())
