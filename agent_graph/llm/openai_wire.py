"""OpenAI's protocol through its official client: OpenAI itself, vLLM, Ollama, llama.cpp and their like."""

from __future__ import annotations

import ssl
import threading
from functools import cache, cached_property
from typing import Any

import httpx2
import openai
from pydantic import SecretStr

from agent_graph.llm.abilities import Ability, Mode
from agent_graph.llm.backoff import Clock
from agent_graph.llm.notes import system_of
from agent_graph.llm.openai_faults import fault_of, next_ability
from agent_graph.llm.openai_stream import Meter, MeteredStream, reply_of
from agent_graph.llm.request import Call
from agent_graph.llm.spec import OPENAI_URL
from agent_graph.llm.wire import BYTES_A_TOKEN, BYTES_BESIDE, CONNECT_S, TOO_DEEP, Fault, Reply, Unable


@cache
def _certificates() -> ssl.SSLContext:
    """Read once for all servers: it takes a tenth of a second."""
    return httpx2.create_ssl_context()


class OpenAIWire:
    """One server that speaks OpenAI's chat completions."""

    modes: tuple[Mode, ...] = ("strict", "tool", "json", "plain")

    def __init__(self, base_url: str, key: SecretStr | None, timeout_s: float, clock: Clock) -> None:
        self._base_url, self._key, self._timeout_s, self._clock = base_url, key, timeout_s, clock
        self._here = threading.local()  # the meter of this thread's exchange: hooks know only the response

    @cached_property
    def _client(self) -> openai.OpenAI:
        return openai.OpenAI(
            base_url=self._base_url,
            api_key=self._key.get_secret_value() if self._key else "none",
            max_retries=0,  # ours are counted, paid for and told of
            timeout=httpx2.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s)),
            default_headers={"Accept-Encoding": "identity"},  # so that bytes counted are bytes meant
            http_client=openai.DefaultHttpxClient(event_hooks={"response": [self._measure]}, verify=_certificates()),
        )

    def _measure(self, response: httpx2.Response) -> None:
        response.stream = MeteredStream(response.stream, self._here.meter)

    def send(self, call: Call, ability: Ability) -> Reply | Fault | Unable:
        """One exchange, streamed, within the limits of time and size."""
        most = BYTES_BESIDE + BYTES_A_TOKEN * call.parameters.max_output
        meter = self._here.meter = Meter(self._clock.monotonic, self._timeout_s, most)
        try:
            return self._exchanged(call, ability, meter)
        except RecursionError:  # out of any reader of JSON, of an error's body too
            return Fault("garbled", TOO_DEEP, began=True, received=meter.written or meter.received)

    def _exchanged(self, call: Call, ability: Ability, meter: Meter) -> Reply | Fault | Unable:
        try:
            answer = self._client.chat.completions.create(**self._words(call, ability))
            return reply_of(answer, meter)
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, ValueError, meter.Exceeded) as error:
            # The error holds the request and that holds the key: from here on there are only words.
            unable = next_ability(error, ability, self.modes, call.parameters.max_output)
            return unable or fault_of(error, meter, self._clock.wall())

    def _words(self, call: Call, ability: Ability) -> dict[str, Any]:
        """The call as keyword arguments of the client."""
        messages = [{"role": message.role, "content": message.text} for message in call.messages]
        messages[0]["content"] = system_of(call, ability.mode)
        sent: dict[str, Any] = {"model": call.spec.name, "messages": messages, "stream": True}
        sent["stream_options"] = {"include_usage": True}
        sent["max_completion_tokens" if self._base_url == OPENAI_URL else "max_tokens"] = call.parameters.max_output
        sent |= {"temperature": call.parameters.temperature, "seed": call.parameters.seed}
        sent |= _format(call, ability.mode)
        return _accepted({name: value for name, value in sent.items() if value is not None}, ability)


def _format(call: Call, mode: Mode) -> dict[str, Any]:
    """How the shape of the answer is asked for."""
    if mode == "strict":
        schema = {"name": call.schema_name, "schema": call.schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}
    if mode == "tool":
        function = {"name": call.schema_name, "description": "Hand in the answer.", "parameters": call.schema}
        chosen = {"type": "function", "function": {"name": call.schema_name}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": chosen}
    return {"response_format": {"type": "json_object"}} if mode == "json" else {}


def _accepted(sent: dict[str, Any], ability: Ability) -> dict[str, Any]:
    """Without what this server refuses; a limit of the answer goes by its other name."""
    names = ("max_tokens", "max_completion_tokens")
    for name, other in (names, names[::-1]):
        if name in sent and name in ability.lacks and other not in ability.lacks:
            sent[other] = sent.pop(name)
            break
    for name in names:
        if name in sent and ability.most_output:
            sent[name] = min(sent[name], ability.most_output)
    if "stream" in ability.lacks:
        sent.pop("stream_options", None)
    return {name: value for name, value in sent.items() if name not in ability.lacks}
