"""Runs a generated project's tests inside the cell: `run_tests.py OPTIONS.json-text`.

Our own plugin, not the project's report, says which test ran and how it ended; coverage is taken by test, so that a
planted fault can be given to just the tests that run its line. Writes <out>.json and <out>-lines.json.
"""

import json
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import coverage
import pytest

TESTS_PER_LINE = 12
QUICK_S = 0.3  # of processor time, with the shared fixtures that a test needs; faults aren't tried on slower ones


class Recorder:
    """How each test ended and how long it took; tests of commands that nobody has written yet are left out."""

    def __init__(self, cover: coverage.Coverage | None, absent: list[str]) -> None:
        self.cover = cover
        self.absent = set(absent)
        self.tests: dict[str, dict[str, Any]] = {}
        self.collection: list[str] = []
        self.left_out = 0
        self.alone: dict[str, float] = {}  # processor seconds of a test that is run by itself
        self._shared: dict[str, float] = {}  # of fixtures that serve several tests

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        kept = [item for item in items if _command(item) not in self.absent]
        self.left_out = len(items) - len(kept)
        items[:] = kept

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.collection.append(f"{report.nodeid}: {str(report.longrepr)[-600:]}")

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        before = time.process_time()
        made = yield
        if fixturedef.scope != "function":
            self._shared[fixturedef.argname] = time.process_time() - before
        return made

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        before = time.process_time()
        answer = yield
        needed = (self._shared.get(name, 0.0) for name in getattr(item, "fixturenames", ()))
        self.alone[item.nodeid] = time.process_time() - before + sum(needed)
        return answer

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.tests[nodeid] = {"id": nodeid, "outcome": "passed", "seconds": 0.0, "reason": ""}
        if self.cover is not None:
            self.cover.switch_context(nodeid)

    def pytest_runtest_logfinish(self) -> None:
        if self.cover is not None:
            self.cover.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self.tests[report.nodeid]
        test["seconds"] = round(test["seconds"] + report.duration, 3)
        if report.failed:
            test.update(outcome="failed", reason=f"{str(report.longrepr)[-600:]}\n{report.capstderr[-400:]}")
        elif report.skipped and test["outcome"] == "passed":
            where = report.longrepr
            test.update(outcome="skipped", reason=str(where[2] if isinstance(where, tuple) else where)[-200:])


def _command(item: pytest.Item) -> object:
    call = getattr(item, "callspec", None)
    return call.params.get("command") if call is not None else None


def lines_of(cover: coverage.Coverage, seconds: dict[str, float]) -> tuple[dict[str, list[int]], dict[str, Any]]:
    """Executed lines by file, and by line the quickest tests that ran it (lines run at import only have none)."""
    data, root = cover.get_data(), Path.cwd()
    executed: dict[str, list[int]] = {}
    tests: dict[str, dict[int, list[str]]] = {}
    for file in data.measured_files():
        name = Path(file).relative_to(root).as_posix()
        executed[name] = sorted(data.lines(file) or ())
        by_line = data.contexts_by_lineno(file)
        quick = {line: [t for t in ids if seconds.get(t, QUICK_S) < QUICK_S] for line, ids in by_line.items()}
        own = f"/test_{Path(name).stem}."  # the module's own tests first, then the quickest of others
        tests[name] = {
            line: sorted(ids, key=lambda t: (own not in t, seconds[t], t))[:TESTS_PER_LINE]
            for line, ids in quick.items()
        }
    return executed, tests


def main() -> int:
    """Run, record, and answer with pytest's own exit code."""
    options = json.loads(sys.argv[1])
    sys.dont_write_bytecode = False  # compiled once, here, for the forks of planted faults
    out = Path(options["out"])
    out.parent.mkdir(parents=True, exist_ok=True)
    cover = coverage.Coverage(source=options["cover"], data_file=None, config_file=False) if options["cover"] else None
    recorder = Recorder(cover, options["absent"])
    if cover is not None:
        cover.start()
    code = pytest.main([*options["arguments"], "-p", "no:cacheprovider"], plugins=[recorder])
    if cover is not None:
        cover.stop()
    tests = list(recorder.tests.values())
    executed, by_line = lines_of(cover, recorder.alone) if cover else ({}, {})
    facts = {"tests": tests, "collection": recorder.collection, "left_out": recorder.left_out, "executed": executed}
    out.with_suffix(".json").write_text(json.dumps(facts))
    out.with_name(out.stem + "-lines.json").write_text(json.dumps(by_line))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
