"""What a model can get wrong, each told apart and asked again in its own way, over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent_graph.errors import DesignRejected
from agent_graph.llm import NoAnswer
from tests.llm.conftest import GOOD, OpenDoor, Plan, request
from tests.llm.server import ModelServer, Step, floods, raw, refuses, says, whole

WRONG = {**GOOD, "steps": [{"name": "one", "share": 7}]}


def kinds(incidents: tuple[Any, ...]) -> list[str]:
    return [incident.kind for incident in incidents]


def test_a_good_answer_comes_back_as_the_design_with_its_cost(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says(GOOD)]
    door = open_door()
    answer = door.ask(request())
    assert answer.value == Plan.model_validate(GOOD)
    assert answer.model == f"tiny@{server.url}"
    usage = answer.usage
    assert (usage.calls, usage.tries, usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (
        1,
        1,
        100,
        60,
        20,
    )
    assert usage.usd is None
    assert not usage.estimated
    assert [(entry.role, entry.label, entry.outcome) for entry in door.ledger] == [
        ("ml_engineer", "design 1", "answered")
    ]


def test_an_answer_sent_whole_although_a_stream_was_asked_for_is_read(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [whole(GOOD)]
    assert open_door().ask(request()).value.title == "A plan"


def test_a_server_that_does_not_count_tokens_is_counted_by_length(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says(GOOD, usage=None)]
    usage = open_door().ask(request()).usage
    assert usage.estimated
    assert usage.prompt_tokens > 0
    assert usage.completion_tokens == -(-len(json.dumps(GOOD)) // 4)


def test_an_answer_cut_off_gets_twice_the_room_and_then_is_asked_to_be_shorter(
    server: ModelServer, open_door: OpenDoor
) -> None:
    half = json.dumps(GOOD)[:30]
    server.script = [says(half, "length"), says(half, "length"), says(GOOD)]
    answer = open_door().ask(request())
    assert kinds(answer.incidents) == ["cut_off", "cut_off"]
    assert [body["max_tokens"] for body in server.requests] == [500, 1000, 1000]
    assert len(server.requests[1]["messages"]) == 2
    assert "far fewer words" in server.requests[2]["messages"][-1]["content"]


def test_a_stream_that_ends_without_an_end_mark_is_taken_as_cut_off(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says(json.dumps(GOOD)[:30], finish=None, done=False), says(GOOD)]
    assert kinds(open_door().ask(request()).incidents) == ["cut_off"]


@pytest.mark.parametrize(
    "text", [json.dumps(GOOD)[:40], json.dumps(GOOD)[:-20], '{"a":' * 20_000, 'So: {"title": "a } in']
)
def test_a_truncated_object_is_taken_as_cut_off_whatever_the_server_says(
    server: ModelServer, open_door: OpenDoor, text: str
) -> None:
    server.script = [says(text), says(GOOD)]
    assert kinds(open_door().ask(request()).incidents) == ["cut_off"]
    assert server.requests[1]["max_tokens"] == 1000


def test_a_whole_answer_without_an_end_mark_is_good(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says(GOOD, finish=None, done=False)]
    assert open_door().ask(request()).incidents == ()


@pytest.mark.parametrize(
    ("bad", "kind", "note"),
    [
        (refuses("I can't help with that."), "refused", "ordinary engineering work"),
        (says("no", "content_filter"), "refused", "ordinary engineering work"),
        (says(""), "empty", "was empty"),
        (says("   \n"), "empty", "was empty"),
        (says("Sure! First, I would look at the data."), "prose", "no prose"),
        (says("\ufffd\ufffd\x00\x07"), "garbled", "characters that are no text"),
        (says({**GOOD, "title": "nul\x00"}), "garbled", "U+0000"),
        (
            says('{"title": "\\ud800", "kind": "short", "steps": [], "note": null}'),
            "garbled",
            "characters that are no text",
        ),
        (says("x" * 500_000), "too_long", "as short as the"),
        (says("[" * 100_000), "prose", "no prose"),
        (says('{"a":' * 990 + "1" + "}" * 990), "garbled", "more than 64 levels deep"),
        (says(json.dumps(GOOD)[:-1] + ', "x": ' + "[" * 300 + "]" * 300 + "}"), "garbled", "more than 64 levels deep"),
        (says('{"a":' * 20_000 + "1" + "}" * 20_000), "garbled", "more than 64 levels deep"),
    ],
    ids=[
        "refusal",
        "filter",
        "empty",
        "blank",
        "prose",
        "garbage",
        "nul",
        "surrogate",
        "long",
        "deep",
        "deep nesting",
        "deep nesting in a field",
        "nesting that no parser reads",
    ],
)
def test_each_bad_answer_is_told_apart_and_asked_again_in_its_own_way(
    server: ModelServer, open_door: OpenDoor, bad: Step, kind: str, note: str
) -> None:
    server.script = [bad, says(GOOD)]
    answer = open_door().ask(request())
    assert kinds(answer.incidents) == [kind]
    assert answer.usage.tries == 2
    again = server.requests[-1]["messages"]
    assert again[-1]["role"] == "user"
    assert note in again[-1]["content"]
    assert len(again) == 3, "only shapes and rules show the bad answer again"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": "A plan"}, ["- kind: Field required", "- steps: Field required"]),
        ({**GOOD, "kind": "medium"}, ["- kind: Input should be 'short' or 'long' (it is 'medium')"]),
        (WRONG, ["- steps.0.share: Input should be less than or equal to 1 (it is 7)"]),
        ({**GOOD, "surprise": 1}, ["- surprise: Extra inputs are not permitted"]),
        ({**GOOD, "steps": [{"name": "one", "share": "NaN"}]}, ["less than or equal|greater than or equal|finite"]),
    ],
    ids=["missing", "option", "range", "extra", "nan"],
)
def test_a_wrong_shape_goes_back_with_the_faults_by_field(
    server: ModelServer, open_door: OpenDoor, wrong: Any, words: list[str]
) -> None:
    server.script = [says(wrong), says(GOOD)]
    answer = open_door().ask(request())
    assert kinds(answer.incidents) == ["wrong_shape"]
    *_, shown, told = server.requests[-1]["messages"]
    assert shown == {"role": "assistant", "content": json.dumps(wrong)}
    for word in words:
        assert any(one in told["content"] for one in word.split("|")), told["content"]


def test_only_the_last_bad_answer_is_shown_again(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [says(WRONG), says({**WRONG, "title": "second"}), says(GOOD)]
    open_door().ask(request())
    assert [len(body["messages"]) for body in server.requests] == [2, 4, 4]
    assert "second" in server.requests[-1]["messages"][2]["content"]


@pytest.mark.parametrize(
    "text",
    [
        f"Here is the plan:\n```json\n{json.dumps(GOOD)}\n```\nTell me if {{you}} like it.",
        f'The form is {{"title": …}} and so: {json.dumps(GOOD)}',
        f"An example {{}} first. {json.dumps(GOOD)} Done.",
    ],
    ids=["fence", "braces before", "empty object before"],
)
def test_prose_around_the_object_is_taken_off_and_said(server: ModelServer, open_door: OpenDoor, text: str) -> None:
    server.script = [says(text)]
    answer = open_door().ask(request())
    assert answer.value.title == "A plan"
    assert kinds(answer.incidents) == ["prose_around"]
    assert len(server.requests) == 1


def test_what_a_model_thinks_aloud_is_no_answer(server: ModelServer, open_door: OpenDoor) -> None:
    thought = json.dumps({**GOOD, "title": "a thought"})
    server.script = [says(f"<think>Maybe {thought}?</think>{json.dumps(GOOD)}")]
    assert open_door().ask(request()).value.title == "A plan"


def test_ten_megabytes_in_one_line_are_stopped_while_they_come(server: ModelServer, open_door: OpenDoor) -> None:
    server.script = [floods, says(GOOD)]
    answer = open_door().ask(request())
    assert kinds(answer.incidents) == ["too_long"]
    assert 0 < answer.usage.completion_tokens < 600_000


@pytest.mark.parametrize(
    "content",
    [
        b"data: \xff\xfe\xfa\n\n",
        b"data: {not json\n\n",
        b"data: 7\n\n",
        b'data: {"choices": 5}\n\n',
        b"data: " + b"[" * 50_000 + b"\n\n",
        b'data: {"choices": [], "usage": {"a": ' + b"[" * 980 + b"]" * 980 + b"}}\n\n",
    ],
    ids=["no utf-8", "no json", "a number", "no choices", "deep nesting", "deep nesting in the usage"],
)
def test_bytes_that_are_no_protocol_are_a_fault_and_asked_again(
    server: ModelServer, open_door: OpenDoor, content: bytes
) -> None:
    server.script = [raw(content), says(GOOD)]
    answer = open_door().ask(request())
    assert kinds(answer.incidents) == ["garbled"]


@pytest.mark.parametrize(
    "content",
    [b"[" * 50_000, b'{"choices": [{"message": {"content": ["x"]}}]}', b'{"choices": [{"message": {"refusal": 7}}]}'],
    ids=["deep nesting", "a list for a text", "a number for a refusal"],
)
def test_a_body_that_is_no_completion_is_a_fault_and_asked_again(
    server: ModelServer, open_door: OpenDoor, content: bytes
) -> None:
    server.script = [raw(content, "application/json"), says(GOOD)]
    assert kinds(open_door().ask(request()).incidents) == ["garbled"]


def test_an_errors_body_that_is_nested_deeply_ends_nothing(server: ModelServer, open_door: OpenDoor) -> None:
    body = b'{"error": {"message": ' + b"[" * 980 + b"]" * 980 + b"}}"
    server.script = [lambda exchange: exchange.send(429, body), says(GOOD)]
    assert len(open_door().ask(request()).incidents) == 1


@pytest.mark.parametrize("count", ["many", -5, 1e400, 2.5, 10**30, []], ids=repr)
def test_a_count_of_tokens_that_is_none_is_replaced_by_ours(
    server: ModelServer, open_door: OpenDoor, count: Any
) -> None:
    server.script = [says(GOOD, usage={"prompt_tokens": count, "completion_tokens": count})]
    usage = open_door().ask(request()).usage
    assert usage.estimated
    assert usage.completion_tokens == -(-len(json.dumps(GOOD)) // 4)


def test_a_web_page_instead_of_an_answer_is_said_to_be_none(server: ModelServer, open_door: OpenDoor) -> None:
    server.always = raw(b"<html>Welcome</html>", "text/html")
    with pytest.raises(NoAnswer) as caught:
        open_door().ask(request())
    assert caught.value.reason in ("out_of_tries", "garbled")


def test_a_broken_rule_is_asked_again_with_the_reason(server: ModelServer, open_door: OpenDoor) -> None:
    def rule(plan: Plan) -> None:
        if plan.title != "A better plan":
            raise DesignRejected("'leaves' is the target, so it cannot be a feature")

    server.script = [says(GOOD), says({**GOOD, "title": "A better plan"})]
    answer = open_door().ask(request(), rule)
    assert answer.value.title == "A better plan"
    assert kinds(answer.incidents) == ["broken_rule"]
    assert "'leaves' is the target" in server.requests[-1]["messages"][-1]["content"]


def test_out_of_tries_says_why_and_what_the_model_had_wanted(server: ModelServer, open_door: OpenDoor) -> None:
    def rule(plan: Plan) -> None:
        raise DesignRejected("never good enough")

    server.always = says(GOOD)
    door = open_door()
    with pytest.raises(NoAnswer) as caught:
        door.ask(request(), rule)
    assert caught.value.reason == "out_of_tries"
    assert "never good enough" in str(caught.value)
    assert json.loads(caught.value.wanted) == GOOD
    assert caught.value.usage.tries == len(server.requests) == 3
    assert door.ledger[0].outcome == "out_of_tries"
    assert door.usage("ml_engineer").prompt_tokens == 300
