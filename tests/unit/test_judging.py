"""What counts as proven, and what a gate that is tried again starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph.artifacts import ExecutionReport, RoleAccount
from agent_graph.context import Context
from agent_graph.proof.gates import rewind
from agent_graph.reporting.publishing import judge
from agent_graph.roles import BY_NAME
from agent_graph.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def example() -> ExecutionReport:
    path = ROOT / "generated" / "telco-churn" / "reports" / "execution_report.json"
    return ExecutionReport.model_validate_json(path.read_text("utf-8"))


def with_gate(example: ExecutionReport, role: str, **changes: object) -> tuple[RoleAccount, ...]:
    return tuple(account.model_copy(update=changes) if account.role == role else account for account in example.roles)


def test_the_example_is_proven(example: ExecutionReport) -> None:
    assert judge(example.roles, example.proof)[0]


def test_a_role_without_a_gate_is_no_proof(example: ExecutionReport) -> None:
    proven, why = judge(with_gate(example, "mlops", gate=None), example.proof)
    assert not proven
    assert "mlops" in why


def test_a_gate_in_which_nothing_was_measured_is_no_proof(example: ExecutionReport) -> None:
    gate = next(account.gate for account in example.roles if account.role == "python_pro")
    assert gate is not None
    unmeasured = tuple(check.model_copy(update={"verdict": "not_checked"}) for check in gate.checks)
    proven, why = judge(
        with_gate(example, "python_pro", gate=gate.model_copy(update={"checks": unmeasured})), example.proof
    )
    assert not proven
    assert "python-pro" in why


def test_one_failed_check_of_a_gate_is_named(example: ExecutionReport) -> None:
    gate = example.roles[0].gate
    assert gate is not None
    failed = (gate.checks[0].model_copy(update={"verdict": "failed"}), *gate.checks[1:])
    roles = with_gate(example, example.roles[0].role, gate=gate.model_copy(update={"checks": failed}))
    proven, why = judge(roles, example.proof)
    assert not proven
    assert gate.checks[0].name in why


def test_without_a_score_of_the_sealed_rows_nothing_is_proven(example: ExecutionReport) -> None:
    assert example.proof is not None
    assert not judge(example.roles, example.proof.model_copy(update={"holdout": None}))[0]
    assert not judge(example.roles, None)[0]


def test_a_gate_that_is_tried_again_finds_what_the_gates_before_it_left(tmp_path: Path) -> None:
    """Also after a later role has worked and the proof sent an earlier one back: nothing of the former try stays."""
    context = Context(tmp_path / "run", tmp_path / "cache", Workspace(tmp_path / "project", tmp_path / "run"))
    first, second = BY_NAME["data_engineer"], BY_NAME["data_scientist"]
    rewind(context, first)
    (context.store / "rows").write_text("first try")
    rewind(context, second)
    (context.store / "features").write_text("of the first try")
    rewind(context, second)
    assert sorted(path.name for path in context.store.iterdir()) == ["rows"]
    rewind(context, first)
    assert not list(context.store.iterdir())
    (context.store / "rows").write_text("second try")
    rewind(context, second)
    assert (context.store / "rows").read_text() == "second try"
