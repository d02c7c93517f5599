"""A model designs, or fails to: the run always goes on with a design that keeps its role's rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent_graph.artifacts import PLAYBOOK_AUTHOR, ROLE_NAMES, Authorship, Check, Setback
from agent_graph.context import Colleague
from agent_graph.design import agent
from agent_graph.design.agent import Task
from agent_graph.llm import Caps
from agent_graph.prompting import tokens
from agent_graph.roles import BY_NAME
from tests.agents.catalogue import PATIENCE_S, WIRE
from tests.agents.conftest import INJECTION, Desk, answer_of
from tests.llm import server as faults
from tests.llm.server import ModelServer, refuses, says
from tests.prompts.conftest import Desk as WideDesk
from tests.prompts.conftest import wide
from tests.prompts.test_fences import outside

__all__ = ["wide"]
Ask = Callable[..., Colleague]
FAULTS: dict[str, Any] = {**WIRE, "key refused": faults.status(401), "no such model": faults.status(404)}


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_good_answer_becomes_the_design(role: str, desk: Desk, server: ModelServer, colleague: Ask) -> None:
    server.always = says(answer_of(desk.playbook[role]))
    made, authorship = agent.design(BY_NAME[role], Task(desk.inputs[role]), colleague())
    assert made == desk.playbook[role]
    assert authorship.by_model
    assert authorship.designs == 1
    assert authorship.usage.tokens > 0


SLOW = ("time-out", "10 MB", "unicode garbage")  # seconds each, and no matter of the role
MET = [(role, fault) for role in ROLE_NAMES for fault in FAULTS if fault not in SLOW or role == "data_engineer"]


@pytest.mark.parametrize(("role", "fault"), MET)
def test_any_fault_ends_with_the_playbook_and_its_reason(
    role: str, fault: str, desk: Desk, server: ModelServer, colleague: Ask
) -> None:
    server.always = FAULTS[fault]
    asked = colleague(timeout_s=PATIENCE_S.get(fault, 2.0))
    made, authorship = agent.design(BY_NAME[role], Task(desk.inputs[role]), asked)
    assert made == desk.playbook[role]
    assert authorship.author == PLAYBOOK_AUTHOR
    assert authorship.closed
    assert authorship.why


def _with_feature(answer: dict[str, Any], column: str) -> dict[str, Any]:
    feature = {"name": "made_up", "transform": "number", "columns": [column], "parameters": [], "why": "it helps"}
    return {**answer, "features": {"remove": [], "put": [feature]}}


def _without(field: str, *names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda answer: {**answer, field: {"remove": list(names), "put": []}}


@pytest.mark.parametrize(
    ("role", "change", "words"),
    [
        ("data_scientist", lambda a: _with_feature(a, "no such column"), "no such column"),
        ("data_scientist", lambda a: _with_feature(a, "churn"), "target"),
        ("data_scientist", _without("features", "no_such_feature"), "no_such_feature"),
        ("data_scientist", lambda a: {**a, "metric": "rmse"}, "rmse"),
        ("data_engineer", _without("columns", "tenure", "plan", "bill", INJECTION), "column"),
        ("observability", lambda a: {**a, "availability_slo": 2.0}, "availability_slo"),
        ("mlops", lambda a: {**a, "replicas_min": 0}, "replicas"),
    ],
    ids=[
        "hallucinated column",
        "target as feature",
        "unknown feature",
        "wrong metric",
        "no columns",
        "slo",
        "replicas",
    ],
)
def test_a_broken_rule_goes_back_in_words_and_then_to_the_playbook(
    role: str, change: Any, words: str, desk: Desk, server: ModelServer, colleague: Ask
) -> None:
    server.always = says(change(answer_of(desk.playbook[role])))
    made, authorship = agent.design(BY_NAME[role], Task(desk.inputs[role]), colleague())
    assert made == desk.playbook[role]
    assert authorship.wanted
    assert any(words in rejected for rejected in authorship.rejected)
    said = server.requests[-1]["messages"][-1]["content"]
    assert words in said


def test_a_broken_rule_that_is_mended_is_the_models_design(desk: Desk, server: ModelServer, colleague: Ask) -> None:
    good = answer_of(desk.playbook["data_scientist"])
    server.script = [says(_with_feature(good, "churn")), says(good)]
    made, authorship = agent.design(BY_NAME["data_scientist"], Task(desk.inputs["data_scientist"]), colleague())
    assert made == desk.playbook["data_scientist"]
    assert authorship.by_model
    assert len(authorship.rejected) == 1


def test_after_two_designs_that_the_gate_refused_the_playbook_answers_as_if_unhindered(
    desk: Desk, server: ModelServer, colleague: Ask
) -> None:
    role, inputs = BY_NAME["data_scientist"], desk.inputs["data_scientist"]
    server.always = says(answer_of(desk.playbook["data_scientist"]))
    check = Check(
        name="no_leakage", owner="data_scientist", verdict="failed", evidence="it leaks", measures=(), seconds=0
    )
    open_door, authorship = colleague(), Authorship()
    for number in (1, 2):
        hindered = inputs.model_copy(
            update={"setback": Setback(attempt=number - 1, checks=(check,))} if number > 1 else {}
        )
        _, authorship = agent.design(role, Task(hindered, former=authorship), open_door)
        assert authorship.designs == number
    assert "it leaks" in server.requests[-1]["messages"][-1]["content"]
    asked = len(server.requests)
    hindered = inputs.model_copy(update={"setback": Setback(attempt=2, checks=(check,))})
    made, authorship = agent.design(role, Task(hindered, former=authorship), open_door)
    assert len(server.requests) == asked
    assert made == desk.playbook["data_scientist"]
    assert "no_leakage" in authorship.why


def test_at_the_cap_the_playbook_answers_and_nothing_is_asked(desk: Desk, server: ModelServer, colleague: Ask) -> None:
    server.always = says(answer_of(desk.playbook["mlops"]))
    _, authorship = agent.design(BY_NAME["mlops"], Task(desk.inputs["mlops"]), colleague(caps=Caps(max_tokens=10)))
    assert not server.requests
    assert "cap" in authorship.why


def test_without_a_model_nothing_is_asked_and_nothing_is_excused(desk: Desk, server: ModelServer) -> None:
    made, authorship = agent.design(BY_NAME["mlops"], Task(desk.inputs["mlops"]))
    assert made == desk.playbook["mlops"]
    assert authorship == Authorship(key=authorship.key)


NAMING_COLUMNS = ("data_engineer", "data_scientist", "observability")  # the others' tasks name no column


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_column_that_talks_to_models_stays_inside_its_fence(role: str, desk: Desk) -> None:
    text = agent.prompt(BY_NAME[role], desk.inputs[role])
    assert INJECTION in text.system
    if role in NAMING_COLUMNS:
        assert INJECTION in text.task
    for message in (text.system, text.task):
        assert INJECTION not in outside(message)
        assert "{{" not in outside(message)


@pytest.mark.parametrize(
    "bad",
    [
        lambda good: says(_with_feature(good, "no such column")),
        lambda good: says({**good, "metric": INJECTION}),
        lambda good: says(INJECTION),
        lambda good: refuses(INJECTION),
    ],
    ids=["broken rule", "wrong shape", "prose", "refusal"],
)
def test_what_was_wrong_with_an_answer_is_told_inside_a_fence(
    bad: Any, desk: Desk, server: ModelServer, colleague: Ask
) -> None:
    good = answer_of(desk.playbook["data_scientist"])
    server.script = [bad(good), says(good)]
    agent.design(BY_NAME["data_scientist"], Task(desk.inputs["data_scientist"]), colleague())
    said = server.requests[-1]["messages"][-1]
    assert said["role"] == "user"
    assert INJECTION in said["content"]
    assert INJECTION not in outside(said["content"])
    assert outside(said["content"]).strip()


def test_a_refusal_on_a_wide_table_names_a_few_columns_and_counts_the_others(
    wide: WideDesk, server: ModelServer, colleague: Ask
) -> None:
    role = BY_NAME["data_scientist"]
    good = answer_of(wide.design(role))
    server.script = [says(_with_feature(good, "channel_77")), says(good)]
    agent.design(role, Task(wide.inputs(role)), colleague())
    said = server.requests[-1]["messages"][-1]["content"]
    assert "'channel77'" in said, "those first that look like it"
    assert " and 287 more" in said
    assert tokens(said) < 200
