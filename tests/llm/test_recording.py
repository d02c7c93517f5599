"""A recorded run is repeated exactly, without a network or a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent_graph.errors import BadInput
from agent_graph.llm import Answer, Door, NoAnswer, ReplayMiss
from tests.llm.conftest import GOOD, FakeTime, OpenDoor, Plan, request
from tests.llm.server import ModelServer, says, status

BETTER = {**GOOD, "title": "A better plan"}


def both(door: Door) -> list[Answer[Plan]]:
    return [door.ask(request()), door.ask(request("mlops")), door.ask(request(task="Another plan."))]


def test_a_replay_gives_the_same_answers_incidents_and_costs_offline(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path, time_: FakeTime
) -> None:
    server.script = [status(429, "slow down"), says("prose"), says(GOOD), says(BETTER), says(GOOD)]
    live = open_door(record=tmp_path / "run.jsonl", cache=False)
    recorded = both(live)
    asked, waited = len(server.requests), len(time_.waits)
    replayed = open_door(replay=tmp_path / "run.jsonl", store=tmp_path / "llm.sqlite")
    again = both(replayed)
    assert [one.value for one in again] == [one.value for one in recorded]
    assert [one.incidents for one in again] == [one.incidents for one in recorded]
    without_time = [[one.usage.model_copy(update={"seconds": 0}) for one in answers] for answers in (again, recorded)]
    assert without_time[0] == without_time[1]
    assert (len(server.requests), len(time_.waits)) == (asked, waited), "nothing was sent, nothing waited for"
    assert not (tmp_path / "llm.sqlite").exists()


def test_the_same_question_asked_twice_gets_its_answers_in_order(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [says(GOOD), says(BETTER)]
    live = open_door(record=tmp_path / "run.jsonl", cache=False)
    live.ask(request())
    live.ask(request())
    replayed = open_door(replay=tmp_path / "run.jsonl")
    assert [replayed.ask(request()).value.title for _ in range(2)] == ["A plan", "A better plan"]


def test_what_came_from_the_cache_is_recorded_too(server: ModelServer, open_door: OpenDoor, tmp_path: Path) -> None:
    server.script = [says(GOOD)]
    open_door(store=tmp_path / "llm.sqlite").ask(request())
    open_door(store=tmp_path / "llm.sqlite", record=tmp_path / "run.jsonl").ask(request())
    again = open_door(replay=tmp_path / "run.jsonl").ask(request())
    assert again.usage.from_cache
    assert again.usage.tokens == 0


def test_a_failed_run_fails_again_for_the_same_reason(server: ModelServer, open_door: OpenDoor, tmp_path: Path) -> None:
    server.always = status(500, "the disk is full")
    words = []
    for options in ({"record": tmp_path / "run.jsonl"}, {"replay": tmp_path / "run.jsonl"}):
        with pytest.raises(NoAnswer) as caught:
            open_door(**options).ask(request())
        words.append((caught.value.reason, str(caught.value)))
    assert words[0] == words[1]


def test_a_question_that_was_not_recorded_ends_the_run_with_a_clear_line(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [says(GOOD)]
    open_door(record=tmp_path / "run.jsonl").ask(request())
    replayed = open_door(replay=tmp_path / "run.jsonl")
    with pytest.raises(ReplayMiss, match=r"run\.jsonl holds no answer of tiny@.* record it anew") as caught:
        replayed.ask(request(task="Another plan."))
    assert isinstance(caught.value, BadInput)
    assert "\n" not in str(caught.value)


def test_a_run_that_is_resumed_goes_on_in_its_recording_and_writes_nothing_twice(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [status(429), says("prose"), says(GOOD), says(BETTER)]
    options = {"record": tmp_path / "run.jsonl", "journal": tmp_path / "received.sqlite", "cache": False}
    open_door(**options).ask(request())
    before = (tmp_path / "run.jsonl").read_text("utf-8")
    resumed = open_door(**options)
    resumed.ask(request())
    assert (tmp_path / "run.jsonl").read_text("utf-8") == before
    resumed.ask(request(task="Another plan."))
    assert (tmp_path / "run.jsonl").read_text("utf-8").startswith(before)
    replayed = open_door(replay=tmp_path / "run.jsonl")
    assert [replayed.ask(one).value.title for one in (request(), request(task="Another plan."))] == [
        "A plan",
        "A better plan",
    ]


@pytest.mark.parametrize("kept", [0, 40, -2, -1], ids=["lost", "begun", "without its brace", "without its end"])
def test_a_line_that_a_kill_left_half_written_is_written_again(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path, kept: int
) -> None:
    server.script = [says(GOOD), says(BETTER)]
    path = tmp_path / "run.jsonl"
    options = {"record": path, "journal": tmp_path / "received.sqlite", "cache": False}
    open_door(**options).ask(request())
    first = len(path.read_bytes())
    open_door(**options).ask(request(task="Another plan."))
    whole = path.read_bytes()
    path.write_bytes(whole[: first + kept] if kept >= 0 else whole[:kept])
    open_door(**options).ask(request(task="Another plan."))
    assert path.read_bytes() == whole


def test_a_file_of_the_users_that_is_no_recording_loses_nothing(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [says(GOOD)]
    (tmp_path / "run.jsonl").write_text("my notes")
    open_door(record=tmp_path / "run.jsonl").ask(request())
    first, second = (tmp_path / "run.jsonl").read_text("utf-8").splitlines()
    assert first == "my notes"
    assert json.loads(second)["reply"]


def test_to_record_a_replay_is_refused(open_door: OpenDoor, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="exclude each other"):
        open_door(record=tmp_path / "one.jsonl", replay=tmp_path / "other.jsonl")


def test_a_line_of_the_recording_says_what_was_asked_and_answered(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [says(GOOD)]
    open_door(record=tmp_path / "run.jsonl").ask(request())
    (line,) = (tmp_path / "run.jsonl").read_text("utf-8").splitlines()
    loaded = json.loads(line)
    assert loaded["request"]["messages"] == [["system", "You plan."], ["user", "Make a plan."]]
    assert json.loads(loaded["reply"]["text"]) == GOOD
    assert loaded["reply"]["prompt_tokens"] == 100
    assert set(loaded) == {"format", "digest", "request", "reply", "seconds"}


@pytest.mark.parametrize(
    "content", ["{}", "no json", "[" * 50_000, '{"digest": "x", "reply": {"finish": "stop"}, "seconds": 1}', "[]"]
)
def test_a_file_that_is_no_recording_is_named_with_its_line(open_door: OpenDoor, tmp_path: Path, content: str) -> None:
    (tmp_path / "run.jsonl").write_text(content + "\n")
    with pytest.raises(BadInput, match=r"run\.jsonl, line 1"):
        open_door(replay=tmp_path / "run.jsonl")


def test_a_recording_that_is_absent_is_named(open_door: OpenDoor, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="absent"):
        open_door(replay=tmp_path / "absent.jsonl")
