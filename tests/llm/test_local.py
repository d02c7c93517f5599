"""A model on this machine: as a provider of the door, played by a small program instead of llama.cpp."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_graph.errors import BadInput
from agent_graph.llm import (
    Caps,
    Door,
    DoorOptions,
    ModelSpec,
    NoAnswer,
    Patience,
    ReplayMiss,
    Weighing,
    can_weigh,
    default_reader,
    likelihoods,
    parse_models,
    with_reader,
)
from agent_graph.llm.local import wire, worker
from agent_graph.llm.local.pinned import pinned, reader_path
from agent_graph.llm.local.process import Worker
from agent_graph.llm.local.walk import MOST_STEPS, weights
from agent_graph.llm.spec import READER
from agent_graph.settings import settings
from tests.llm.conftest import GOOD, FakeTime, Plan, request

PLAYED = Path(__file__).with_name("played_worker.py")
WEIGHING = Weighing("which column", "You name it.", ("Who leaves?",), ("churn", "age", "none"), '{"column": "')
OpenLocal = Callable[..., Door]


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "own.gguf"
    path.write_bytes(b"GGUF")
    return path


@pytest.fixture
def open_local(gguf: Path, tmp_path: Path, time_: FakeTime, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenLocal]:
    """Opens doors to a played worker that does `ways`, one an answer; `starts` of it are counted in a file."""
    doors: list[Door] = []
    monkeypatch.setattr(wire, "has_engine", lambda: True)

    def opened(*ways: str, **options: Any) -> Door:
        command = [sys.executable, str(PLAYED), str(tmp_path / "starts"), *ways]
        monkeypatch.setattr(wire, "command_of", lambda *words: command)
        options.setdefault("patience", Patience(timeout_s=20))
        door = Door(parse_models([f"intake=local:{gguf}"]), DoorOptions(**options), clock=time_.clock, environment={})
        doors.append(door)
        return door

    yield opened
    for door in doors:
        door.close()


def starts(folder: Path) -> int:
    return len((folder / "starts").read_text("utf-8")) if (folder / "starts").exists() else 0


def test_local_is_the_reader_and_a_file_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    models = parse_models(["intake=local", "mlops=local:own.gguf"])
    assert models.of("intake") == ModelSpec("local", READER)
    assert models.of("mlops") == ModelSpec("local", str(tmp_path / "own.gguf"))
    assert models.of("ml_engineer").is_playbook
    assert parse_models([str(spec) for spec in models.all]).default == models.of("mlops"), "its words parse back"
    assert pinned().name == READER


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("local:", "lacks the model's name"),
        ("local", "agent-graph fetch reader"),
        ("local:/no/such.gguf", "no such file"),
    ],
)
def test_a_model_that_is_not_here_is_refused_with_the_remedy(word: str, words: str, empty: Path) -> None:
    with pytest.raises(BadInput, match=words):
        Door(parse_models([word]), environment={})
    assert default_reader() is None


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation that nothing was fetched for."""
    monkeypatch.setenv("AGENT_GRAPH_CACHE", str(tmp_path / "cache"))
    settings.cache_clear()
    yield tmp_path / "cache"
    settings.cache_clear()


def test_without_llama_cpp_the_door_says_what_to_install(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "has_engine", lambda: False)
    with pytest.raises(BadInput, match=r"xllamacpp is not installed: pip install 'agent-graph\[local\]'"):
        Door(parse_models([f"local:{gguf}"]), environment={})


