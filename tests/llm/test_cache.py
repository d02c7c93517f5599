"""An answer once accepted isn't paid for twice, and is never mistaken for another question's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import Artifact
from agent_graph.errors import BadInput, DesignRejected
from agent_graph.llm import Caps, Models, ModelSpec, NoAnswer, Parameters, Request
from tests.llm.conftest import GOOD, OpenDoor, Plan, request
from tests.llm.server import ModelServer, says


class OtherPlan(Artifact):
    """The same question, another shape."""

    title: str


def test_the_same_question_is_answered_from_the_cache_in_another_run_and_costs_nothing(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [says("prose"), says(GOOD)]
    first = open_door(store=tmp_path / "llm.sqlite").ask(request())
    again = open_door(store=tmp_path / "llm.sqlite", caps=Caps(max_tokens=0)).ask(request("mlops", label="design 9"))
    assert again.value == first.value
    assert again.usage.from_cache
    assert (again.usage.calls, again.usage.tokens, again.usage.usd) == (0, 0, 0.0)
    assert again.incidents == ()
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"task": "Make another plan."},
        {"system": "You plan well."},
        {"parameters": Parameters(max_output=501)},
        {"parameters": Parameters(max_output=500, temperature=0.0)},
        {"schema": OtherPlan},
    ],
    ids=["task", "system", "limit", "temperature", "schema"],
)
def test_any_change_of_the_question_is_another_question(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path, changed: dict[str, Any]
) -> None:
    server.script = [says(GOOD), says({"title": "other"} if "schema" in changed else GOOD)]
    door = open_door(store=tmp_path / "llm.sqlite")
    door.ask(request())
    other: Request[Any] = request(**changed)
    assert not door.ask(other).usage.from_cache


def test_the_answer_is_kept_without_the_prose_that_was_around_it(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [says(f"Here you are: {json.dumps(GOOD)}")]
    assert len(open_door(store=tmp_path / "llm.sqlite").ask(request()).incidents) == 1
    assert open_door(store=tmp_path / "llm.sqlite").ask(request()).incidents == ()


def test_another_model_is_another_question(server: ModelServer, open_door: OpenDoor, tmp_path: Path) -> None:
    server.always = says(GOOD)
    open_door(store=tmp_path / "llm.sqlite").ask(request())
    other = Models(ModelSpec("openai", "large", server.url))
    assert not open_door(other, store=tmp_path / "llm.sqlite").ask(request()).usage.from_cache


def test_no_cache_neither_looks_up_nor_keeps(server: ModelServer, open_door: OpenDoor, tmp_path: Path) -> None:
    server.always = says(GOOD)
    open_door(store=tmp_path / "llm.sqlite", cache=False).ask(request())
    open_door(store=tmp_path / "llm.sqlite").ask(request())
    open_door(store=tmp_path / "llm.sqlite", cache=False).ask(request())
    assert len(server.requests) == 3


def test_a_failed_question_is_not_kept(server: ModelServer, open_door: OpenDoor, tmp_path: Path) -> None:
    server.script = [says("prose")] * 3 + [says(GOOD)]
    with pytest.raises(NoAnswer):
        open_door(store=tmp_path / "llm.sqlite").ask(request())
    assert not open_door(store=tmp_path / "llm.sqlite").ask(request()).usage.from_cache


def test_a_kept_answer_that_breaks_a_new_rule_is_asked_again(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    def rule(plan: Plan) -> None:
        if plan.title == "A plan":
            raise DesignRejected("too plain a title")

    server.script = [says(GOOD), says({**GOOD, "title": "The plan"})]
    open_door(store=tmp_path / "llm.sqlite").ask(request())
    assert open_door(store=tmp_path / "llm.sqlite").ask(request(), rule).value.title == "The plan"
    assert open_door(store=tmp_path / "llm.sqlite").ask(request(), rule).usage.from_cache


def test_a_cache_file_that_is_none_is_named(open_door: OpenDoor, tmp_path: Path) -> None:
    (tmp_path / "llm.sqlite").write_bytes(b"no database, but long enough to be looked at" * 50)
    with pytest.raises(BadInput, match=r"llm\.sqlite"):
        open_door(store=tmp_path / "llm.sqlite")
