"""Other providers behind LangChain's interface: its own classes, and Anthropic's client over HTTP where installed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.exceptions import ModelNotFoundError, ModelRateLimitError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field

from agent_graph.llm import Clock, Models, ModelSpec, NoAnswer
from agent_graph.llm.abilities import Ability
from agent_graph.llm.langchain_wire import exchange
from agent_graph.llm.request import Call, first_call
from agent_graph.llm.wire import Fault, Reply, Unable
from tests.llm.conftest import CANARY, GOOD, OpenDoor, Plan, request
from tests.llm.server import Exchange, ModelServer, status

SPEC = ModelSpec("elsewhere", "tiny")


class Scripted(BaseChatModel):
    """A chat model of LangChain's that streams what it is told to, or raises."""

    pieces: list[Any]
    bound: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, *words: Any, **more: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(self, messages: Any, *words: Any, **more: Any) -> Iterator[ChatGenerationChunk]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield ChatGenerationChunk(message=piece() if callable(piece) else piece)

    def bind_tools(self, tools: Any, **more: Any) -> Any:
        self.bound.append((tools, more))
        return self


class Toolless(Scripted):
    def bind_tools(self, tools: Any, **more: Any) -> Any:
        raise NotImplementedError


def call() -> Call:
    return first_call(SPEC, request())


def sent(model: BaseChatModel, mode: str = "tool") -> Reply | Fault | Unable:
    return exchange(model, call(), Ability(mode), 60.0, Clock())  # type: ignore[arg-type]


def tool_pieces(text: str) -> list[AIMessageChunk]:
    half = len(text) // 2
    usage: Any = {
        "input_tokens": 90,
        "output_tokens": 30,
        "total_tokens": 120,
        "input_token_details": {"cache_read": 50},
    }
    return [
        AIMessageChunk("", tool_call_chunks=[tool_call_chunk(name="Plan", args=text[:half], id="1", index=0)]),
        AIMessageChunk("", tool_call_chunks=[tool_call_chunk(args=text[half:], index=0)]),
        AIMessageChunk("", usage_metadata=usage, response_metadata={"stop_reason": "tool_use"}),
    ]


def test_a_streamed_tool_call_is_the_answer_with_its_cost() -> None:
    model = Scripted(pieces=tool_pieces(json.dumps(GOOD)), bound=[])
    reply = sent(model)
    assert reply == Reply(json.dumps(GOOD), "stop", 90, 50, 30, 0)
    ((tools, more),) = model.bound
    assert tools[0]["function"]["name"] == more["tool_choice"] == "Plan"


def test_a_model_without_tools_is_asked_in_words() -> None:
    model = Toolless(pieces=[AIMessageChunk(json.dumps(GOOD))])
    unable = sent(model)
    assert isinstance(unable, Unable)
    assert unable.ability.mode == "plain"
    reply = sent(model, "plain")
    assert isinstance(reply, Reply)
    assert json.loads(reply.text) == GOOD


@pytest.mark.parametrize(
    ("metadata", "finish"),
    [
        ({"stop_reason": "max_tokens"}, "length"),
        ({"finish_reason": "MAX_TOKENS"}, "length"),
        ({"stop_reason": "refusal"}, "refusal"),
        ({"finish_reason": "SAFETY"}, "refusal"),
        ({"finish_reason": "STOP"}, "stop"),
        ({"stop_reason": "end_turn"}, "stop"),
    ],
)
def test_how_an_answer_ended_is_understood_in_each_providers_words(metadata: dict[str, str], finish: str) -> None:
    reply = sent(Scripted(pieces=[AIMessageChunk("some", response_metadata=metadata)]))
    assert isinstance(reply, Reply)
    assert reply.finish == finish


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ModelRateLimitError("slow down"), "rate_limited"),
        (ModelNotFoundError("no such"), "no_such_model"),
        (TimeoutError("late"), "timed_out"),
        (ConnectionResetError("gone"), "cut_short"),
        (RuntimeError("what"), "server_error"),
    ],
)
def test_errors_are_faults_by_what_they_mean(error: Exception, kind: str) -> None:
    fault = sent(Scripted(pieces=[AIMessageChunk("begun "), error]))
    assert isinstance(fault, Fault)
    assert fault.kind == kind
    assert fault.began, "what had come is paid for"


def test_a_flood_is_stopped_while_it_comes() -> None:
    fault = sent(Scripted(pieces=[AIMessageChunk("x" * 100_000)] * 50))
    assert isinstance(fault, Fault)
    assert fault.kind == "too_long"


