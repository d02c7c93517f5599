"""Every exchange with a model is on record with the design it was made for, and what it wrote that was no design."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import PERSON_AUTHOR, Authorship, Check, Setback, Usage
from agent_graph.context import Colleague
from agent_graph.design import agent
from agent_graph.design.agent import Task
from agent_graph.llm import Clock, Door, DoorOptions, Models, ModelSpec, Patience
from agent_graph.llm.dialogue import MOST_SAID
from agent_graph.roles import BY_NAME
from tests.agents.conftest import Desk, answer_of
from tests.llm import server as faults
from tests.llm.server import ModelServer, says

Ask = Callable[..., Colleague]
ROLE = BY_NAME["mlops"]
FAILED = Check(name="slow", owner="mlops", verdict="failed", evidence="too slow", measures=(), seconds=0)
HOSTILE = '{"replicas_min": "many | <script>alert(1)</script> {{ 7 * 7 }} `id` \u202etxet\u202c"}'


def summed(authorship: Authorship, revision: int = 1) -> Usage:
    return sum((call.usage for call in authorship.calls if call.revision == revision), Usage())


def test_every_exchange_is_a_call_with_its_reason_and_they_add_up(
    desk: Desk, server: ModelServer, colleague: Ask
) -> None:
    good = answer_of(desk.playbook["mlops"])
    server.script = [faults.status(500), says("no"), says({**good, "replicas_min": 0}), says("{"), says(good)]
    _, authorship = agent.design(ROLE, Task(desk.inputs["mlops"]), colleague(tries=9))
    calls = authorship.calls
    assert [call.outcome for call in calls] == ["server_error", "prose", "broken_rule", "cut_off", "answered"]
    assert [call.again for call in calls] == ["", *(call.outcome for call in calls[:-1])]
    assert [call.number for call in calls] == [1, 2, 3, 4, 5]
    assert {(call.revision, call.design, call.source) for call in calls} == {(1, 1, "server")}
    assert {call.model for call in calls} == {authorship.author}
    assert calls[1].usage.prompt_tokens == 100
    assert summed(authorship) == authorship.usage
    assert authorship.usage.tries == 4


def test_calls_of_a_second_design_and_of_a_later_revision_are_told_apart(
    desk: Desk, server: ModelServer, colleague: Ask
) -> None:
    server.always, door, inputs = says(answer_of(desk.playbook["mlops"])), colleague(cache=False), desk.inputs["mlops"]
    _, first = agent.design(ROLE, Task(inputs), door)
    hindered = inputs.model_copy(update={"setback": Setback(attempt=1, checks=(FAILED,))})
    _, second = agent.design(ROLE, Task(hindered, former=first), door)
    _, third = agent.design(ROLE, Task(inputs, revision=2, former=second), door)
    assert [(call.revision, call.design, call.number) for call in third.calls] == [(1, 1, 1), (1, 2, 1), (2, 1, 1)]
    assert summed(second, 1) == second.usage
    assert summed(third, 2) == third.usage


def test_what_was_no_design_is_kept_short_on_one_line_and_without_the_key(desk: Desk, server: ModelServer) -> None:
    key = "canary-41c09bd27e"
    server.always = says(f'<think>hm</think>{HOSTILE[:-1]}, "key": "{key}", "more": "{"x" * 5_000}"}}')
    spec = ModelSpec("openai", "stub", server.url)
    options = DoorOptions(patience=Patience(tries=2, timeout_s=5))
    door = Door(Models(spec), options, clock=Clock(sleep=lambda seconds: None), environment={"OPENAI_API_KEY": key})
    _, authorship = agent.design(ROLE, Task(desk.inputs["mlops"]), Colleague(door=door))
    door.close()
    assert {call.outcome for call in authorship.calls} == {"wrong_shape"}
    assert authorship.said.startswith('{"replicas_min": "many | <script>')
    assert len(authorship.said) == MOST_SAID
    assert authorship.said.isprintable()
    assert "[secret]" in authorship.said
    assert key not in authorship.model_dump_json()


@pytest.mark.parametrize("kept", ["cache", "recording"])
def test_an_answer_that_nobody_asked_a_server_for_says_where_it_is_from(
    kept: str, desk: Desk, server: ModelServer, colleague: Ask, tmp_path: Path
) -> None:
    server.always, task = says(answer_of(desk.playbook["mlops"])), Task(desk.inputs["mlops"])
    file = tmp_path / "kept"
    first: dict[str, Any] = {"store": file} if kept == "cache" else {"record": file}
    agent.design(ROLE, task, colleague(**first))
    _, again = agent.design(ROLE, task, colleague(**({"store": file} if kept == "cache" else {"replay": file})))
    (call,) = again.calls
    assert (call.source, call.outcome) == (kept, "answered")
    assert len(server.requests) == 1


def test_a_person_s_design_does_not_hide_what_the_model_before_it_cost(
    desk: Desk, server: ModelServer, colleague: Ask
) -> None:
    server.always = says(answer_of(desk.playbook["mlops"]))
    made, former = agent.design(ROLE, Task(desk.inputs["mlops"]), colleague())
    task = Task(desk.inputs["mlops"], former=former, edited=made.model_dump_json())
    _, authorship = agent.design(ROLE, task, colleague())
    assert authorship.author == PERSON_AUTHOR
    assert (authorship.usage, authorship.calls) == (former.usage, former.calls)
