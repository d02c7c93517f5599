"""A guess is never an unqualified proof: it is asked about, or every verdict says that nobody confirmed it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_graph import runner
from agent_graph.artifacts import Candidate, Entry, ExecutionReport, Profile, Question, Reading, Specification
from agent_graph.errors import BadInput, NotBuiltYet, WaitsForPerson
from agent_graph.graph import nodes
from agent_graph.intake import reading as reading_room
from tests.played import played
from tests.revise.conftest import STATEMENT, Measured, project

GUESS = "each customer: churn = yes (binary), 41 % sure; nobody confirmed it"
Doubt = Callable[..., None]


@pytest.fixture
def doubt(monkeypatch: pytest.MonkeyPatch) -> Doubt:
    """Makes every reading an open one until a target is given; `more` are further facts of it."""

    def doubting(**more: Any) -> None:
        def read(specification: Specification, profile: Profile, reader: object = None) -> Reading:
            question = Question(topic="target", text="Which column?", choices=("churn", "plan"), depends="all of it")
            found: dict[str, Any] = {
                "confidence": 0.41,
                "asks": () if specification.target else (question,),
                "alternatives": (
                    Candidate(target="churn", task="binary", positive="yes", confidence=0.41),
                    Candidate(target="plan", task="multiclass", confidence=0.3),
                ),
                "ledger": (
                    Entry(words="Which customers?", became="taken", what="the target is 'churn'", check="stand_in"),
                    Entry(words="Sing <b>a</b> song.", became="not_understood", what=""),
                ),
            }
            return played(specification, profile, **{**found, **more})

        monkeypatch.setattr(reading_room, "read", read)

    return doubting


@pytest.fixture
def new(home: Path, data: Path, measured: Measured) -> Callable[..., runner.Outcome]:
    """Makes the project `customers`, without a word on the target."""

    def made(**more: Any) -> runner.Outcome:
        return runner.new(STATEMENT, str(data), name="customers", budget_s=5.0, **more)

    return made


def test_a_wrong_guess_cannot_end_in_an_unqualified_proof(new: Any, doubt: Doubt, measured: Measured) -> None:
    doubt()
    outcome = new(guess=True)
    assert (outcome.proven, outcome.guessed, outcome.report.verdict) == (False, True, "proven for a guess")
    assert outcome.report.question == GUESS
    known = runner.project("customers")
    assert (known.status, known.question) == ("proven for a guess", GUESS)
    assert f"**Proven for a guess:** {GUESS}." in (project() / "README.md").read_text("utf-8")
    page = (project() / "reports" / "execution_report.md").read_text("utf-8")
    assert f"**proven for a guess**: {GUESS}" in page
    assert "| Which customers? | the target is 'churn' | stand\\_in: " in page
    html = (project() / "reports" / "execution_report.html").read_text("utf-8")
    assert GUESS in html
    assert "<td>Sing &lt;b&gt;a&lt;/b&gt; song.</td><td>not understood</td>" in html
    assert "nobody confirmed it" in (project() / "model_card.md").read_text("utf-8")

    again = runner.rerun("customers", "mlops", "At least 3 replicas.")
    assert (again.proven, again.report.verdict) == (False, "proven for a guess")
    assert runner.revert("customers").verdict == "proven for a guess"


def test_a_guess_that_fails_a_check_is_not_proven(new: Any, doubt: Doubt, measured: Measured) -> None:
    doubt()
    measured.failing.add("observability")
    outcome = new(guess=True)
    assert (outcome.report.verdict, outcome.guessed, outcome.report.question) == ("not proven", True, GUESS)


def test_without_somebody_to_ask_the_run_waits_and_leaves_no_project(new: Any, doubt: Doubt) -> None:
    doubt()
    with pytest.raises(WaitsForPerson, match=r"\(target\).*resume customers --guess") as stop:
        new()
    assert runner.project("customers").status == "waiting"
    assert not project().exists()
    read = Reading.model_validate(stop.value.payload["reading"])
    commands = [shlex.split(line) for line in runner.commands(runner.request("customers"), read)]
    assert [words[words.index("--target") + 1] for words in commands] == ["churn", "plan"]
    assert all("--budget=5s" in words for words in commands)


def test_a_waiting_run_goes_on_with_an_answer_or_with_the_guess(new: Any, doubt: Doubt) -> None:
    doubt()
    with pytest.raises(WaitsForPerson):
        new()
    outcome = runner.resume("customers", ask=lambda questions: {questions[0]["topic"]: "churn"})
    assert (outcome.report.verdict, outcome.report.question) == (
        "proven",
        "each customer: churn = yes (binary), as you said",
    )


def test_a_waiting_run_that_is_told_to_guess_says_so(new: Any, doubt: Doubt) -> None:
    doubt()
    with pytest.raises(WaitsForPerson):
        new()
    assert runner.resume("customers", guess=True).report.verdict == "proven for a guess"


def test_three_questions_at_most_are_asked_and_what_stays_open_is_a_guess(
    new: Any, doubt: Doubt, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = ("split", "metric", "target", "task", "event")
    still = tuple(Question(topic=topic, text="?", choices=("a",), depends="") for topic in topics)  # type: ignore[arg-type]
    doubt(asks=still)
    monkeypatch.setattr(nodes.intake_room, "settle", lambda specification, heard, answers: (specification, heard))
    asked: list[str] = []

    def ask(questions: list[dict[str, Any]]) -> dict[str, str]:
        asked.extend(question["topic"] for question in questions)
        return {}

    assert new(ask=ask).report.verdict == "proven for a guess"
    assert asked == ["split", "metric", "target"]


def test_what_was_not_understood_is_said_before_the_work_starts(new: Any, doubt: Doubt) -> None:
    doubt()
    said: list[tuple[str, str]] = []
    new(guess=True, emit=lambda event: said.append((event.stage, event.text)))
    told = [text for stage, text in said if stage == "told"]
    assert told == [GUESS, 'not understood: "Sing <b>a</b> song."']
    assert [stage for stage, _ in said].index("told") < [stage for stage, _ in said].index("design")


def test_a_kind_that_is_not_built_is_said_after_the_reading(new: Any, doubt: Doubt, home: Path) -> None:
    doubt(task="forecast", asks=(), positive=None, label=None)
    said: list[str] = []
    with pytest.raises(NotBuiltYet, match="forecasts of series aren't built yet"):
        new(emit=lambda event: said.append(event.text))
    assert "each customer: churn (forecast), 41 % sure of the question" in said
    assert not project_folders(home)


def test_what_the_data_cannot_answer_is_refused(new: Any, doubt: Doubt, home: Path) -> None:
    doubt(refused="no column says who left: add it")
    with pytest.raises(BadInput, match="no column says who left"):
        new()
    assert not project_folders(home)


def test_a_reading_alone_writes_nothing(home: Path, data: Path) -> None:
    before = sorted(home.rglob("*"))
    read = runner.read(STATEMENT, str(data))
    assert (read.target, read.task, read.positive) == ("churn", "binary", "yes")
    assert sorted(home.rglob("*")) == before


def test_a_reading_works_where_the_cache_cannot_be_written(home: Path, data: Path) -> None:
    cache = home / "generated" / ".agent-graph" / "cache"
    cache.mkdir(parents=True)
    (cache / "profiles").write_text("in the way")
    assert runner.read(STATEMENT, str(data), target="churn").target == "churn"


def test_the_report_of_a_sure_question_says_so(new: Any, doubt: Doubt) -> None:
    doubt()
    report = new(target="churn").report
    assert (report.verdict, report.guessed) == ("proven", False)
    assert report.question.endswith("churn = yes (binary), as you said")
    document = json.loads((project() / "reports" / "execution_report.json").read_text("utf-8"))
    assert document["reading"]["target"] == "churn"
    assert ExecutionReport.model_validate(document) == report


def project_folders(home: Path) -> list[Path]:
    """What a run has left of projects and of itself."""
    generated = home / "generated"
    return [path for path in generated.rglob("*") if path.is_file() and "cache" not in path.parts]


def test_a_difference_is_asked_of_who_is_there_and_stops_nobody(new: Any, doubt: Doubt, measured: Measured) -> None:
    differs = Question(topic="target", text="churn or plan?", choices=("churn", "plan"), depends="everything")
    doubt(asks=(), confirm=(differs,), differs="plan (multiclass), 30 % sure", by="model")
    said: list[str] = []
    outcome = new(emit=lambda event: said.append(event.text))
    assert (outcome.proven, outcome.guessed) == (True, False)
    assert "without the model it would be read otherwise: plan (multiclass), 30 % sure" in said


def test_who_is_there_settles_a_difference(new: Any, doubt: Doubt, measured: Measured) -> None:
    differs = Question(topic="target", text="churn or plan?", choices=("churn", "plan"), depends="everything")
    doubt(asks=(), confirm=(differs,), differs="plan (multiclass), 30 % sure", by="model")
    asked: list[str] = []

    def ask(questions: list[dict[str, Any]]) -> dict[str, str]:
        asked.extend(question["text"] for question in questions)
        return {"target": "churn"}

    assert new(ask=ask).report.question.endswith("as you said")
    assert "churn or plan?" in asked
