"""Whole runs with a model behind the roles: a good one changes nothing for the worse, a bad one changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph.artifacts import ROLE_NAMES, Artifact, Decision, FeatureDesign
from tests.integration.asked import CLOCK, answers, by_role, changed, made, nothing_changed, score, told
from tests.integration.runs import Made
from tests.llm.server import ModelServer

pytestmark = pytest.mark.slow
READ = Decision(what="the facts", choice="read twice", why="a hurried reader misses the decimal commas")


def test_without_a_model_prompts_are_those_that_would_be_sent(telco: Made) -> None:
    found = told(telco, "prompts", "telco-churn")
    assert [prompt["role"] for prompt in found] == list(ROLE_NAMES)
    assert {prompt["label"] for prompt in found} == {"would be sent"}
    assert len({prompt["system"] for prompt in found}) == 1


def test_a_model_that_changes_next_to_nothing_gives_the_playbooks_project(
    tmp_path: Path, telco: Made, designs: dict[str, Artifact], model: ModelServer
) -> None:
    also = {"put": [READ.model_dump()], "remove": []}
    model.always = by_role({role: answers({**nothing_changed(designs[role]), "decisions": also}) for role in designs})
    stubbed = made(tmp_path, model)
    assert stubbed.report.verdict == "proven", stubbed.report.reason
    assert {account.author for account in stubbed.report.roles} == {f"stub@{model.url}"}
    assert all(account.decisions[-1] == READ for account in stubbed.report.roles)
    assert score(stubbed) == pytest.approx(score(telco), abs=CLOCK)
    assert len(model.requests) == len(ROLE_NAMES)
    sent = [(request["messages"][0]["content"], request["messages"][1]["content"]) for request in model.requests]
    assert [(prompt["system"], prompt["task"]) for prompt in told(stubbed, "prompts", "telco-churn")] == sent


def test_bad_designs_of_every_role_end_in_the_playbooks_project_and_say_why(
    tmp_path: Path, telco: Made, designs: dict[str, Artifact], model: ModelServer
) -> None:
    features = designs["data_scientist"]
    assert isinstance(features, FeatureDesign)
    weak = changed(features, features=features.features[:1], slices=(), invariant=(), directional=())
    model.always = by_role(
        {
            "data_engineer": answers("no JSON at all"),
            "data_scientist": answers(weak),
            "ml_engineer": answers({"members": []}),
            "python_pro": answers(""),
            "mlops": answers(changed(designs["mlops"], replicas_min=0)),
            "observability": answers(changed(designs["observability"], availability_slo=7)),
        }
    )
    bad = made(tmp_path, model, "--tries", "2")
    accounts = {account.role: account for account in bad.report.roles}
    assert bad.report.verdict == "proven", bad.report.reason
    assert {account.author for account in bad.report.roles} == {"playbook"}
    assert all(account.authorship and account.authorship.why for account in bad.report.roles)
    refused = accounts["data_scientist"].authorship
    assert refused is not None
    assert "the gate refused the last of 2 designs" in refused.why
    assert score(bad) == pytest.approx(score(telco), abs=CLOCK)
