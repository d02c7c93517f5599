"""Anthropic, Google and every other provider through LangChain's own packages."""

from __future__ import annotations

import importlib
import importlib.util
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from agent_graph.errors import BadInput
from agent_graph.llm.abilities import Ability, Mode
from agent_graph.llm.backoff import Clock
from agent_graph.llm.langchain_faults import fault_of, refuses
from agent_graph.llm.notes import system_of
from agent_graph.llm.request import Call, Parameters
from agent_graph.llm.spec import ModelSpec
from agent_graph.llm.wire import MOST_CHARACTERS, Fault, Reply, Unable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

_FINISH = {
    "max_tokens": "length", "length": "length", "model_context_window_exceeded": "length",
    "refusal": "refusal", "safety": "refusal", "prohibited_content": "refusal", "blocklist": "refusal",
    "recitation": "refusal", "spii": "refusal", "content_filter": "refusal",
}  # fmt: skip


@dataclass(frozen=True)
class Package:
    """Where LangChain keeps a provider's client, and how it calls the limit of an answer."""

    module: str
    client: str
    install: str
    limit: str = "max_tokens"


PACKAGES = {
    "anthropic": Package("langchain_anthropic", "ChatAnthropic", "agent-graph[anthropic]"),
    "google": Package("langchain_google_genai", "ChatGoogleGenerativeAI", "agent-graph[google]", "max_output_tokens"),
}


def require_package(spec: ModelSpec) -> None:
    """BadInput with what to install, when the provider's package is absent. Imports nothing."""
    package = PACKAGES.get(spec.provider)
    module = package.module if package else "langchain"
    install = package.install if package else f"langchain langchain-{spec.provider.replace('_', '-')}"
    if importlib.util.find_spec(module) is None:
        raise BadInput(f"--model {spec}: {module} is not installed: pip install '{install}'")


def chat_model(spec: ModelSpec, key: SecretStr | None, parameters: Parameters, timeout_s: float) -> BaseChatModel:
    """LangChain's client of that provider, without retries of its own. BadInput when there is no such provider."""
    package = PACKAGES.get(spec.provider)
    words: dict[str, Any] = {"timeout": timeout_s, "max_retries": 0, "temperature": parameters.temperature}
    words = {name: value for name, value in words.items() if value is not None}
    words[package.limit if package else "max_tokens"] = parameters.max_output
    if key is not None:
        words["api_key"] = key
    if package:
        client = getattr(importlib.import_module(package.module), package.client)
        made: BaseChatModel = client(model=spec.name, **words)
        return made
    try:
        made = importlib.import_module("langchain.chat_models").init_chat_model(
            spec.name, model_provider=spec.provider, **words
        )
    except (ValueError, ImportError) as error:
        raise BadInput(f"--model {spec}: LangChain can't make it: {str(error).splitlines()[0]}") from None
    return made


class LangchainWire:
    """One model behind LangChain's chat interface: a schema, a forced tool call, or JSON asked for in words."""

    modes: tuple[Mode, ...] = ("strict", "tool", "plain")

    def __init__(self, spec: ModelSpec, key: SecretStr | None, timeout_s: float, clock: Clock) -> None:
        self._spec, self._key, self._timeout_s, self._clock = spec, key, timeout_s, clock

    @cached_property
    def _clients(self) -> dict[Parameters, BaseChatModel]:
        return {}

    def _client(self, parameters: Parameters) -> BaseChatModel:
        if parameters not in self._clients:
            self._clients[parameters] = chat_model(self._spec, self._key, parameters, self._timeout_s)
        return self._clients[parameters]

    def send(self, call: Call, ability: Ability) -> Reply | Fault | Unable:
        """One exchange, streamed, within the limits of time and size."""
        model = self._client(call.parameters)
        return exchange(model, call, ability, self._timeout_s, self._clock)


def exchange(
    model: BaseChatModel, call: Call, ability: Ability, timeout_s: float, clock: Clock
) -> Reply | Fault | Unable:
    """One call to any chat model of LangChain's."""
    until, received, total = clock.monotonic() + timeout_s, 0, None
    try:
        for chunk in _asked(model, call, ability.mode):
            received += len(str(chunk.content)) + sum(len(part["args"] or "") for part in chunk.tool_call_chunks)
            if received > MOST_CHARACTERS:
                return Fault("too_long", f"the answer was stopped after {received} characters", None, True, received)
            if clock.monotonic() > until:
                return Fault(
                    "timed_out", f"the answer was still coming after {received} characters", None, True, received
                )
            total = chunk if total is None else total + chunk
    except Exception as error:  # each provider's package has a tree of errors of its own; this is the edge to them
        below = ability.below(LangchainWire.modes)
        if below and refuses(error):
            return Unable(below, str(error))
        return fault_of(error, received, clock.wall())
    return Reply("", "stop") if total is None else _reply(total)


def _asked(model: BaseChatModel, call: Call, mode: Mode) -> Any:
    roles = {"system": "system", "user": "human", "assistant": "ai"}
    messages = [(roles[message.role], message.text) for message in call.messages]
    messages[0] = ("system", system_of(call, mode))
    if mode == "plain":
        return model.stream(messages)
    if mode == "strict":  # OpenAI's words, which LangChain's packages translate into their provider's
        schema = {"name": call.schema_name, "schema": call.schema, "strict": True}
        return model.bind(response_format={"type": "json_schema", "json_schema": schema}).stream(messages)
    function = {"name": call.schema_name, "description": "Hand in the answer.", "parameters": call.schema}
    tool = {"type": "function", "function": function}
    return model.bind_tools([tool], tool_choice=call.schema_name).stream(messages)


def _reply(total: AIMessageChunk) -> Reply:
    text = str(total.text)
    if total.tool_call_chunks:
        text = total.tool_call_chunks[0]["args"] or ""
    elif total.tool_calls:
        text = json.dumps(total.tool_calls[0]["args"])
    metadata = total.response_metadata
    said = str(metadata.get("stop_reason") or metadata.get("finish_reason") or "unknown").lower()
    finish: Any = _FINISH.get(said.rsplit(".", 1)[-1], "stop")
    usage: Any = total.usage_metadata or {}
    details = usage.get("input_token_details") or {}
    return Reply(
        text,
        finish,
        usage.get("input_tokens"),
        details.get("cache_read") or 0,
        usage.get("output_tokens"),
        details.get("cache_creation") or 0,
    )
