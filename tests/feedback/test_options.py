"""A note may ask for another option of the stack; it is read by the role that owns the choice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_graph import register
from agent_graph.artifacts import Chosen, Reading, Setting, Specification, Stack
from agent_graph.errors import BadInput
from agent_graph.intake import stack
from agent_graph.intake.wishes import stack as words
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
def more_options(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two more ways to serve than there are."""
    known = {**register.options(), ("serving", "quill"): QUILL, ("serving", "mute"): MUTE}
    monkeypatch.setattr(register, "options", lambda: known)
    words._tools.cache_clear()
    yield
    words._tools.cache_clear()


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


@pytest.mark.parametrize("text", ["Use Weights & Biases instead of MLflow.", "switch to W&B", "use wandb, not MLflow"])
def test_another_way_to_track_is_understood(desk: Desk, text: str) -> None:
    wishes, puzzles = understand(note("ml_engineer", text), desk.inputs["ml_engineer"])
    assert puzzles == ()
    assert [(wish.kind, wish.subjects, wish.value) for wish in wishes] == [("option", ("tracking",), "wandb")]


@pytest.mark.parametrize(
    "text", ["Use Airflow instead.", "run it with Apache Airflow", "Airflow instead of make, please"]
)
def test_another_orchestration_is_understood(desk: Desk, text: str) -> None:
    wishes, puzzles = understand(note("mlops", text), desk.inputs["mlops"])
    assert puzzles == ()
    assert [(wish.kind, wish.subjects, wish.value) for wish in wishes] == [("option", ("orchestration",), "airflow")]


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


def settled(text: str = "", read: tuple[str, str] | None = None, **options: str) -> Stack:
    """The stack of a question with these words and these `--set`; `read`: the wish that a model found in them."""
    given = tuple(Setting(key=key, value=value) for key, value in options.items())
    asked = Specification(name="x", statement=f"Who leaves? {text}", data=("/x.csv",), options=given)
    wishes = (Setting(key=read[0], value=read[1]),) if read else ()
    return stack.settle(asked, Reading(
        statement=asked.statement, table="x", target="y", task="binary", wishes=wishes, by="model" if read else "words",
    ))  # fmt: skip


@pytest.mark.usefixtures("more_options")
def test_set_goes_before_words_and_words_before_the_default() -> None:
    said = "We serve our models with Quill Server."
    assert settled().option("serving") == "fastapi"
    assert settled(said).option("serving") == "quill"
    assert settled(said, serving="fastapi").option("serving") == "fastapi"
    reasons = {each.choice: each.reason for each in settled(said, tracking="mlflow").chosen}
    assert reasons["serving"] == "the statement says 'Quill'"
    assert reasons["tracking"] == "--set tracking=mlflow"
    assert reasons["ci"] == "nobody asks for another"


@pytest.mark.usefixtures("more_options")
def test_how_sure_a_wish_is_is_what_the_reading_says_of_it() -> None:
    def serving(made: Stack) -> Chosen:
        return next(each for each in made.chosen if each.choice == "serving")

    heard = serving(settled("We serve our models with Quill Server."))
    assert 0.5 < heard.confidence < 1 == serving(settled(serving="quill")).confidence
    read = serving(settled("We write with feathers.", read=("serving", "quill")))
    assert (read.option, read.reason) == ("quill", "the statement asks for it, as the model read it")
    both = serving(settled("We serve with Quill Server.", read=("serving", "quill")))
    assert "Quill" in both.reason


@pytest.mark.usefixtures("more_options")
def test_what_is_not_built_cannot_be_had_and_the_default_says_so() -> None:
    made = {each.choice: each for each in settled("We serve with Triton.", read=("serving", "triton")).chosen}
    assert made["serving"].option == "fastapi"
    assert made["serving"].reason == "triton is asked for and isn't built here"


@pytest.mark.usefixtures("more_options")
def test_what_is_turned_down_is_not_taken_where_there_is_another() -> None:
    made = {each.choice: each for each in settled("No Kustomize, please, and don't use Prometheus.").chosen}
    assert (made["packaging"].option, made["packaging"].reason) == ("helm", "kustomize is turned down")
    assert made["monitoring"].option == "prometheus"
    assert made["monitoring"].reason == "prometheus is turned down, and there is no other here"


@pytest.mark.usefixtures("more_options")
def test_two_options_of_one_choice_in_the_words_are_named_in_one_line() -> None:
    both = "We serve with Quill Server and with FastAPI."
    with pytest.raises(BadInput, match=r"^the statement names 'Quill' and 'FastAPI', and a project has one serv"):
        settled(both)
    assert settled(both, serving="quill").option("serving") == "quill"
    assert settled(both, read=("serving", "quill")).option("serving") == "quill"


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
