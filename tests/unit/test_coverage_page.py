"""Every check that docs/coverage.md names was measured in the committed example, and every file it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from agent_graph.artifacts import ExecutionReport

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "generated" / "telco-churn"


def test_every_name_on_the_coverage_page_is_a_check_of_the_example_or_a_file() -> None:
    report = (EXAMPLE / "reports" / "execution_report.json").read_text("utf-8")
    measured = {check.name for check in ExecutionReport.model_validate_json(report).checks}
    page = (ROOT / "docs" / "coverage.md").read_text("utf-8")
    rows = [line.split("|")[-2] for line in page.splitlines() if line.startswith("|")]
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    files = [name for name in names if "/" in name or "." in name]
    checks = [name for name in names if name not in files and "_" in name]
    assert len(checks) > 50
    assert not [name for name in checks if name not in measured]
    assert not [name for name in files if not (ROOT / name).exists() and not (EXAMPLE / name).exists()]
