"""Where a run goes next."""

from __future__ import annotations

from agent_graph.artifacts import Authorship, Check, GateResult, ProofResult, RoleName, Verdict
from agent_graph.graph.routing import after_gate, after_prove


def check(owner: RoleName, verdict: Verdict) -> Check:
    return Check(name="it", owner=owner, verdict=verdict, evidence="", measures=(), seconds=0)


def gate(attempt: int, *verdicts: Verdict) -> GateResult:
    return GateResult(
        role="mlops", attempt=attempt, commit="c", checks=tuple(check("mlops", v) for v in verdicts), seconds=0
    )


def proof(attempt: int, *checks: Check) -> ProofResult:
    return ProofResult(attempt=attempt, commit="c", checks=checks, promise=None, holdout=None, sandbox=(), seconds=0)


def test_a_failed_gate_goes_back_to_its_role_while_it_has_tries() -> None:
    choose = after_gate("mlops", "observability")
    assert choose({"mlops_gate": gate(1, "failed"), "tries": 3}) == "mlops"
    assert choose({"mlops_gate": gate(3, "failed"), "tries": 3}) == "observability"


def test_a_models_designs_leave_the_playbook_its_own_tries() -> None:
    choose = after_gate("mlops", "observability")
    twice = Authorship(author="openai:m", designs=2)
    assert choose({"mlops_gate": gate(2, "failed"), "mlops_authorship": twice, "tries": 1}) == "mlops"
    standing = Authorship(designs=2)
    assert choose({"mlops_gate": gate(3, "failed"), "mlops_authorship": standing, "tries": 1}) == "observability"
    assert choose({"mlops_gate": gate(3, "failed"), "mlops_authorship": standing, "tries": 2}) == "mlops"


def test_a_passed_gate_goes_on() -> None:
    assert (
        after_gate("mlops", "observability")({"mlops_gate": gate(1, "passed", "not_checked"), "tries": 3})
        == "observability"
    )


def test_a_gate_in_which_nothing_was_checked_has_not_passed() -> None:
    assert not gate(1, "not_checked").passed
    assert not gate(1).passed


def test_a_failed_proof_goes_to_the_first_owner_once() -> None:
    broken = (check("mlops", "failed"), check("ml_engineer", "failed"))
    assert after_prove({"proof": proof(1, *broken)}) == "ml_engineer"
    assert after_prove({"proof": proof(2, *broken)}) == "report"
    assert after_prove({"proof": proof(1, check("mlops", "passed"))}) == "report"
