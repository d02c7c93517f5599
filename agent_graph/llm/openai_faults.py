"""What an error of OpenAI's client means: another way to ask, or why there is no reply."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx2
import openai

from agent_graph.llm.abilities import Ability, Mode
from agent_graph.llm.account import FaultKind
from agent_graph.llm.backoff import retry_after
from agent_graph.llm.openai_stream import Meter
from agent_graph.llm.wire import Fault, Unable

OPTIONAL = ("stream_options", "temperature", "seed", "max_tokens", "max_completion_tokens")  # a call works without
LEAST_OUTPUT = 1024  # tokens; no design fits into less
_SHAPE = re.compile(r"response_format|json_schema|json_object|schema|strict|grammar|tool|function|structured", re.I)
_STREAM = re.compile(r"\bstream(?:ing)?\b", re.I)
_MOST_OUTPUT = re.compile(r"(?:at most|less than or equal to|<=|maximum(?: value)?(?: is| of|:)?)\s*(\d{2,7})", re.I)
_TOO_MUCH = re.compile(r"context.{0,20}(?:length|window|size)|too many tokens|prompt is too long", re.I)


def next_ability(error: Exception, ability: Ability, modes: tuple[Mode, ...], max_output: int) -> Unable | None:
    """Another way to ask, when the server refused this one as such; None for every other error."""
    if not isinstance(error, openai.APIStatusError) or error.status_code not in (400, 404, 415, 422, 500, 501):
        return None
    words = _words(error)
    if _TOO_MUCH.search(words):  # small contexts of local servers: prompt and answer share them
        given = min(max_output, ability.most_output or max_output)
        return (
            Unable(replace(ability, most_output=max(LEAST_OUTPUT, given // 2)), words) if given > LEAST_OUTPUT else None
        )
    if error.status_code in (404, 500) and not _SHAPE.search(words):
        return None
    next_one = _without_parameter(words, ability)
    if next_one is None and (
        _SHAPE.search(words) or not ability.proven
    ):  # an unknown complaint may be about the schema
        next_one = ability.below(modes)
    return Unable(next_one, words) if next_one else None


def _without_parameter(words: str, ability: Ability) -> Ability | None:
    limit = _MOST_OUTPUT.search(words)
    if limit and "tokens" in words and ability.most_output is None:
        return replace(ability, most_output=int(limit.group(1)))
    for name in OPTIONAL:
        if re.search(rf"\b{name}\b", words) and name not in ability.lacks:
            return ability.without(name)
    if _STREAM.search(words) and "stream" not in ability.lacks and not _SHAPE.search(words):
        return ability.without("stream")
    return None


def fault_of(error: Exception, meter: Meter, wall: float) -> Fault:
    """The error as a value."""
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, wall)
    kind, words = _of_transfer(error, meter)
    began = kind != "unreachable"
    return Fault(kind, words, began=began, received=meter.written or (meter.received if began else 0))


def _of_transfer(error: Exception, meter: Meter) -> tuple[FaultKind, str]:
    if isinstance(error, Meter.Exceeded):
        if error.kind == "too_long":
            return "too_long", f"the answer was stopped after {meter.received} bytes"
        return "timed_out", f"the answer was still coming after {meter.received} bytes"
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        if isinstance(error.__cause__, httpx2.ConnectTimeout):
            return "unreachable", "no connection in time"
        return "timed_out", "no answer in time"
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError | httpx2.StreamError):
        if isinstance(error.__cause__ or error, httpx2.ConnectError | httpx2.UnsupportedProtocol | httpx2.ProxyError):
            return "unreachable", f"no connection: {error.__cause__ or error}"
        return "cut_short", f"the connection broke after {meter.received} bytes"
    if isinstance(error, openai.APIError):  # an error event inside the stream
        return "server_error", error.message
    return "garbled", f"what came is not OpenAI's protocol ({type(error).__name__}); does the base URL end in /v1?"


def _of_status(error: openai.APIStatusError, wall: float) -> Fault:
    words = f"HTTP {error.status_code}: {_words(error)}"
    wish = retry_after(error.response.headers, wall)
    return Fault(_kind(error, words), words, wish)


def _kind(error: openai.APIStatusError, words: str) -> FaultKind:
    status, code = error.status_code, f"{error.code} {error.type}"
    if status == 429:
        return "quota" if "insufficient_quota" in code else "rate_limited"
    if status in (408, 504):
        return "timed_out"
    if status == 409 or status >= 500:
        return "server_error"
    if _TOO_MUCH.search(words):
        return "prompt_too_long"
    named: dict[int, FaultKind] = {401: "key_refused", 403: "key_refused", 402: "quota", 404: "no_such_model"}
    return named.get(status, "bad_request")


def _words(error: openai.APIStatusError) -> str:
    """What the server says, without the client's own words around it."""
    body: Any = error.body
    said = body.get("message") if isinstance(body, dict) else body
    return " ".join(str(said or error.message).split())[:600]
