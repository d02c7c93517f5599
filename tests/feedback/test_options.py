"""A note may ask for another option of the stack; it is read by the role that owns the choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph import register
from agent_graph.artifacts import Chosen, Setting, Specification, Stack
from agent_graph.errors import BadInput
from agent_graph.intake import stack
from agent_graph.option import Option
from agent_graph.roles import ROLES
from tests.feedback.conftest import Desk, account, applied, note, understand

QUILL = Option(
    choice="serving", name="quill", line="a stub", folder=Path("/nowhere"), shown_by="run", tool="quill",
    words=("Quill Server",), gives=frozenset({"http"}),
)  # fmt: skip
MUTE = Option(
    choice="serving", name="mute", line="no HTTP at all", folder=Path("/nowhere"), shown_by="run", tool="mute"
)


@pytest.fixture
def more_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two more ways to serve than there are."""
    known = {**register.options(), ("serving", "quill"): QUILL, ("serving", "mute"): MUTE}
    monkeypatch.setattr(register, "options", lambda: known)


@pytest.mark.usefixtures("more_options")
@pytest.mark.parametrize(
    "text",
    ["use quill instead of FastAPI", "Please serve it with Quill Server, not FastAPI.", "switch to quill",
     "replace fastapi with Quill-Server"],
)  # fmt: skip
def test_another_way_to_serve_is_understood(desk: Desk, text: str) -> None:
    wishes, puzzles = understand(note("mlops", text), desk.inputs["mlops"])
    assert puzzles == ()
    assert [(wish.kind, wish.subjects, wish.value) for wish in wishes] == [("option", ("serving",), "quill")]


@pytest.mark.usefixtures("more_options")
def test_it_is_followed_by_a_stack_that_was_settled_anew_and_by_no_other(desk: Desk) -> None:
    said, inputs, plain = note("mlops", "use quill"), desk.inputs["mlops"], desk.playbook["mlops"]
    assert [each.verdict for each in account(said, plain, inputs).wishes] == ["not followed"]
    (undone,) = applied("mlops", plain, understand(said, inputs)[0], inputs)[1]
    assert "built with fastapi" in undone[1]
    anew = inputs.model_copy(update={"stack": stack.anew(inputs.stack, "serving", "quill", "use quill")})
    assert [each.verdict for each in account(said, plain, anew).wishes] == ["followed"]


@pytest.mark.usefixtures("more_options")
def test_another_role_says_whose_choice_it_is(desk: Desk) -> None:
    _, puzzles = understand(note("data_engineer", "use quill"), desk.inputs["data_engineer"])
    assert "that is the mlops's to decide" in puzzles[0]


@pytest.mark.usefixtures("more_options")
def test_both_are_named_and_none_is_taken(desk: Desk) -> None:
    wishes, puzzles = understand(note("mlops", "use quill or fastapi"), desk.inputs["mlops"])
    assert wishes == ()
    assert puzzles


def settled(*wishes: tuple[str, str], **options: str) -> Stack:
    """The stack of a question with these words and these `--set`."""
    given = tuple(Setting(key=key, value=value) for key, value in options.items())
    asked = Specification(name="x", statement="Who leaves?", data=("/x.csv",), options=given)
    return stack.settle(asked, [Setting(key=key, value=value) for key, value in wishes])


@pytest.mark.usefixtures("more_options")
def test_set_goes_before_words_and_words_before_the_default() -> None:
    assert settled().option("serving") == "fastapi"
    assert settled(("serving", "quill")).option("serving") == "quill"
    assert settled(("serving", "quill"), serving="fastapi").option("serving") == "fastapi"
    assert settled(("serving", "triton")).option("serving") == "fastapi", "what isn't built can't be had"
    reasons = {each.choice: each.reason for each in settled(("serving", "quill"), tracking="mlflow").chosen}
    assert reasons["serving"] == "the statement asks for it"
    assert reasons["tracking"] == "--set tracking=mlflow"
    assert reasons["ci"] == "nobody asks for another"


@pytest.mark.usefixtures("more_options")
def test_two_options_that_cannot_live_together_are_named_in_one_line() -> None:
    with pytest.raises(BadInput, match=r"^monitoring=prometheus needs http, and serving=mute has none: choose serv"):
        settled(serving="mute")


@pytest.mark.usefixtures("more_options")
def test_who_sees_a_choice_sees_no_others() -> None:
    whole = Stack(chosen=tuple(Chosen(choice=n, option=c.default, confidence=1, reason="") for n, c in
                               register.choices().items()))  # fmt: skip
    seen = {role.name: {each.choice for each in whole.seen(register.seen_by(role.name)).chosen} for role in ROLES}
    assert seen["data_engineer"] == seen["data_scientist"] == set()
    assert "serving" in seen["mlops"]
    assert "tracking" not in seen["mlops"]
    assert seen["python_pro"] == set(register.choices())
