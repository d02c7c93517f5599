"""A person looks before the run goes on; the stop outlives the process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from agent_graph import runner
from agent_graph.artifacts import PERSON_AUTHOR, ROLE_NAMES
from agent_graph.errors import BadInput, WaitsForPerson
from tests.revise.conftest import Make, Measured

APPROVE = {"decision": "approve"}


def test_every_design_waits_for_approval_and_the_stop_survives_a_restart(make: Make, measured: Measured) -> None:
    with pytest.raises(WaitsForPerson, match="the design of data-engineer waits for approval"):
        make(review=["plan"])
    assert runner.project("customers").status == "waiting"
    assert not measured.gates
    for number in range(1, len(ROLE_NAMES)):
        with pytest.raises(WaitsForPerson):
            runner.resume("customers", answer=APPROVE)
        assert measured.gates == list(ROLE_NAMES[:number])
    assert runner.resume("customers", answer=APPROVE).proven
    assert runner.project("customers").status == "proven"


def test_a_design_is_sent_back_with_a_note_that_its_role_keeps(make: Make) -> None:
    asked: list[str] = []

    def decide(payload: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append(payload["role"])
        if payload["role"] == "data_scientist" and asked.count("data_scientist") == 1:
            assert "gender" in json.dumps(payload["design"]["features"])
            return {"decision": "back", "note": "Don't use gender."}
        return APPROVE

    outcome = make(review=["plan"], decide=decide)
    assert asked.count("data_scientist") == 2
    (said,) = outcome.report.notes
    assert [wish.verdict for wish in said.wishes] == ["followed"]


def test_a_person_s_own_design_is_held_to_the_rule_and_built(make: Make) -> None:
    def decide(payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if payload["role"] != "mlops":
            return APPROVE
        return {"decision": "edit", "design": json.dumps({**payload["design"], "replicas_min": 3})}

    outcome = make(review=["plan"], decide=decide)
    assert runner.state("customers")["deployment"].replicas_min == 3
    authors = {account.role: account.author for account in outcome.report.roles}
    assert authors["mlops"] == PERSON_AUTHOR


def test_an_edit_that_breaks_a_rule_is_refused_and_the_run_waits_on(make: Make) -> None:
    with pytest.raises(WaitsForPerson):
        make(review=["plan"])
    with pytest.raises(BadInput, match="the edited design"):
        runner.resume("customers", answer={"decision": "edit", "design": "{}"})
    with pytest.raises(WaitsForPerson, match="data-scientist"):
        runner.resume("customers", answer=APPROVE)


def test_the_code_waits_before_the_proof_and_one_role_can_be_sent_back(make: Make, measured: Measured) -> None:
    with pytest.raises(WaitsForPerson, match="the code waits for approval"):
        make(review=["code"])
    assert measured.gates == list(ROLE_NAMES)
    assert not measured.proofs
    measured.gates.clear()
    with pytest.raises(WaitsForPerson, match="the code waits"):
        runner.resume("customers", answer={"decision": "back", "role": "mlops", "note": "At least 3 replicas."})
    assert measured.gates == ["mlops", "observability"]
    assert runner.resume("customers", answer=APPROVE).proven
    assert runner.state("customers")["deployment"].replicas_min == 3


def test_an_unknown_stop_is_named(make: Make) -> None:
    with pytest.raises(BadInput, match="--review 'lunch' isn't known"):
        make(review=["lunch"])
