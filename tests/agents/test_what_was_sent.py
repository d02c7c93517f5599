"""What `agent-graph prompts` shows is what the server received, word for word, and nothing that it didn't."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

from agent_graph import Asking, runner
from agent_graph.artifacts import ROLE_NAMES
from agent_graph.cli.commands import app
from agent_graph.llm import Patience
from tests.llm.server import Exchange, ModelServer, Step, says, serving, status
from tests.revise.conftest import Make, data, home, kept, make, measured

__all__ = ["data", "home", "kept", "make", "measured"]
Call = Mapping[str, Any]


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with serving(ModelServer(always=nothing)) as server:
        yield server


def schema_in(body: Call) -> Any:
    """The schema that a request holds, in whatever way."""
    if body.get("tools"):
        return body["tools"][0]["function"]["parameters"]
    form = body.get("response_format", {})
    if form.get("type") == "json_schema":
        return form["json_schema"]["schema"]
    return json.loads(body["messages"][0]["content"].rsplit("valid against this JSON schema:\n", 1)[1])


def nothing(exchange: Exchange) -> None:
    """The answer that changes nothing."""
    says(dict.fromkeys(schema_in(exchange.body)["properties"]))(exchange)


def then(*steps: Step) -> Step:
    """These steps, then answers that change nothing."""
    left = list(steps)
    return lambda exchange: (left.pop(0) if left else nothing)(exchange)


def messages(call: Call) -> list[dict[str, str]]:
    """A shown call as the server gets it."""
    own = [{"role": "system", "content": call["system"]}, {"role": "user", "content": call["task"]}]
    return own + [{"role": each["role"], "content": each["text"]} for each in call["again"]]


def received(server: ModelServer) -> list[tuple[list[dict[str, str]], Any]]:
    """What the server took."""
    taken = [body for body, mode in zip(server.requests, server.modes, strict=True) if mode not in server.cannot]
    return [(body["messages"], schema_in(body)) for body in taken]


def lost(server: ModelServer) -> Step:
    """A fault after which the same is sent again, in the same words; it is shown once, so it is counted once."""

    def step(exchange: Exchange) -> None:
        server.requests.pop()
        server.modes.pop()
        status(500, retry_after="0")(exchange)

    return step


def asking(server: ModelServer, **more: Any) -> Asking:
    return Asking(
        models=("openai:stub", "intake=playbook"),
        base_url=server.url,
        patience=Patience(tries=3, network_tries=3),
        **more,
    )


def of_roles() -> list[Mapping[str, Any]]:
    """What was, or would be, sent for the roles: intake reads without a model here."""
    return [call for call in runner.prompts("customers") if call["role"] in ROLE_NAMES]


WRONG = says({"no": "such field"})
WAYS: list[dict[str, str]] = [{}, {mode: f"response_format {mode} is not supported" for mode in ("strict", "tool")}]


@pytest.mark.parametrize("cannot", WAYS, ids=["schema in its field", "schema in words"])
def test_every_call_is_shown_as_the_server_received_it_those_that_asked_again_too(
    make: Make, model: ModelServer, cannot: dict[str, str]
) -> None:
    model.cannot = dict(cannot)
    model.always = then(WRONG, says("no object"), nothing, says('{"half": ', "length"), lost(model))
    make(asking=asking(model))
    shown = of_roles()
    assert {call["fate"] for call in shown} == {"sent"}
    assert {call["role"] for call in shown} == set(ROLE_NAMES)
    assert [(messages(call), call["schema"]) for call in shown] == received(model)
    assert [len(call["again"]) for call in shown if call["role"] == "data_engineer"] == [0, 2, 1]
    assert len(shown) == len(ROLE_NAMES) + 3, "three of the calls asked again"
    printed = CliRunner().invoke(app, ["prompts", "customers", "data-engineer"]).stdout
    for message in (message for call in shown[:3] for message in messages(call)):
        assert message["content"] in printed
    assert json.dumps(shown[0]["schema"]) in printed


@pytest.mark.parametrize(
    ("wishes", "why"),
    [({"models": ("openai:stub", "intake=playbook")}, "no key"), ({"max_tokens": 10}, "cap")],
    ids=["no key", "cap"],
)
def test_what_was_not_sent_is_shown_with_the_reason_and_not_as_sent(
    make: Make, model: ModelServer, wishes: dict[str, Any], why: str
) -> None:
    about = asking(model).model_copy(update=wishes | ({} if "max_tokens" in wishes else {"base_url": None}))
    make(asking=about)
    assert not model.requests
    shown = of_roles()
    assert {call["fate"] for call in shown} == {"not sent"}
    assert all(why in call["why"] for call in shown)
    assert [call["role"] for call in shown] == list(ROLE_NAMES)
    assert "data-engineer: design 1, not sent: " in CliRunner().invoke(app, ["prompts", "customers"]).stdout


def test_the_call_that_reached_the_cap_is_not_shown_as_sent(make: Make, model: ModelServer) -> None:
    model.always = says({"no": "such field"}, usage={"prompt_tokens": 9_000, "completion_tokens": 1_000})
    make(asking=asking(model, max_tokens=30_000))
    shown = of_roles()
    sent = [call for call in shown if call["fate"] == "sent"]
    assert [(messages(call), call["schema"]) for call in sent] == received(model)
    first = [call for call in shown if call["role"] == "data_engineer"]
    assert [call["fate"] for call in first] == ["sent"] * len(sent) + ["not sent"]
    assert first[-1]["again"], "the call that would have asked again"
    assert "cap" in first[-1]["why"]


def test_an_answer_of_the_cache_was_not_sent_for(make: Make, model: ModelServer) -> None:
    make(asking=asking(model))
    asked = len(model.requests)
    runner.rerun("customers", "mlops", "Write runbooks that an intern can follow.")
    runner.rerun("customers", "mlops", "Write runbooks that an intern can follow.")
    fates = [call["fate"] for call in runner.prompts("customers", "mlops")]
    assert fates.count("sent") == len(model.requests) - asked + 1


def test_rows_that_may_be_shared_are_in_what_would_be_sent(make: Make, model: ModelServer) -> None:
    make(asking=asking(model, sample_rows=3).model_copy(update={"models": ("mlops=openai:stub",)}))
    shown = {call["role"]: call for call in runner.prompts("customers")}
    assert shown["mlops"]["fate"] == "sent"
    assert "# Some rows, which the user chose to share" in shown["mlops"]["system"]
    assert shown["data_scientist"]["fate"] == "would be sent"
    assert shown["data_scientist"]["system"] == shown["mlops"]["system"], "all roles share it, byte for byte"
