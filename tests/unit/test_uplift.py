"""What a model gained over the playbook is a number, or the reason why there is none."""

from __future__ import annotations

import pytest

from agent_graph.artifacts import PLAYBOOK_AUTHOR, Check, GateResult, Measure, RoleAccount, RoleName
from agent_graph.telling.words import uplift_words
from evals.models import uplift


def check(verdict: str, evidence: str = "", **measures: float) -> Check:
    found = tuple(Measure(name=name, value=value, unit="") for name, value in measures.items())
    return Check(
        name="no_worse_than_playbook",
        owner="ml_engineer",
        verdict=verdict,  # type: ignore[arg-type]
        evidence=evidence,
        measures=found,
        seconds=0,
    )


def account(*checks: Check, role: RoleName = "ml_engineer", author: str = "openai:m") -> RoleAccount:
    gate = GateResult(role=role, attempt=1, commit="c", checks=checks, seconds=0)
    return RoleAccount(role=role, author=author, authorship=None, decisions=(), gate=gate, seconds=0)


OWN = "the model's design is the playbook's own"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (account(check("passed", model=0.86, playbook=0.85, uplift=0.01)), "0.86 against 0.85 (uplift +0.01)"),
        (account(check("not_checked", OWN)), f"not measured: {OWN}"),
        (account(check("passed", "0 predictions moved", largest_move=0.0)), "0 predictions moved"),
        (account(author=PLAYBOOK_AUTHOR), "not measured: the playbook's design stands"),
        (account(role="mlops"), "not measured: no score can measure the work of this role"),
    ],
    ids=["a number", "the same design", "edited code", "the playbook's", "no score"],
)
def test_a_role_has_a_number_or_a_reason(made: RoleAccount, words: str) -> None:
    assert uplift_words(made) == words


def test_the_eval_s_column_names_every_role_once_and_is_never_empty() -> None:
    accounts = [account(check("not_checked", "a | b")), account(role="mlops"), account(role="observability")]
    assert uplift(accounts) == (
        "ml_engineer: not measured: a / b; "
        "mlops, observability: not measured: no score can measure the work of this role"
    )
