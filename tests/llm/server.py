"""A real HTTP server that speaks OpenAI's chat completions, with a scripted answer or fault for each request."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Callable[["Exchange"], None]
USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 60},
}


@dataclass
class Exchange:
    """One request, and the means to answer it."""

    handler: BaseHTTPRequestHandler
    body: dict[str, Any]
    over: threading.Event  # set when the server closes

    @property
    def mode(self) -> str:
        """How the answer's shape was asked for."""
        if self.body.get("tools"):
            return "tool"
        kind = self.body.get("response_format", {}).get("type", "plain")
        return {"json_schema": "strict", "json_object": "json"}.get(kind, kind)

    def send(self, status: int, content: bytes, kind: str = "application/json", **headers: str) -> None:
        """A whole response."""
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        self.handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(content)

    def open_stream(self) -> None:
        """The head of an event stream."""
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream")
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()
        self.handler.close_connection = True

    def event(self, chunk: dict[str, Any] | str) -> None:
        """One event of a stream."""
        data = chunk if isinstance(chunk, str) else json.dumps(chunk)
        self.handler.wfile.write(f"data: {data}\n\n".encode())
        self.handler.wfile.flush()

    def delta(self, delta: dict[str, Any], finish: str | None = None) -> None:
        """One piece of the answer."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self.event({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})

    def reset(self) -> None:
        """Break the connection the hard way."""
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.handler.connection.close()
        self.handler.close_connection = True


def says(answer: Any, finish: str | None = "stop", usage: dict[str, Any] | None = USAGE, done: bool = True) -> Step:
    """A streamed answer, in pieces, in the way that was asked for."""

    def step(exchange: Exchange) -> None:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        if not exchange.body.get("stream"):
            return whole(answer, finish, usage)(exchange)
        exchange.open_stream()
        for start in range(0, len(text), 40):
            piece = text[start : start + 40]
            called = {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
            exchange.delta(called if exchange.mode == "tool" else {"content": piece})
        if finish:
            exchange.delta({}, finish)
        if usage and exchange.body.get("stream_options", {}).get("include_usage"):
            exchange.event(
                {
                    "id": "c",
                    "object": "chat.completion.chunk",
                    "created": 1,
                    "model": "m",
                    "choices": [],
                    "usage": usage,
                }
            )
        if done:
            exchange.event("[DONE]")

    return step


def whole(answer: Any, finish: str | None = "stop", usage: dict[str, Any] | None = USAGE) -> Step:
    """An answer in one piece, although a stream was asked for."""
    text = answer if isinstance(answer, str) else json.dumps(answer)

    def step(exchange: Exchange) -> None:
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if exchange.mode == "tool":
            function = {"name": "Plan", "arguments": text}
            message = {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "1", "type": "function", "function": function}],
            }
        choice = {"index": 0, "message": message, "finish_reason": finish}
        body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
        exchange.send(200, json.dumps(body).encode())

    return step


def refuses(words: str) -> Step:
    """A streamed refusal."""

    def step(exchange: Exchange) -> None:
        exchange.open_stream()
        exchange.delta({"refusal": words})
        exchange.delta({}, "stop")
        exchange.event("[DONE]")

    return step


def status(code: int, message: str = "injected", error_code: str = "", **headers: str) -> Step:
    """An error in OpenAI's form."""
    body = json.dumps({"error": {"message": message, "type": "injected", "code": error_code}}).encode()
    return lambda exchange: exchange.send(code, body, **headers)


def raw(content: bytes, kind: str = "text/event-stream") -> Step:
    """Any bytes."""
    return lambda exchange: exchange.send(200, content, kind)


def hangs(exchange: Exchange) -> None:
    """No answer, ever."""
    exchange.over.wait(20)
    exchange.handler.close_connection = True


def trickles(exchange: Exchange) -> None:
    """A comment every few milliseconds and never an answer: no single read is late."""
    exchange.open_stream()
    while not exchange.over.wait(0.02):
        exchange.handler.wfile.write(b": still here\n\n")
        exchange.handler.wfile.flush()


def breaks_off(exchange: Exchange) -> None:
    """A reset in the middle of an answer."""
    exchange.open_stream()
    exchange.delta({"content": '{"title": "half of'})
    exchange.reset()


def floods(exchange: Exchange) -> None:
    """Ten megabytes without a line's end."""
    exchange.open_stream()
    for _ in range(160):
        exchange.handler.wfile.write(b"x" * 65_536)


@dataclass
class ModelServer:
    """The server: its script, what it can't, and what it was asked."""

    script: list[Step] = field(default_factory=list)
    always: Step | None = None  # when the script is at its end
    cannot: dict[str, str] = field(default_factory=dict)  # parameter or mode -> the words of the 400
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)  # set by the first question
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        """What `--base-url` is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    def answer(self, exchange: Exchange) -> None:
        """Play the next step."""
        self.requests.append(exchange.body)
        self.asked.set()
        self.headers.append({name.lower(): value for name, value in exchange.handler.headers.items()})
        self.modes.append(exchange.mode)
        for word, message in self.cannot.items():
            if word in exchange.body or word == exchange.mode:
                return status(400, message)(exchange)
        step = self.script.pop(0) if self.script else self.always
        assert step is not None, "the script is at its end"
        try:
            step(exchange)
        except OSError:  # the client hung up, as it should
            exchange.handler.close_connection = True


@contextmanager
def serving(server: ModelServer) -> Iterator[ModelServer]:
    """Run the server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.answer(Exchange(self, body, server.over))

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server.port = httpd.server_port
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        httpd.shutdown()
        httpd.server_close()
