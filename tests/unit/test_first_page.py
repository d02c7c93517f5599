"""The report begins with the answer and how good it is, and ends with the checks: failed and open ones first."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from agent_graph.artifacts import DecisionScore, Estimate, ExecutionReport, Importance, Ranked
from agent_graph.cli import screen
from agent_graph.reporting.publishing import pages

ROOT = Path(__file__).resolve().parents[2]
HALF = Estimate(value=0.5, low=0.4, high=0.6)
DECISION = DecisionScore(
    top_k=500,
    table_rows=7_043,
    rows=1_409,
    acted=100,
    rate=0.27,
    ways=(
        Ranked(kind="project", name="this project", precision=HALF, lift=HALF, captured=HALF, standing=None),
        Ranked(kind="baseline", name="a line", precision=HALF, lift=HALF, captured=HALF, standing="even"),
        Ranked(kind="rule", name="plan = <b>|[red]", precision=HALF, lift=HALF, captured=HALF, standing="better"),
    ),
)


@pytest.fixture(scope="module")
def told() -> ExecutionReport:
    """The example's report with a decision, a group of columns, and a check that failed."""
    path = ROOT / "generated" / "telco-churn" / "reports" / "execution_report.json"
    report = ExecutionReport.model_validate_json(path.read_text("utf-8"))
    assert report.proof is not None
    failed = (report.proof.checks[0].model_copy(update={"verdict": "failed"}), *report.proof.checks[1:])
    group = Importance(
        column="tenure", value=0.1, columns=("tenure", "bill"), low=0.08, high=0.12, direction="more → lower"
    )
    return report.model_copy(
        update={
            "proof": report.proof.model_copy(update={"decision": DECISION, "checks": failed}),
            "pictures": report.pictures.model_copy(update={"importance": (group,), "importance_agreement": 0.93}),
        }
    )


def test_the_answer_comes_first_and_the_checks_last(told: ExecutionReport) -> None:
    files = pages(told)
    titles = re.findall(r"^## (.+)$", files["execution_report.md"], re.MULTILINE)
    assert titles[:3] == ["The answer", "How good it is", "What drives it"]
    assert titles[-1] == "The checks"
    titles = re.findall(r"<h2>([^<]+)</h2>", files["execution_report.html"])
    assert titles[:3] == ["The answer", "How good it is", "What drives it"]
    assert titles[-1] == "The checks"


def test_failed_and_open_checks_stand_before_the_passed_ones_which_are_folded(told: ExecutionReport) -> None:
    for text, fold in ((pages(told)[f"execution_report.{kind}"], "<details><summary>") for kind in ("md", "html")):
        checks = text[text.rindex("The checks") :]
        opened, folded = checks.split(fold, 1)
        failed = told.checks[-len(told.proof.checks) if told.proof else 0]
        assert failed.name in opened
        assert failed.name not in folded
        assert all((check.name in opened) == (check.verdict != "passed") for check in told.checks)
        assert all(check.name in folded for check in told.checks if check.verdict == "passed")


def test_a_tie_with_the_plain_baseline_is_said_on_every_first_page(told: ExecutionReport) -> None:
    out = io.StringIO()
    screen.report(told, Path("page.html"), Console(file=out, width=400))
    for text in (*pages(told).values(), out.getvalue()):
        assert "a tie with the plain baseline (the difference may be chance)" in text
        assert "about 250 are hits (200 to 300)" in text
        assert "better than the plain baseline" not in text
    assert "plan = <b>|[red]" in out.getvalue()
    assert "<b>|[red]" not in pages(told)["execution_report.html"]


def test_a_group_of_columns_is_told_with_interval_and_direction(told: ExecutionReport) -> None:
    line = "| tenure, with bill | 0.1 | 0.08 to 0.12 | more → lower |"
    assert line in pages(told)["execution_report.md"]


def test_a_report_without_a_decision_is_still_shown(told: ExecutionReport) -> None:
    older = told.model_copy(update={"proof": None})
    assert "## The checks" in pages(older)["execution_report.md"]
    assert "chosen by" not in pages(older)["execution_report.html"]
