"""What a server can is found out once, by asking, and remembered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent_graph.llm import NoAnswer, Parameters
from tests.llm.conftest import GOOD, FakeTime, OpenDoor, Plan, request
from tests.llm.server import Exchange, ModelServer, says, status

NO_SCHEMA = {"strict": "response_format.type must be 'text' or 'json_object'"}
NO_TOOLS = {"tool": "tools are not supported by this model"}
NO_JSON = {"json": "response_format is not supported"}


@pytest.mark.parametrize(
    ("cannot", "mode"),
    [({}, "strict"), (NO_SCHEMA, "tool"), (NO_SCHEMA | NO_TOOLS, "json"), (NO_SCHEMA | NO_TOOLS | NO_JSON, "plain")],
    ids=["strict", "tool", "json", "plain"],
)
def test_the_best_way_of_asking_that_a_server_knows_is_found_and_remembered(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path, cannot: dict[str, str], mode: str
) -> None:
    server.always, server.cannot = says(GOOD), cannot
    answer = open_door(store=tmp_path / "llm.sqlite").ask(request())
    assert answer.usage.calls == len(server.requests) == len(cannot) + 1
    assert server.modes[-1] == mode
    server.modes.clear()
    open_door(store=tmp_path / "llm.sqlite", cache=False).ask(request())
    assert server.modes == [mode], "another door, another day: nothing is tried again"


def test_what_was_found_out_holds_for_that_server_and_model_only_and_for_a_month(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path, time_: FakeTime
) -> None:
    server.always, server.cannot = says(GOOD), NO_SCHEMA
    open_door(store=tmp_path / "llm.sqlite").ask(request())
    server.cannot = {}
    time_.now += 31 * 86_400
    server.modes.clear()
    open_door(store=tmp_path / "llm.sqlite", cache=False).ask(request())
    assert server.modes == ["strict"]


def test_the_schema_is_sent_in_the_words_of_each_way(server: ModelServer, open_door: OpenDoor) -> None:
    server.always, server.cannot = says(GOOD), NO_SCHEMA | NO_TOOLS
    open_door().ask(request())
    strict, tool, json_mode = server.requests
    assert strict["response_format"]["json_schema"]["strict"] is True
    assert strict["response_format"]["json_schema"]["schema"]["required"] == list(Plan.model_fields)
    assert tool["tool_choice"] == {"type": "function", "function": {"name": "Plan"}}
    assert tool["tools"][0]["function"]["parameters"]["additionalProperties"] is False
    assert json_mode["messages"][0]["content"].startswith("You plan.\n")
    assert "valid against this JSON schema" in json_mode["messages"][0]["content"]


def test_a_server_that_takes_a_schema_and_does_not_keep_it_is_asked_in_another_way(
    server: ModelServer, open_door: OpenDoor
) -> None:
    server.script = [says("I would rather talk."), says(""), says(GOOD)]
    door = open_door()
    door.ask(request())
    assert server.modes == ["strict", "tool", "json"]


def test_a_value_out_of_range_is_no_reason_to_doubt_the_server(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says({**GOOD, "steps": [{"name": "one", "share": 7}]}), says(GOOD)]
    open_door().ask(request())
    assert server.modes == ["strict", "strict"]


def test_a_way_that_has_worked_is_kept_when_one_answer_goes_wrong(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says(GOOD), says("prose"), says(GOOD)]
    door = open_door()
    door.ask(request())
    door.ask(request(task="Another plan."))
    assert server.modes == ["strict"] * 3


@pytest.mark.parametrize(
    ("cannot", "gone"),
    [
        ({"temperature": "Unsupported value: 'temperature' does not support 0.2 with this model."}, "temperature"),
        ({"seed": "unknown field: seed"}, "seed"),
        ({"stream_options": "extra fields not permitted: stream_options"}, "stream_options"),
        ({"max_tokens": "'max_tokens' is not supported, use 'max_completion_tokens' instead."}, "max_tokens"),
        ({"stream": "streaming is not supported here"}, "stream_options"),
    ],
    ids=["temperature", "seed", "usage", "limit", "stream"],
)
def test_a_parameter_that_a_server_refuses_is_left_out_from_then_on(
    server: ModelServer, open_door: OpenDoor, cannot: dict[str, str], gone: str
) -> None:
    server.cannot = {name: words for name, words in cannot.items() if name != "stream"}

    def unless_streamed(exchange: Exchange) -> None:
        streamed = exchange.body.get("stream") and "stream" in cannot
        (status(400, cannot["stream"]) if streamed else says(GOOD))(exchange)

    server.always = unless_streamed
    door = open_door()
    asked = request(parameters=Parameters(max_output=500, temperature=0.2, seed=1))
    door.ask(asked)
    assert server.modes[-1] == "strict", "the shape is still asked for in the best way"
    assert gone not in server.requests[-1]
    assert {"max_tokens", "max_completion_tokens"} & set(server.requests[-1])
    count = len(server.requests)
    door.ask(request(task="Another.", parameters=asked.parameters))
    assert len(server.requests) == count + 1


def test_a_server_with_a_smaller_limit_gets_its_own(server: ModelServer, open_door: OpenDoor) -> None:
    def limited(exchange: Exchange) -> None:
        if exchange.body["max_tokens"] > 4096:
            return status(400, "max_tokens is too large: 9000. This model supports at most 4096 completion tokens")(
                exchange
            )
        says(GOOD)(exchange)

    server.always = limited
    open_door().ask(request(parameters=Parameters(max_output=9000)))
    assert [body["max_tokens"] for body in server.requests] == [9000, 4096]


def test_a_small_context_is_shared_by_prompt_and_answer(server: ModelServer, open_door: OpenDoor) -> None:
    words = "This model's maximum context length is 8192 tokens. However, you requested 12000 tokens"

    def limited(exchange: Exchange) -> None:
        (status(400, words) if exchange.body["max_tokens"] > 3000 else says(GOOD))(exchange)

    server.always = limited
    open_door().ask(request(parameters=Parameters(max_output=8192)))
    assert [body["max_tokens"] for body in server.requests] == [8192, 4096, 2048]


def test_a_prompt_that_does_not_fit_at_all_is_said_to_be_too_long(server: ModelServer, open_door: OpenDoor) -> None:
    server.always = status(400, "prompt is too long: 300000 tokens > 200000 maximum")
    door = open_door()
    with pytest.raises(NoAnswer) as caught:
        door.ask(request())
    assert caught.value.reason == "prompt_too_long"


def test_a_request_that_is_bad_in_every_way_does_not_spoil_what_is_known(
    server: ModelServer, open_door: OpenDoor
) -> None:
    def only_good_tasks(exchange: Exchange) -> None:
        bad = "bad" in exchange.body["messages"][1]["content"]
        (status(400, "I don't like it") if bad else says(GOOD))(exchange)

    server.always = only_good_tasks
    door = open_door()
    with pytest.raises(NoAnswer) as caught:
        door.ask(request(task="a bad one"))
    assert caught.value.reason == "bad_request"
    server.modes.clear()
    door.ask(request(task="a good one"))
    assert server.modes == ["strict"]


def test_llama_cpp_servers_of_python_refuse_schemas_with_a_500(server: ModelServer, open_door: OpenDoor) -> None:
    def as_they_do(exchange: Exchange) -> None:
        body: Any = exchange.body
        if body.get("response_format", {}).get("type") == "json_schema":
            return status(500, "[{'loc': ('body', 'response_format', 'type'), 'msg': 'unexpected value'}]")(exchange)
        says(json.dumps(GOOD))(exchange)

    server.always = as_they_do
    open_door().ask(request())
    assert server.modes == ["strict", "tool"]