def test_a_tools_arguments_that_are_nested_deeply_are_garbled() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"a": deep}
    tool: Any = {"name": "Plan", "args": deep, "id": "1", "type": "tool_call"}
    fault = sent(Scripted(pieces=[lambda: AIMessageChunk("", tool_calls=[tool])]))
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.began) == ("garbled", False)


def test_nesting_in_the_providers_own_body_is_garbled() -> None:
    def body(depth: int) -> Any:
        return json.loads("[" * depth)

    with pytest.raises(RecursionError) as caught:
        body(50_000)
    fault = sent(Scripted(pieces=[AIMessageChunk("begun "), caught.value]))
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.began) == ("garbled", True)


def test_an_empty_stream_is_an_empty_answer() -> None:
    reply = sent(Scripted(pieces=[AIMessageChunk("")]))
    assert isinstance(reply, Reply)
    assert reply.text == ""


def anthropic_events(exchange: Exchange) -> None:
    """Anthropic's message stream: the answer as text held to a schema, or as the input of the forced tool."""
    forced = exchange.body.get("tool_choice") == {"type": "tool", "name": "Plan"}
    assert forced or exchange.body["output_config"]["format"]["type"] == "json_schema"
    exchange.open_stream()
    usage = {"input_tokens": 40, "cache_read_input_tokens": 60, "cache_creation_input_tokens": 0, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": [], "usage": usage}
    block = {"type": "tool_use", "id": "t", "name": "Plan", "input": {}} if forced else {"type": "text", "text": ""}
    text = json.dumps(GOOD)

    def delta(piece: str) -> dict[str, Any]:
        inner = {"type": "input_json_delta", "partial_json": piece} if forced else {"type": "text_delta", "text": piece}
        return {"type": "content_block_delta", "index": 0, "delta": inner}

    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        delta(text[:20]),
        delta(text[20:]),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use" if forced else "end_turn", "stop_sequence": None},
            "usage": usage | {"output_tokens": 25},
        },
        {"type": "message_stop"},
    ]
    for event in events:
        exchange.handler.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())


@pytest.fixture
def anthropic(server: ModelServer, open_door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    pytest.importorskip("langchain_anthropic", reason="not checked: the extra anthropic is not installed")
    monkeypatch.setenv("ANTHROPIC_API_URL", server.url.removesuffix("/v1"))
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url.removesuffix("/v1"))
    models = Models(ModelSpec("anthropic", "claude-haiku-4-5"))
    return lambda **options: open_door(models, environment={"ANTHROPIC_API_KEY": CANARY}, **options)


def test_anthropics_client_answers_through_the_door(server: ModelServer, anthropic: Callable[..., Any]) -> None:
    server.script = [anthropic_events]
    answer = anthropic().ask(request())
    assert answer.value == Plan.model_validate(GOOD)
    assert (answer.usage.prompt_tokens, answer.usage.cached_tokens, answer.usage.completion_tokens) == (100, 60, 25)
    assert answer.usage.usd == pytest.approx((40 * 1 + 60 * 0.1 + 25 * 5) / 1e6)
    assert CANARY in (
        server.headers[0].get("x-api-key"),
        server.headers[0].get("authorization", "").removeprefix("Bearer "),
    )
    assert server.requests[0]["max_tokens"] == 500


def test_anthropics_model_without_schemas_is_asked_by_a_forced_tool(
    server: ModelServer, anthropic: Callable[..., Any]
) -> None:
    server.script = [status(400, "output_config.format: structured outputs are not supported"), anthropic_events]
    answer = anthropic().ask(request())
    assert answer.value.title == "A plan"
    assert "output_config" in server.requests[0]
    assert "tools" in server.requests[1]


def test_anthropics_faults_are_waited_out_by_us_alone(
    server: ModelServer, anthropic: Callable[..., Any], time_: Any
) -> None:
    server.script = [status(429, Retry_After="3"), status(529), lambda exchange: exchange.reset(), anthropic_events]
    answer = anthropic().ask(request())
    assert [incident.kind for incident in answer.incidents] == ["rate_limited", "server_error", "cut_short"]
    assert time_.waits == [3.5, 1.0, 2.0]


def test_anthropics_refused_key_is_said_and_not_shown(server: ModelServer, anthropic: Callable[..., Any]) -> None:
    server.always = status(401, f"invalid x-api-key {CANARY}")
    with pytest.raises(NoAnswer) as caught:
        anthropic().ask(request())
    assert caught.value.reason == "key_refused"
    assert CANARY not in str(caught.value)
