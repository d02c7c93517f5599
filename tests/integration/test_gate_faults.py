"""Designs that their role's rule takes and its gate refuses: the playbook answers, and the report names the check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import Artifact, CustomRule, DataDesign, FeatureDesign, Slot
from tests.agents.pieces import edit, further_tests, put
from tests.integration.asked import (
    CLOCK,
    answers,
    asked_by_role,
    authorships,
    by_role,
    changed,
    ground,
    made,
    nothing_changed,
    score,
)
from tests.integration.runs import Made
from tests.llm.server import ModelServer

pytestmark = pytest.mark.slow
ENDLESS = "def made(tenure):\n    step = 0\n    while step < 1:\n        step = step * 2\n    return tenure < 0\n"
NEVER = "def made(tenure):\n    return tenure * 0 > 1\n"
BY_ORDER = "import numpy as np\n\n\ndef made(tenure):\n    return np.arange(len(tenure)) / 7\n"
BY_BATCH = "import numpy as np\n\n\ndef made(tenure):\n    return tenure - np.nanmean(tenure)\n"
FAILING = "def test_three_is_four() -> None:\n    assert len(range(3)) == 4\n"


def of_data(design: DataDesign, source: str) -> dict[str, Any]:
    """A quality rule of that source."""
    rule = CustomRule(name="made", inputs=("tenure",), source=source, why="", most=0.01, severity="warning")
    return changed(design, custom_rules=(rule,))


def of_features(design: FeatureDesign, source: str) -> dict[str, Any]:
    """A derived feature of that source."""
    return changed(design, derived=(Slot(name="made", inputs=("tenure",), source=source, why=""),))


def weak(design: Any, rounds: int) -> dict[str, Any]:
    """A training of so few rounds of one regularised linear member that features hardly count."""
    linear = next(member for member in design.members if member.kind == "linear")
    poor = {"rounds": rounds, "max_rounds": rounds, "parameters": [{"key": "C", "value": "0.0001"}], "search": []}
    others = [member.name for member in design.members if member.name != linear.name]
    members = {"remove": others, "put": [linear.model_dump(mode="json") | poor]}
    return {**nothing_changed(design), "members": members, "trials": 0, "budget_s": 1.0, "ensemble_rounds": 1}


def blind(design: Any) -> dict[str, Any]:
    """Bars that no drift ever reaches."""
    bars = tuple(bar.model_copy(update={"psi": 1e6, "ks": 1.0, "unseen": 1.0, "missing": 1.0}) for bar in design.drift)
    return changed(design, drift=bars, prediction_psi=1e6)


def of_nothing(design: Any) -> dict[str, Any]:
    """An alert on a metric that nobody exports."""
    alert = design.alerts[0].model_copy(update={"expression": "telco_churn_no_such_metric > 1"})
    return {**nothing_changed(design), "alerts": put(alert)}


def gate_faults(telco: Made, designs: dict[str, Any]) -> dict[str, list[tuple[Any, str]]]:
    """Two designs of each role that its rule takes and its gate refuses, each with the check that does."""
    d = designs
    path = "src/telco_churn/problem/metrics.py"
    flipped = (telco.project / path).read_text("utf-8").replace("-np.log(of_truth)", "np.log(of_truth)")
    pro = ground(telco, d["python_pro"])
    return {
        "data_engineer": [
            (of_data(d["data_engineer"], ENDLESS), "own_functions_work"),
            (of_data(d["data_engineer"], NEVER), "own_functions_work"),
        ],
        "data_scientist": [
            (of_features(d["data_scientist"], BY_ORDER), "row_by_row_equals_batch"),
            (of_features(d["data_scientist"], BY_BATCH), "row_by_row_equals_batch"),
        ],
        "ml_engineer": [
            (weak(d["ml_engineer"], 1), "beats_baseline"),
            (weak(d["ml_engineer"], 2), "beats_baseline"),
        ],
        "python_pro": [
            (pro.answer(unit_tests=put(further_tests(FAILING))), "tests_pass"),
            (pro.answer(edits=put(edit(pro, path, source=flipped))), "tests_pass"),
        ],
        "mlops": [
            (changed(d["mlops"], latency_p50_ms=1.0, latency_p99_ms=1.0), "latency_single_row"),
            (changed(d["mlops"], max_body_bytes=1024), "service_equals_batch"),
        ],
        "observability": [
            (of_nothing(d["observability"]), "metrics_exist"),
            (blind(d["observability"]), "drift_detected"),
        ],
    }  # fmt: skip


def test_faults_that_only_a_gate_can_see_end_in_the_playbooks_project_and_name_the_check(
    tmp_path: Path, telco: Made, designs: dict[str, Artifact], model: ModelServer
) -> None:
    faults = gate_faults(telco, designs)
    model.always = by_role({role: answers(*(answer for answer, _ in made)) for role, made in faults.items()})
    run = made(tmp_path, model)
    assert run.report.verdict == "proven", run.report.reason
    assert {account.author for account in run.report.roles} == {"playbook"}
    assert score(run) == pytest.approx(score(telco), abs=CLOCK)
    asked = asked_by_role(model)
    for role, authorship in authorships(run).items():
        (_, first), (_, second) = faults[role]
        assert authorship.rejected == (), role
        assert len(asked[role]) == authorship.designs == 2, role
        assert first in asked[role][1]["messages"][1]["content"], role
        assert second in authorship.why, (role, authorship.why)
