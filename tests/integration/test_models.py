"""Whole runs with a model behind the roles: a good one changes nothing for the worse, a bad one changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import ROLE_NAMES
from agent_graph.cli.commands import DEMO_STATEMENT
from agent_graph.team import ROLES
from tests.integration.runs import TELCO, Made, run
from tests.llm.server import ModelServer, Step, says, serving

pytestmark = pytest.mark.slow
BUDGET = "20s"
CLOCK = 0.005  # AUC: the search ends by the clock, so no two runs try quite the same


@pytest.fixture(scope="module")
def designs(telco: Made) -> dict[str, Any]:
    """What the playbooks answered, by role."""
    show = [sys.executable, "-c", "from agent_graph.cli import main; main()", "show", "telco-churn", "design", "--json"]
    done = subprocess.run(show, cwd=telco.project.parents[1], capture_output=True, text=True, check=True)
    by_key = json.loads(done.stdout)
    return {role.name: by_key[role.writes] for role in ROLES}


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with serving(ModelServer()) as server:
        yield server


def score(made: Made) -> float:
    assert made.report.proof is not None
    assert made.report.proof.holdout is not None
    return made.report.proof.holdout.score


def prompts(made: Made) -> list[dict[str, str]]:
    command = [sys.executable, "-c", "from agent_graph.cli import main; main()", "prompts", "telco-churn", "--json"]
    done = subprocess.run(command, cwd=made.project.parents[1], capture_output=True, text=True, check=True)
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def test_without_a_model_prompts_are_those_that_would_be_sent(telco: Made) -> None:
    found = prompts(telco)
    assert [prompt["role"] for prompt in found] == list(ROLE_NAMES)
    assert {prompt["label"] for prompt in found} == {"would be sent"}
    assert len({prompt["system"] for prompt in found}) == 1


TITLES = {
    "data_engineer": "data engineer", "data_scientist": "data scientist", "ml_engineer": "ML engineer",
    "python_pro": "Python engineer", "mlops": "MLOps engineer", "observability": "observability engineer",
}  # fmt: skip


def by_role(answers: dict[str, Callable[[], Any]]) -> Step:
    """A stub that knows by the task's first line which role asks, however the answer's shape is asked for."""

    def step(exchange: Any) -> None:
        task = exchange.body["messages"][1]["content"]
        (role,) = [role for role, title in TITLES.items() if task.startswith(f"# You are the {title}")]
        says(answers[role]())(exchange)

    return step


def made(folder: Path, server: ModelServer, *words: str) -> Made:
    asking = ("--model", "openai:stub", "--base-url", server.url, *words)
    return run(folder, DEMO_STATEMENT, TELCO, "--name", "telco-churn", "--budget", BUDGET, *asking)


def test_a_model_that_answers_as_the_playbooks_gives_their_project(
    tmp_path: Path, telco: Made, designs: dict[str, Any], model: ModelServer
) -> None:
    model.always = by_role({role: (lambda role=role: designs[role]) for role in ROLE_NAMES})
    stubbed = made(tmp_path, model)
    assert stubbed.report.verdict == "proven", stubbed.report.reason
    assert {account.author for account in stubbed.report.roles} == {f"stub@{model.url}"}
    assert score(stubbed) == pytest.approx(score(telco), abs=CLOCK)
    assert len(model.requests) == len(ROLE_NAMES)
    sent = [(request["messages"][0]["content"], request["messages"][1]["content"]) for request in model.requests]
    assert [(prompt["system"], prompt["task"]) for prompt in prompts(stubbed)] == sent


def test_bad_designs_of_every_role_end_in_the_playbooks_project_and_say_why(
    tmp_path: Path, telco: Made, designs: dict[str, Any], model: ModelServer
) -> None:
    weak = {**designs["data_scientist"], "features": designs["data_scientist"]["features"][:1], "slices": [],
            "invariant": [], "directional": []}  # fmt: skip
    model.always = by_role(
        {
            "data_engineer": lambda: "no JSON at all",
            "data_scientist": lambda: weak,
            "ml_engineer": lambda: {"members": []},
            "python_pro": lambda: "",
            "mlops": lambda: {**designs["mlops"], "replicas_min": 0},
            "observability": lambda: {**designs["observability"], "availability_slo": 7},
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
