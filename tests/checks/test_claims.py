"""Scores that a project tells of itself: believed only when the host's own arithmetic says the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import HoldoutScore, Measure, Promise
from agent_graph.bench import Findings
from agent_graph.measuring.reported import recomputed
from agent_graph.proof import claims
from agent_graph.roles.ml_engineer.checks.reports import judge_reports
from tests.checks.test_ml_engineer import ROWS, answers, problem, seal, table

HOLDOUT = HoldoutScore(metric="roc_auc", score=0.86, dummy=0.5, baseline=0.85, baseline_name="", rows=1000,
                       secondary=(Measure(name="log_loss", value=0.40, unit=""),))  # fmt: skip
PROMISE = Promise(metric="roc_auc", score=0.85, low=0.83, high=0.87)


def claimed(folder: Path, text: str) -> str:
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "docs" / "features.md").write_text(f"# Features\n\n{text}\n")
    findings = Findings("ml_engineer")
    claims.judge(findings, folder, PROMISE, HOLDOUT)
    (check,) = findings.checks
    return check.verdict


@pytest.mark.parametrize(
    "text",
    [
        "The model reaches a roc_auc of 0.95.",
        "| roc_auc (higher is better) | **0.97** |",
        "ROC AUC: 96 %",
        "roc\\_auc = .99",
        "Its log_loss is 0.12 now.",
    ],
)
def test_a_better_score_than_measured_is_a_false_claim(text: str, tmp_path: Path) -> None:
    assert claimed(tmp_path, text) == "failed"


@pytest.mark.parametrize(
    "text",
    [
        "The model reaches a roc_auc of 0.86.",
        "| roc_auc (higher is better) | **0.851** |",
        "`evaluate` refuses a model whose roc_auc is below 0.51.",
        "| score | roc_auc within 5 % of the promise |",
        "A log_loss that rises by 0.05 is decay.",
        "> We want a roc_auc of 0.99.",
        "Metric: **roc_auc**; also log_loss, 12 others.",
    ],
)
def test_what_was_measured_bars_and_wishes_are_no_false_claims(text: str, tmp_path: Path) -> None:
    assert claimed(tmp_path, text) == "passed"


def reported(folder: Path, report: dict[str, Any] | None = None) -> str:
    """The verdict on a project's own evaluation."""
    truth, values = answers()
    table(values).write_csv(folder / "oof.csv")
    known = recomputed(problem(), truth, values)
    honest = {
        "metric": "roc_auc",
        "score": known["roc_auc"],
        "rows": ROWS,
        "scores": {name: {"value": known[name]} for name in ("roc_auc", "log_loss")} | {"own": {"value": 7.0}},
    }
    (folder / "evaluation.json").write_text(json.dumps(honest | (report or {})))
    findings = Findings("ml_engineer")
    judge_reports(findings, problem(), seal(folder, truth), folder / "evaluation.json", folder / "oof.csv")
    (check,) = findings.checks
    assert check.name == "reported_scores_true"
    return check.verdict


def test_a_true_report_passes(tmp_path: Path) -> None:
    assert reported(tmp_path) == "passed"


@pytest.mark.parametrize(
    "change",
    [
        {"score": 0.99},
        {"metric": "accuracy"},
        {"rows": ROWS - 5},
        {"scores": {"roc_auc": {"value": 0.99}}},
        {"scores": {"log_loss": {"value": None}}},
        {"scores": {}},
        {"scores": [0.9]},
    ],
)
def test_a_report_with_another_score_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    assert reported(tmp_path, change) == "failed"
