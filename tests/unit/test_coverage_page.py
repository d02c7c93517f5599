"""docs/coverage.md is made of what checks say; each that it names was measured in the example, each file is there."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent_graph import register
from agent_graph.artifacts import ExecutionReport
from agent_graph.role import CheckLine
from evals import coverage

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "generated" / "telco-churn"


def test_every_name_on_the_coverage_page_is_a_check_of_the_example_or_a_file() -> None:
    report = (EXAMPLE / "reports" / "execution_report.json").read_text("utf-8")
    measured = {check.name for check in ExecutionReport.model_validate_json(report).checks}
    kept = (*register.choices().values(), *register.options().values())  # of which the example has the defaults
    measured |= {name for each in kept for name in each.checks}
    page = (ROOT / "docs" / "coverage.md").read_text("utf-8")
    rows = [line.split("|")[-2] for line in page.splitlines() if line.startswith("|")]
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    files = [name for name in names if "/" in name or "." in name]
    checks = [name for name in names if name not in files and "_" in name]
    assert len(checks) > 50
    assert not [name for name in checks if name not in measured]
    assert not [name for name in files if not (ROOT / name).exists() and not (EXAMPLE / name).exists()]


def test_the_page_is_what_the_folders_say() -> None:
    assert coverage.PAGE.read_text("utf-8") == coverage.page(), "run `make coverage` and read the difference"


def test_a_check_of_a_row_that_the_mission_does_not_have_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stray = SimpleNamespace(checks={"files_counted": CheckLine("files are counted", ("Z9",))})
    monkeypatch.setattr(coverage, "ROLES", (*coverage.ROLES, stray))
    with pytest.raises(ValueError, match="Z9"):
        coverage.page()