def test_the_reader_is_there_by_default_once_it_is_fetched(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader_path().parent.mkdir(parents=True)
    with reader_path().open("wb") as file:
        file.truncate(pinned().bytes)  # a hole: it takes no room
    monkeypatch.setattr(wire, "has_engine", lambda: True)
    assert default_reader() == ModelSpec("local", READER)
    assert wire.require_local(ModelSpec("local", READER)) == reader_path()
    for words, named in (([], READER), (["intake=playbook"], ""), (["openai:x"], "x"), (["mlops=openai:x"], READER)):
        assert with_reader(parse_models(words, environment={})).of("intake").name == named
    with reader_path().open("wb") as file:
        file.truncate(pinned().bytes - 1)
    assert default_reader() is None
    assert with_reader(parse_models([])) == parse_models([])


def test_likelihoods_are_counted_free_and_the_model_is_loaded_once_a_run(open_local: OpenLocal, tmp_path: Path) -> None:
    door = open_local("weigh", "weigh", cache=False)
    assert can_weigh(door)
    assert starts(tmp_path) == 0, "loaded when it is first asked"
    assert likelihoods(door, WEIGHING) == (0.5, 0.25, 0.25)
    assert likelihoods(door, WEIGHING) == (0.5, 0.25, 0.25)
    assert starts(tmp_path) == 1
    usage = door.usage("intake")
    assert (usage.usd, usage.prompt_tokens, usage.completion_tokens, usage.calls) == (0.0, 200, 4, 2)
    assert not door.notices


def test_two_orders_are_averaged(open_local: OpenLocal) -> None:
    door = open_local("weigh", "weigh_last")
    both = Weighing("which", "s", ("one order", "the other"), WEIGHING.candidates)
    assert likelihoods(door, both) == (0.375, 0.25, 0.375)


def test_a_design_is_answered_in_the_schemas_shape_too(open_local: OpenLocal) -> None:
    answer = open_local("write").ask(request("intake"))
    assert answer.value == Plan.model_validate(GOOD)
    assert answer.model.startswith("local:")


def test_answers_are_cached_journaled_recorded_and_replayed_without_the_model(
    open_local: OpenLocal, tmp_path: Path, gguf: Path
) -> None:
    options = {"store": tmp_path / "kept.sqlite", "journal": tmp_path / "run.sqlite", "record": tmp_path / "run.jsonl"}
    first = likelihoods(open_local("weigh", **options), WEIGHING)
    again = open_local("die", **options)
    assert likelihoods(again, WEIGHING) == first, "from the journal"
    assert likelihoods(open_local("die", store=tmp_path / "kept.sqlite"), WEIGHING) == first, "from the cache"
    gguf.unlink()
    replayed = open_local("die", replay=tmp_path / "run.jsonl")
    assert likelihoods(replayed, WEIGHING) == first
    assert starts(tmp_path) == 1
    other = Weighing("which", WEIGHING.system, WEIGHING.tasks, ("churn", "age"), WEIGHING.opening)
    with pytest.raises(ReplayMiss):
        likelihoods(replayed, other)


def test_a_cap_in_tokens_holds_before_the_model_is_asked(open_local: OpenLocal, tmp_path: Path) -> None:
    with pytest.raises(NoAnswer) as caught:
        likelihoods(open_local("weigh", caps=Caps(max_tokens=50)), WEIGHING)
    assert caught.value.reason == "cap_reached"
    assert starts(tmp_path) == 0
    assert likelihoods(open_local("weigh", caps=Caps(max_usd=0.0)), WEIGHING)


def test_a_process_that_dies_is_started_again_and_its_words_are_told(open_local: OpenLocal, tmp_path: Path) -> None:
    heard: list[str] = []
    door = open_local("die", cache=False)
    door._say = lambda role, words: heard.append(words)
    (tmp_path / "then").write_text("weigh")
    assert likelihoods(door, WEIGHING) == (0.5, 0.25, 0.25)
    assert any("ended with code 3: no memory left" in words for words in heard)
    assert starts(tmp_path) == 2


def test_a_model_that_cannot_be_loaded_is_not_tried_again(open_local: OpenLocal, tmp_path: Path) -> None:
    door = open_local("unready")
    for _ in range(2):
        with pytest.raises(
            NoAnswer, match=r"own.gguf can't be loaded: its process ended with code 1: no GGUF"
        ) as caught:
            likelihoods(door, WEIGHING)
        assert caught.value.reason == "no_such_model"
    assert starts(tmp_path) == 1


def test_an_answer_that_does_not_come_ends_the_process(open_local: OpenLocal) -> None:
    door = open_local("hang", patience=Patience(timeout_s=0.2, network_tries=1))
    with pytest.raises(NoAnswer) as caught:
        likelihoods(door, WEIGHING)
    assert caught.value.reason == "timed_out"


@pytest.mark.parametrize(
    ("way", "reason", "words"),
    [("too_long", "prompt_too_long", "longer than 8192 tokens"), ("refuse", "bad_request", "no such parameter")],
)
def test_what_llama_cpp_refuses_is_said(open_local: OpenLocal, way: str, reason: str, words: str) -> None:
    with pytest.raises(NoAnswer, match=words) as caught:
        likelihoods(open_local(way), WEIGHING)
    assert caught.value.reason == reason


def test_a_schema_without_a_grammar_is_asked_for_in_words(open_local: OpenLocal) -> None:
    answer = open_local("no_grammar", "write_in_words").ask(request("intake"))
    assert answer.value.title == "A plan"


def test_weights_that_are_none_are_no_answer(open_local: OpenLocal) -> None:
    with pytest.raises(NoAnswer, match="3 probabilities were due"):
        likelihoods(open_local("weigh_wrong", patience=Patience(tries=1, timeout_s=20)), WEIGHING)
    for bad in ((), ("a", "a")):
        with pytest.raises(BadInput, match="each once"):
            likelihoods(open_local(), Weighing("which", "s", ("t",), bad))


def test_a_worker_asked_after_its_end_says_how_it_ended(tmp_path: Path) -> None:
    from agent_graph.llm.local.process import Ended

    started = Worker([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    with pytest.raises(Ended, match=r"by signal 9 \(out of memory\?\)"):
        started.hear(20)


def test_a_worker_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import sys, os, signal\nfrom agent_graph.llm.local.process import Worker\n"
        f"started = Worker([sys.executable, {str(PLAYED)!r}, {str(tmp_path / 'starts')!r}, 'weigh'])\n"
        "started.hear(20)\nprint(started._process.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    stat = Path(f"/proc/{int(done.stdout)}/stat")
    until = time.monotonic() + 20
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z" and time.monotonic() < until:
        time.sleep(0.02)
    assert time.monotonic() < until


Table = dict[str, list[tuple[str, float]]]


def tokens_of(table: Table, asked: list[str] | None = None) -> Callable[[str], Sequence[tuple[bytes, float]]]:
    def following(text: str) -> list[tuple[bytes, float]]:
        if asked is not None:
            asked.append(text)
        return [(token.encode(), probability) for token, probability in table.get(text, [])]

    return following


def test_a_candidate_that_begins_alone_is_known_after_one_look() -> None:
    asked: list[str] = []
    table = {"": [("churn", 0.5), ("age", 0.2), ("ch", 0.05), ("other", 0.25)]}
    found = weights(["churn", "age", "size"], tokens_of(table, asked))
    assert found == pytest.approx((0.55 / 0.75, 0.2 / 0.75, 0.0))
    assert asked == [""]


def test_candidates_that_begin_alike_are_told_apart_by_what_follows() -> None:
    table = {
        "": [("lpay", 0.9), ("lbnktl", 0.1)],
        "lpay": [('"', 0.3), ("80", 0.5), ("8", 0.1), ('",', 0.1)],
        "lpay8": [("0", 0.8), ("1", 0.2)],
    }
    found = weights(["lpay", "lpay80", "lpay81", "lbnktl"], tokens_of(table))
    assert found == pytest.approx((0.9 * 0.4, 0.9 * 0.58, 0.9 * 0.02, 0.1))
    assert math.fsum(found) == pytest.approx(1)


def test_branches_that_are_not_walked_are_shared_out_and_the_walk_ends() -> None:
    asked: list[str] = []
    names = [f"a{'a' * n}" for n in range(40)]
    found = weights(names, lambda text: asked.append(text) or [(b"a", 1.0)])  # type: ignore[func-returns-value]
    assert len(asked) == MOST_STEPS
    assert math.fsum(found) == pytest.approx(1)
    unlikely = {"": [("x", 0.999), ("ag", 0.001)]}
    assert weights(["x", "age", "agio"], tokens_of(unlikely)) == pytest.approx((0.999, 0.0005, 0.0005))


def test_names_with_quotes_and_letters_cut_between_tokens_are_weighed() -> None:
    whole = "größe".encode()
    table = {"": [(whole[:3], 0.6), (b'say \\"', 0.4)], "gr": []}

    def following(text: str) -> list[tuple[bytes, float]]:
        return table.get(text, [])

    assert weights(["größe", 'say "x"'], following) == pytest.approx((0.6, 0.4))
    assert weights(["größe", "grün"], lambda text: []) == (0.5, 0.5), "a model that names none tells nothing"


def test_the_worker_answers_as_llama_cpps_server_does() -> None:
    asked: list[dict[str, Any]] = []
    seen = [{"bytes": list(b"churn"), "logprob": math.log(0.75)}, {"bytes": list(b"age"), "logprob": math.log(0.25)}]

    def server(sent: dict[str, Any]) -> str:
        asked.append(sent)
        choice = {
            "message": {"content": "{}"},
            "finish_reason": "stop",
            "logprobs": {"content": [{"top_logprobs": seen}]},
        }
        usage = {"prompt_tokens": 30, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 20}}
        return json.dumps({"choices": [choice], "usage": usage})

    question: dict[str, Any] = {
        "messages": [{"role": "user", "content": "?"}],
        "choice": {"opening": '{"column": "', "candidates": ["churn", "age"]},
        "max_tokens": 16, "temperature": 0.0, "seed": None, "response_format": None,
    }  # fmt: skip
    told = worker.answered(server, question)
    assert json.loads(told["text"]) == {"p": [0.75, 0.25]}
    assert (told["prompt_tokens"], told["cached_tokens"], told["completion_tokens"]) == (30, 20, 1)
    assert asked[0]["messages"][-1] == {"role": "assistant", "content": '{"column": "'}
    assert worker.answered(server, {**question, "choice": None})["text"] == "{}"
    assert "seed" not in asked[-1]
    refused = worker.answered(lambda sent: {"error": {"message": "no", "type": "x"}}, question)
    assert refused == {"error": "no", "type": "x"}
