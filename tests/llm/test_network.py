"""What can go wrong on the way, over real sockets: waited for as long as is right, and never by sleeping here."""

from __future__ import annotations

import socket
from email.utils import formatdate

import pytest

from agent_graph.llm import Models, ModelSpec, NoAnswer, Patience
from tests.llm.conftest import GOOD, FakeTime, OpenDoor, request
from tests.llm.server import ModelServer, Step, breaks_off, hangs, says, status, trickles


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (status(429, "slow down"), "rate_limited"),
        (status(500), "server_error"),
        (status(503, "overloaded"), "server_error"),
        (status(529, "overloaded"), "server_error"),
        (status(409), "server_error"),
        (status(504), "timed_out"),
        (breaks_off, "cut_short"),
        (lambda exchange: exchange.reset(), "cut_short"),
    ],
    ids=["429", "500", "503", "529", "409", "504", "reset mid-stream", "reset before"],
)
def test_a_passing_fault_is_waited_out_and_the_same_question_asked_again(
    server: ModelServer, open_door: OpenDoor, time_: FakeTime, fault: Step, kind: str
) -> None:
    server.script = [fault, fault, says(GOOD)]
    answer = open_door().ask(request())
    assert [incident.kind for incident in answer.incidents] == [kind, kind]
    assert (answer.usage.calls, answer.usage.tries) == (3, 1)
    assert server.requests[0] == server.requests[1] == server.requests[2]
    assert time_.waits == [0.5, 1.0], "half of 1 s, half of 2 s: exponential, with full jitter"


@pytest.mark.parametrize("silent", [hangs, trickles], ids=["no byte", "comments for ever"])
def test_a_server_that_never_answers_is_left_after_the_time_out(
    server: ModelServer, open_door: OpenDoor, silent: Step
) -> None:
    server.script = [silent, says(GOOD)]
    answer = open_door(patience=Patience(timeout_s=0.3)).ask(request())
    assert [incident.kind for incident in answer.incidents] == ["timed_out"]
    assert answer.usage.seconds < 5
    assert answer.usage.estimated, "the prompt that was sent counts, although nobody counted it for us"


def test_retry_after_in_seconds_is_kept_to(server: ModelServer, open_door: OpenDoor, time_: FakeTime) -> None:
    server.script = [status(429, Retry_After="17"), says(GOOD)]
    open_door().ask(request())
    assert time_.waits == [17.5]


def test_retry_after_as_a_date_is_kept_to(server: ModelServer, open_door: OpenDoor, time_: FakeTime) -> None:
    server.script = [status(503, Retry_After=formatdate(time_.now + 21, usegmt=True)), says(GOOD)]
    open_door().ask(request())
    assert time_.waits == [21.5]


@pytest.mark.parametrize("header", ["soon", "-5", "nan", "inf", "Thu, 01 Jan 1970 00:00:00 GMT", "1e999"])
def test_a_retry_after_that_says_nothing_does_no_harm(
    server: ModelServer, open_door: OpenDoor, time_: FakeTime, header: str
) -> None:
    server.script = [status(429, Retry_After=header), says(GOOD)]
    open_door().ask(request())
    assert time_.waits == [0.5]


def test_a_server_that_wants_an_hour_is_not_waited_for(
    server: ModelServer, open_door: OpenDoor, time_: FakeTime
) -> None:
    server.script = [status(429, Retry_After="3600")]
    with pytest.raises(NoAnswer, match="left alone for 3600 s") as caught:
        open_door().ask(request())
    assert caught.value.reason == "rate_limited"
    assert time_.waits == []


def test_faults_end_after_the_network_tries_with_the_last_reason(
    server: ModelServer, open_door: OpenDoor, time_: FakeTime
) -> None:
    server.always = status(500, "the disk is full")
    with pytest.raises(NoAnswer, match="4 failures, the last one: HTTP 500: the disk is full") as caught:
        open_door(patience=Patience(network_tries=4)).ask(request())
    assert caught.value.reason == "server_error"
    assert caught.value.usage.calls == len(server.requests) == 4
    assert len(time_.waits) == 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (status(401, "Incorrect API key"), "key_refused"),
        (status(403), "key_refused"),
        (status(404, "The model 'tiny' does not exist", "model_not_found"), "no_such_model"),
        (status(429, "You exceeded your current quota", "insufficient_quota"), "quota"),
    ],
    ids=["401", "403", "404", "quota"],
)
def test_what_waiting_cannot_mend_is_asked_once_and_not_again_in_this_run(
    server: ModelServer, open_door: OpenDoor, time_: FakeTime, fault: Step, reason: str
) -> None:
    server.always = fault
    door = open_door()
    for _ in range(2):
        with pytest.raises(NoAnswer) as caught:
            door.ask(request())
        assert caught.value.reason == reason
    assert len(server.requests) == 1
    assert time_.waits == []


def test_nobody_at_the_address_is_said_and_remembered_for_the_run(open_door: OpenDoor, time_: FakeTime) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    door = open_door(Models(ModelSpec("openai", "tiny", url)))
    for _ in range(2):
        with pytest.raises(NoAnswer, match="no connection") as caught:
            door.ask(request())
        assert caught.value.reason == "unreachable"
    assert len(time_.waits) == 4, "the second question isn't tried"
    assert door.usage().tokens == 0


def test_a_server_that_keeps_failing_one_question_is_asked_the_next(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [status(500), status(500), says(GOOD)]
    door = open_door(patience=Patience(network_tries=2))
    with pytest.raises(NoAnswer):
        door.ask(request())
    assert door.ask(request()).value.title == "A plan"


def test_waits_and_incidents_are_told_while_they_happen(server: ModelServer, open_door: OpenDoor) -> None:
    heard: list[tuple[str, str]] = []
    server.script = [status(429, "slow down"), says("no json"), says(GOOD)]
    open_door(say=lambda role, words: heard.append((role, words))).ask(request())
    assert heard == [
        ("ml_engineer", "rate limited: HTTP 429: slow down"),
        ("ml_engineer", "HTTP 429: slow down; asking again in 0 s"),
        ("ml_engineer", "prose: it reads: no json"),
    ]
