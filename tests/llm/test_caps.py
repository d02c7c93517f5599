"""Caps hold before the money is spent."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agent_graph.errors import BadInput
from agent_graph.llm import Caps, Models, ModelSpec, NoAnswer, Patience, Usage, parse_model
from agent_graph.llm.prices import load_prices
from tests.llm.conftest import GOOD, OpenDoor, request
from tests.llm.server import USAGE, Exchange, ModelServer, Step, breaks_off, hangs, says, status, trickles


def prices(folder: Path, model: str, prompt: float = 10.0, cached: float = 1.0, completion: float = 100.0) -> Path:
    path = folder / "prices.toml"
    path.write_text(f'[models]\n"{model}" = {{ prompt = {prompt}, cached = {cached}, completion = {completion} }}\n')
    return path


def test_money_is_counted_with_the_cached_part_of_the_prompt_at_its_own_price(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.script = [says(GOOD)]
    answer = open_door(prices=prices(tmp_path, f"tiny@{server.url}")).ask(request())
    assert answer.usage.usd == pytest.approx((40 * 10 + 60 * 1 + 20 * 100) / 1e6)


def test_filling_the_providers_cache_is_paid_for_where_it_costs(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    path = tmp_path / "prices.toml"
    price = "{ prompt = 10, cached = 1, completion = 100, cache_write = 20 }"
    path.write_text(f'[models]\n"tiny@{server.url}" = {price}\n')
    details = {"cached_tokens": 60, "cache_write_tokens": 30}
    server.script = [says(GOOD, usage={**USAGE, "prompt_tokens_details": details})]
    usd = open_door(prices=path).ask(request()).usage.usd
    assert usd == pytest.approx((10 * 10 + 60 * 1 + 30 * 20 + 20 * 100) / 1e6)


def test_a_call_whose_worst_case_goes_beyond_the_cap_is_never_made(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.always = says(GOOD)
    file = prices(tmp_path, f"tiny@{server.url}")
    door = open_door(prices=file, caps=Caps(max_usd=0.05))  # the longest answer alone costs 0.05
    with pytest.raises(
        NoAnswer, match=r"the cap of 0.05 USD: 0.0000 is spent, the next call may cost 0.0\d+"
    ) as caught:
        door.ask(request())
    assert caught.value.reason == "cap_reached"
    assert server.requests == []
    open_door(prices=file, caps=Caps(max_usd=0.07)).ask(request())
    assert len(server.requests) == 1


def test_what_was_set_aside_and_not_used_is_free_again(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.always = says(GOOD)
    door = open_door(prices=prices(tmp_path, f"tiny@{server.url}"), caps=Caps(max_usd=0.07))
    for number in range(4):  # each may cost 0.06 and costs 0.0025
        door.ask(request(task=f"Plan {number}."))
    assert door.usage().usd == pytest.approx(4 * 0.00246)


def test_retries_count_and_a_cap_in_tokens_is_never_passed(server: ModelServer, open_door: OpenDoor) -> None:
    server.always = says("no json at all", usage={**USAGE, "completion_tokens": 500})
    door = open_door(caps=Caps(max_tokens=4000))
    reasons = []
    for number in range(4):
        with pytest.raises(NoAnswer) as caught:
            door.ask(request(task=f"Plan {number}."))
        reasons.append(caught.value.reason)
    assert reasons[0] == "out_of_tries"
    assert reasons[-1] == "cap_reached"
    assert 600 * len(server.requests) == door.usage().tokens <= 4000


def test_an_answer_that_broke_off_is_paid_for_and_one_that_was_refused_is_not(
    server: ModelServer, open_door: OpenDoor
) -> None:
    server.script = [status(429), says(GOOD)]
    refused = open_door().ask(request()).usage
    server.script = [breaks_off, says(GOOD)]
    broken = open_door().ask(request()).usage
    assert refused.prompt_tokens == 100
    assert broken.prompt_tokens > 100
    assert broken.completion_tokens > refused.completion_tokens


def test_parallel_questions_cannot_pass_the_cap_together(server: ModelServer, open_door: OpenDoor) -> None:
    one_is_refused = threading.Event()

    def slow(exchange: Exchange) -> None:
        one_is_refused.wait(5)
        says(GOOD)(exchange)

    server.always = slow
    door = open_door(caps=Caps(max_tokens=2600))  # two worst cases of some 900 to 1,200 fit, three don't
    ends: list[str] = []

    def ask(number: int) -> None:
        try:
            door.ask(request(task=f"Plan {number}."))
            ends.append("answered")
        except NoAnswer as error:
            ends.append(error.reason)
            one_is_refused.set()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["answered", "answered", "cap_reached"]


def test_an_unknown_price_means_tokens_only_and_is_said(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says(GOOD)]
    door = open_door(caps=Caps(max_usd=0.000001))
    assert any("the price of tiny@" in line and "unknown" in line for line in door.notices)
    usage = door.ask(request()).usage
    assert usage.usd is None
    assert usage.tokens == 120


def test_money_of_a_sum_is_unknown_when_a_part_of_it_is() -> None:
    assert (Usage(usd=1.0) + Usage(usd=None)).usd is None
    assert (Usage(usd=1.0) + Usage(usd=0.5)).usd == 1.5


def test_a_dated_version_costs_what_its_name_costs_and_our_server_nothing_known() -> None:
    table = load_prices()
    assert table.of(parse_model("openai:gpt-4.1-2025-04-14", environment={})) == table.of(parse_model("openai:gpt-4.1"))
    assert table.of(parse_model("openai:gpt-4.1-mini")) != table.of(parse_model("openai:gpt-4.1"))
    assert table.of(ModelSpec("openai", "gpt-4.1", "http://localhost/v1")) is None
    assert all(price.cached <= price.prompt <= price.completion for price in table.by_model.values())


@pytest.mark.parametrize(
    "content", ["", "[models", '[models]\n"openai:x" = { prompt = -1, cached = 0, completion = 0 }', "[models]\nx = 1"]
)
def test_a_prices_file_that_cannot_be_used_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(BadInput, match=r"mine\.toml"):
        load_prices(path)


def test_a_server_that_counts_more_than_we_guessed_is_believed_the_next_time(
    server: ModelServer, open_door: OpenDoor
) -> None:
    server.always = says(GOOD, usage={"prompt_tokens": 5000, "completion_tokens": 100})
    door = open_door(caps=Caps(max_tokens=10_000))
    door.ask(request())
    with pytest.raises(NoAnswer) as caught:
        door.ask(request(task="Again a plan."))
    assert caught.value.reason == "cap_reached"


def test_a_role_without_a_model_is_sent_to_its_playbook(server: ModelServer, open_door: OpenDoor) -> None:
    door = open_door(Models())
    assert not door.is_open("mlops")
    with pytest.raises(NoAnswer) as caught:
        door.ask(request("mlops"))
    assert caught.value.reason == "playbook"
    assert [(entry.model, entry.outcome, entry.usage) for entry in door.ledger] == [("playbook", "playbook", Usage())]
    assert server.requests == []


@pytest.mark.parametrize("silent", [hangs, trickles], ids=["no byte", "comments for ever"])
def test_an_exchange_that_timed_out_counts_as_its_worst_case(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path, silent: Step
) -> None:
    server.always = silent
    door = open_door(
        patience=Patience(timeout_s=0.2, network_tries=5),
        prices=prices(tmp_path, f"tiny@{server.url}"),
        caps=Caps(max_usd=0.13),  # two worst cases of some 0.06
    )
    with pytest.raises(NoAnswer) as caught:
        door.ask(request())
    assert caught.value.reason == "cap_reached"
    assert len(server.requests) == 2
    usage = caught.value.usage
    assert (usage.calls, usage.completion_tokens, usage.estimated) == (2, 1000, True)
    assert usage.usd == pytest.approx((usage.prompt_tokens * 10 + 1000 * 100) / 1e6)


def test_a_time_out_that_the_server_itself_reports_costs_nothing(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [status(504), says(GOOD)]
    assert open_door().ask(request()).usage.tokens == 120


def test_what_was_spent_before_a_kill_counts_when_the_door_is_opened_again(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.always = says(GOOD)
    options = {
        "prices": prices(tmp_path, f"tiny@{server.url}"),
        "caps": Caps(max_usd=0.058),  # one worst case of 0.054, and one answer of 0.0025, not two
        "journal": tmp_path / "received.sqlite",
    }
    for number in range(2):
        open_door(**options).ask(request(task=f"Plan {number}."))
    again = open_door(**options)
    for number in range(2):
        again.ask(request(task=f"Plan {number}."))  # received before: neither asked nor counted twice
    with pytest.raises(NoAnswer, match=r"cap of 0\.06 USD: 0\.0049 is spent") as caught:
        again.ask(request(task="Plan 2."))
    assert caught.value.reason == "cap_reached"
    assert len(server.requests) == 2
    other = {**options, "journal": tmp_path / "of another run.sqlite"}
    assert open_door(**other).ask(request(task="Plan 2.")).value.title == "A plan"


def test_faults_of_before_a_kill_count_too(server: ModelServer, open_door: OpenDoor, tmp_path: Path) -> None:
    server.always = breaks_off
    options = {"caps": Caps(max_tokens=2600), "journal": tmp_path / "received.sqlite"}
    tokens = 0
    for _ in range(40):
        door = open_door(patience=Patience(network_tries=1), **options)
        with pytest.raises(NoAnswer) as caught:
            door.ask(request())
        tokens += caught.value.usage.tokens
        if caught.value.reason == "cap_reached":
            break
    assert caught.value.reason == "cap_reached"
    assert 1000 < tokens <= 2600


def test_an_exchange_that_a_kill_interrupted_counts_as_its_worst_case(
    server: ModelServer, open_door: OpenDoor, tmp_path: Path
) -> None:
    server.always = hangs
    journal = tmp_path / "received.sqlite"
    script = (
        "import sys; from pathlib import Path; from agent_graph.llm import *; from tests.llm.conftest import request\n"
        "door = Door(Models(ModelSpec('openai', 'tiny', sys.argv[1])), DoorOptions(journal=Path(sys.argv[2])))\n"
        "door.ask(request())\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script, server.url, str(journal)])
    assert server.asked.wait(60)
    child.kill()
    child.wait()
    with pytest.raises(NoAnswer, match=r"the cap of 1200 tokens: \d{3} are used") as caught:
        open_door(caps=Caps(max_tokens=1200), journal=journal).ask(request(task="Another plan."))
    assert caught.value.reason == "cap_reached"
    assert len(server.requests) == 1
