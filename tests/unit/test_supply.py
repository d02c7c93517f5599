"""What a project is installed with: licences from the list, vulnerabilities from a server of OSV's protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from agent_graph.proof import supply
from agent_graph.resources import resource
from agent_graph.sandbox import packages
from agent_graph.settings import settings
from agent_graph.writing.packages import WHOLE

LOCK = resource("templates") / WHOLE
Serve = Callable[[int, object], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that answers every question so; its address."""
    servers: list[HTTPServer] = []

    def start(code: int, answer: object) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                given = answer(asked) if callable(answer) else answer
                content = given if isinstance(given, bytes) else json.dumps(given).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/v1/querybatch"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def holes_of(name: str) -> Callable[[dict[str, list[dict[str, dict[str, str]]]]], object]:
    """An answer in which this package alone has two."""
    found = {"vulns": [{"id": "GHSA-aaaa", "modified": "2026-01-01"}, {"id": "PYSEC-2026-1"}]}
    return lambda asked: {"results": [found if q["package"]["name"] == name else {} for q in asked["queries"]]}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], supply.Dependencies]]:
    def asked(address: str) -> supply.Dependencies:
        monkeypatch.setenv("AGENT_GRAPH_VULNERABILITIES", address)
        settings.cache_clear()
        return supply.dependencies(LOCK.read_text("utf-8"))

    yield asked
    settings.cache_clear()


Told = Callable[[str], supply.Dependencies]


def test_every_package_is_counted_under_its_licence(told: Told) -> None:
    account = told("")
    assert account.packages == len(packages.locked(LOCK.read_text("utf-8")))
    assert sum(each.packages for each in account.licences) == account.packages
    assert account.licences[0].licence == "MIT"


def test_a_known_vulnerability_is_named_with_its_package_and_version(serve: Serve, told: Told) -> None:
    account = told(serve(200, holes_of("mlflow")))
    version = packages.locked(LOCK.read_text("utf-8"))["mlflow"]
    assert [(each.package, each.version, each.known_as) for each in account.vulnerabilities] == [
        ("mlflow", version, "GHSA-aaaa"),
        ("mlflow", version, "PYSEC-2026-1"),
    ]
    assert account.not_asked == ""


def test_no_vulnerability_is_told_apart_from_nobody_asked(serve: Serve, told: Told) -> None:
    clean = told(serve(200, holes_of("nothing of this name")))
    assert (clean.vulnerabilities, clean.not_asked) == ((), "")
    assert "AGENT_GRAPH_VULNERABILITIES is empty" in told("").not_asked


@pytest.mark.parametrize(
    ("code", "answer", "why"),
    [
        (503, {}, "answered 503"),
        (200, b"no JSON", "can't be read"),
        (200, {"results": []}, "can't be read"),
        (200, {"results": 7}, "can't be read"),
        (200, b"[" * 100_000, "can't be read"),
        (200, {"other": 1}, "can't be read"),
    ],
)
def test_an_answer_that_is_none_says_so(serve: Serve, told: Told, code: int, answer: object, why: str) -> None:
    account = told(serve(code, answer))
    assert why in account.not_asked
    assert account.vulnerabilities == ()


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/v1", "file:///etc/passwd", "http://example.org/v1"])
def test_an_address_that_nobody_answers_or_that_isnt_safe_is_said(told: Told, address: str) -> None:
    assert told(address).not_asked
