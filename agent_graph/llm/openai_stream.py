"""Reading what an OpenAI-compatible server sends: event streams and whole bodies, within limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2

from agent_graph.llm.wire import MOST_CHARACTERS, Reply

MOST_TOKENS = 10**9  # of one exchange; a larger count is no count
_FINISH = {
    "stop": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "length": "length",
    "content_filter": "refusal",
}


class Meter:
    """Counts the bytes of one exchange and watches its time, whatever the client above makes of them."""

    class Exceeded(Exception):
        """The answer is too big, or takes too long although bytes still trickle."""

        def __init__(self, kind: str) -> None:
            super().__init__(kind)
            self.kind = kind

    def __init__(self, monotonic: Callable[[], float], timeout_s: float, most_bytes: int) -> None:
        self._monotonic, self._until, self._most = monotonic, monotonic() + timeout_s, most_bytes
        self.received = 0  # bytes on the wire
        self.written = 0  # characters of the answer in them

    def wrote(self, text: str) -> None:
        """Take note of a piece of the answer; Exceeded when it was one too many."""
        self.written += len(text)
        if self.written > MOST_CHARACTERS:
            raise self.Exceeded("too_long")

    def count(self, chunk: bytes) -> None:
        """Take note of a chunk; Exceeded when it was one too many."""
        self.received += len(chunk)
        if self.received > self._most:
            raise self.Exceeded("too_long")
        if self._monotonic() > self._until:
            raise self.Exceeded("timed_out")


class MeteredStream(httpx2.SyncByteStream):
    """A response's bytes, each chunk past the meter."""

    def __init__(self, stream: Any, meter: Meter) -> None:
        self._stream, self._meter = stream, meter

    def __iter__(self) -> Iterator[bytes]:
        """The chunks as they come."""
        for chunk in self._stream:
            self._meter.count(chunk)
            yield chunk

    def close(self) -> None:
        """Hang up."""
        self._stream.close()


def reply_of(answer: Any, meter: Meter) -> Reply:
    """The reply from the client's answer: a stream, or a whole completion, asked for or not."""
    if not hasattr(answer, "response"):
        return _from_whole(answer.model_dump(warnings=False))
    with answer:
        if "json" in answer.response.headers.get("content-type", ""):
            return _from_whole(json.loads(answer.response.read()))
        try:
            return _from_stream(answer, meter)
        except (TypeError, AttributeError):
            raise ValueError("the server's events are no chat completion") from None


def _from_stream(chunks: Any, meter: Meter) -> Reply:
    content: list[str] = []
    arguments: list[str] = []
    refusal: list[str] = []
    finish, usage = None, None
    for chunk in chunks:
        usage = chunk.usage or usage
        for choice in (chunk.choices or [])[:1]:
            finish = choice.finish_reason or finish
            delta = choice.delta
            content.append((delta and delta.content) or "")
            refusal.append((delta and delta.refusal) or "")
            for tool in ((delta and delta.tool_calls) or [])[:1]:
                arguments.append((tool.function and tool.function.arguments) or "")
            meter.wrote(content[-1] or refusal[-1] or (arguments[-1] if arguments else ""))
    return _reply(
        "".join(arguments) or "".join(content), "".join(refusal), finish, usage and usage.model_dump(warnings=False)
    )


def _from_whole(body: Any) -> Reply:
    """A completion that came in one piece; KeyError and the like become ValueError: the server is not what it says."""
    try:
        choice = body["choices"][0]
        message = choice["message"]
        tools = message.get("tool_calls") or []
        text = tools[0]["function"]["arguments"] if tools else message.get("content")
        return _reply(text or "", message.get("refusal") or "", choice.get("finish_reason"), body.get("usage"))
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ValueError("the server's answer is no chat completion") from None


def _reply(text: Any, refusal: Any, finish: Any, usage: Any) -> Reply:
    """The reply from what the server put in these places; TypeError when a text is none."""
    if not isinstance(text, str) or not isinstance(refusal, str):
        raise TypeError("the answer is no text")
    usage = usage or {}
    details = usage.get("prompt_tokens_details") or {}
    kind: Any = "refusal" if refusal else _FINISH.get(finish or "", "unknown")
    return Reply(
        refusal or text,
        kind,
        _tokens(usage.get("prompt_tokens")),
        _tokens(details.get("cached_tokens")) or 0,
        _tokens(usage.get("completion_tokens")),
        _tokens(details.get("cache_write_tokens")) or 0,
    )


def _tokens(value: Any) -> int | None:
    """A server's count; None when it is none, so that we count ourselves: caps are held by these numbers."""
    return value if isinstance(value, int) and 0 <= value <= MOST_TOKENS else None
