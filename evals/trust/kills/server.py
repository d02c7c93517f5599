"""A model's server over real HTTP that remembers whom it answered what, and when: `received` calls are paid calls."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from evals.trust.ground.customers import REFUSED

ANSWERS_AFTER_S = 0.03  # so that a kill can meet a call under way


@dataclass(frozen=True)
class Asked:
    """One request: who asked, what, and the moment (monotonic, of this machine)."""

    who: str
    what: str  # SHA-256 of the conversation
    at: float


@dataclass
class Paid:
    """All that the server was asked."""

    requests: list[Asked] = field(default_factory=list)
    url: str = ""


def digest(messages: list[tuple[str, str]]) -> str:
    """What tells one call's content from another's."""
    return hashlib.sha256(json.dumps([list(each) for each in messages]).encode()).hexdigest()


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    """Changes nothing of the playbook's design, but: a wrong shape first for two roles, a bad deployment first."""
    task, turns = body["messages"][1]["content"], len(body["messages"])
    answer: dict[str, Any] = dict.fromkeys(body["response_format"]["json_schema"]["schema"]["properties"])
    if turns == 2 and ("You are the data scientist" in task or "You are the observability" in task):
        return {"no": "such field"}
    if "You are the MLOps engineer" in task and "too big a cache" not in task:
        return answer | {"cache_entries": REFUSED}
    return answer


class Server(ThreadingHTTPServer):
    """One whose callers die."""

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that was killed is no fault."""


@contextmanager
def serving() -> Iterator[Paid]:
    """Run the server on a free port of this machine."""
    paid = Paid()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            at = time.monotonic()
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            what = digest([(each["role"], each["content"]) for each in body["messages"]])
            paid.requests.append(Asked(self.headers["Authorization"].removeprefix("Bearer "), what, at))
            time.sleep(ANSWERS_AFTER_S)
            choice = {"index": 0, "finish_reason": "stop"}
            choice["message"] = {"role": "assistant", "content": json.dumps(_answer(body))}
            usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
            whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
            try:
                self._send(json.dumps({**whole, "usage": usage}).encode())
            except OSError:  # the victim is dead
                self.close_connection = True

        def _send(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    httpd = Server(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    paid.url = f"http://127.0.0.1:{httpd.server_port}/v1"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield paid
    finally:
        httpd.shutdown()
        httpd.server_close()
