"""With a model behind the roles: only who is sent back, and who depends on it, is asked again."""

from __future__ import annotations

import pytest

from agent_graph import Asking, runner
from agent_graph.artifacts import ROLE_NAMES
from tests.llm.server import ModelServer, serving
from tests.revise.conftest import Make, nothing


def tasks(server: ModelServer) -> list[str]:
    return [request["messages"][1]["content"] for request in server.requests]


@pytest.mark.parametrize(("role", "title"), [("observability", "observability engineer"), ("mlops", "MLOps engineer")])
def test_the_model_is_asked_with_the_note_and_others_only_when_they_know_something_new(
    make: Make, role: str, title: str
) -> None:
    with serving(ModelServer()) as server:
        server.always = nothing
        make(asking=Asking(models=("openai:stub", "intake=playbook"), base_url=server.url))
        assert len(server.requests) == len(ROLE_NAMES)
        server.requests.clear()
        note = "Write runbooks that an intern can follow."  # no rule understands it, so nothing follows from it
        outcome = runner.rerun("customers", role, note)
        (task,) = tasks(server)
        assert task.startswith(f"# You are the {title}")
        assert note in task
    (said,) = outcome.report.notes
    assert said.not_understood
    authors = {account.role: account.author for account in outcome.report.roles}
    assert authors[role].startswith("stub@")
