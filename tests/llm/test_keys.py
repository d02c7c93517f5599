"""A key goes to its server and nowhere else."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_graph.llm import Models, ModelSpec, NoAnswer, parse_models
from agent_graph.llm.keys import find_key
from tests.llm.conftest import CANARY, GOOD, OpenDoor, request
from tests.llm.server import Exchange, ModelServer, Step, breaks_off, refuses, says, status

KEYED = {"OPENAI_API_KEY": CANARY}


def echoes(exchange: Exchange) -> None:
    """A proxy that puts the headers into its error."""
    status(400, f"bad header Authorization: {exchange.handler.headers['Authorization']}")(exchange)


def answers_with_the_key(exchange: Exchange) -> None:
    said = exchange.handler.headers["Authorization"].removeprefix("Bearer ")
    says({**GOOD, "note": f"your key is {said}"})(exchange)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.mark.parametrize(
    "step",
    [
        says(GOOD),
        answers_with_the_key,
        echoes,
        says(f"prose with {CANARY}"),
        refuses(f"not with {CANARY}"),
        breaks_off,
        status(401, f"Incorrect API key provided: {CANARY}"),
        status(500, f"{CANARY} at fault"),
        status(429, CANARY),
    ],
    ids=["good", "echo", "error", "prose", "refusal", "reset", "401", "500", "429"],
)
def test_the_key_is_sent_and_then_found_nowhere(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path, everything_logged: pytest.LogCaptureFixture, step: Step
) -> None:
    heard: list[str] = []
    server.always = step
    options = {"store": tmp_path / "llm.sqlite", "record": tmp_path / "run.jsonl"}
    door = open_door(environment=KEYED, say=lambda role, words: heard.append(words), **options)
    shown = []
    try:
        shown.append(repr(door.ask(request())))
    except NoAnswer as error:
        shown += [*traceback.format_exception(error), repr(error), repr(vars(error))]
        chain = error
        while chain is not None:
            shown.append(repr(vars(chain)))
            chain = chain.__cause__ or chain.__context__
    assert server.headers[0]["authorization"] == f"Bearer {CANARY}"
    shown += [repr(door.ledger), repr(door.notices), repr(vars(door)), *heard, everything_logged.text]
    door.close()
    shown += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    assert any("tiny" in text for text in shown)
    assert not [text for text in shown if CANARY in text]


def test_a_key_of_another_kind_in_the_environment_is_not_kept_either(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [says({**GOOD, "note": f"I found {CANARY}"})]
    door = open_door(environment={"CI_JOB_TOKEN": CANARY}, record=tmp_path / "run.jsonl")
    assert door.ask(request()).value.note == "I found [secret]"
    assert CANARY not in (tmp_path / "run.jsonl").read_text("utf-8")


def test_a_word_of_the_problem_is_no_secret_because_a_variable_is_called_key(
    server: ModelServer, open_door: OpenDoor
) -> None:
    server.script = [says({**GOOD, "note": "split by customer_identifier"})]
    door = open_door(environment={"PARTITION_KEY": "customer_identifier"})
    assert door.ask(request()).value.note == "split by customer_identifier"


def test_a_server_of_ones_own_needs_no_key(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says(GOOD)]
    open_door().ask(request())
    assert server.headers[0]["authorization"] == "Bearer none"


def test_a_key_for_ones_own_server_goes_before_openais(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says(GOOD)]
    open_door(environment=KEYED | {"AGENT_GRAPH_LLM_KEY": "own-key-0123456789"}).ask(request())
    assert server.headers[0]["authorization"] == "Bearer own-key-0123456789"


@pytest.mark.parametrize("word", ["openai:gpt-5.4", "anthropic:claude-sonnet-4-5", "google:gemini-2.5-pro"])
def test_a_missing_key_is_said_before_the_run_and_is_no_answer_in_it(
    open_door: OpenDoor, word: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in ("langchain_anthropic", "langchain_google_genai"):  # present, as far as the door looks
        (tmp_path / f"{module}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    door = open_door(parse_models([word], environment={}))
    assert any(f"no key for {word}: set " in line for line in door.notices)
    with pytest.raises(NoAnswer, match="_API_KEY") as caught:
        door.ask(request())
    assert caught.value.reason == "no_key"


def test_a_keyring_is_asked_when_the_environment_has_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keyring.py").write_text(
        "class errors:\n    class KeyringError(Exception): pass\n"
        "def get_password(service, name):\n"
        "    if name == 'ANTHROPIC_API_KEY': raise errors.KeyringError('locked')\n"
        f"    return {CANARY!r} if (service, name) == ('agent-graph', 'OPENAI_API_KEY') else None\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = find_key(ModelSpec("openai", "gpt", "https://api.openai.com/v1"), {})
    assert found is not None
    assert found.get_secret_value() == CANARY
    assert CANARY not in repr(found)
    assert find_key(ModelSpec("anthropic", "claude"), {}) is None
    monkeypatch.delitem(__import__("sys").modules, "keyring")


def test_every_role_asks_its_own_model(server: ModelServer, open_door: OpenDoor) -> None:
    server.always = says(GOOD)
    words = [f"small@{server.url}", f"ml_engineer=large@{server.url}", "mlops=playbook"]
    door = open_door(parse_models(words, environment={}))
    door.ask(request("data_engineer"))
    door.ask(request("ml_engineer"))
    assert [body["model"] for body in server.requests] == ["small", "large"]
    assert [door.is_open(role) for role in ("data_engineer", "ml_engineer", "mlops")] == [True, True, False]
    assert door.usage("ml_engineer").calls == 1
    assert door.usage().calls == 2
    assert Models().all == ()
