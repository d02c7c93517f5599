"""A reading as others see it: one document, a line with its doubt, commands that can be typed, the ledger."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from agent_graph.artifacts import (
    Act,
    Barred,
    Candidate,
    Entry,
    ExecutionReport,
    Part,
    Question,
    Reading,
    Setting,
    Specification,
    Warned,
)
from agent_graph.cli.commands import app
from agent_graph.telling import readings

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "reading.schema.json").read_text("utf-8"))
HOSTILE = "-rf \"$(id)\" 'it''s'; [bold]x[/] | y\x1b[2J"


def reading(**more: Any) -> Reading:
    """A reading with something in every field."""
    known: dict[str, Any] = {
        "statement": "Who leaves? Call 500. Sing.", "table": "customers", "target": "churn", "task": "binary",
        "positive": "Yes", "metric": "roc_auc", "split": "group:house+street",
        "never": (Barred(column="refund", why="is paid when they leave", confidence=0.9, ground="order"),),
        "warned": (Warned(column="tenure days", why="tells much"),),
        "act": Act(top_k=500, costs=(1, 20), threshold=(Setting(key="recall", value="0.8"),), interval=0.9),
        "wishes": (Setting(key="serving", value="fastapi"),), "confidence": 0.93, "unit": "customer",
        "alternatives": (
            Candidate(target="churn", task="binary", positive="Yes", confidence=0.93),
            Candidate(target="plan", task="multiclass", confidence=0.05),
            Candidate(target=None, build="leavers a day", task="forecast", confidence=0.02),
        ),
        "ledger": (
            Entry(words="Who leaves?", became="taken", what="the target is 'churn'", check="beats_baseline"),
            Entry(words="Sing.", became="not_understood", what=""),
            Entry(words="On Kubeflow.", became="cannot", what="kubeflow isn't built"),
        ),
    }  # fmt: skip
    return Reading(**{**known, **more})


OPEN = (Question(topic="target", text="Which column?", choices=("churn", "plan"), depends="everything"),)
NOTHING = Reading(statement="?", table="", target=None, task=None, refused="no column is left")


@pytest.mark.parametrize("read", [reading(), reading(asks=OPEN), NOTHING], ids=["sure", "open", "refused"])
def test_the_document_keeps_its_schema(read: Reading) -> None:
    jsonschema.validate(json.loads(json.dumps(readings.document(read))), SCHEMA)


def test_the_document_says_what_was_read() -> None:
    document = readings.document(reading(asks=OPEN))
    assert (document["target"], document["task"], document["positive"]) == ("churn", "binary", "Yes")
    assert document["split"] == {"kind": "group", "columns": ["house", "street"]}
    assert document["never"] == [{"column": "refund", "why": "is paid when they leave"}]
    assert document["act"]["costs"] == [1, 20]
    assert document["act"]["threshold"] == {"recall": 0.8}
    assert document["wishes"] == {"serving": "fastapi"}
    assert [question["topic"] for question in document["asks"]] == ["target"]
    assert readings.document(NOTHING)["refused"] == "no column is left"


def test_the_first_line_names_the_question_and_how_sure_it_is() -> None:
    spoken = Part(topic="target", choice="churn", confidence=0.9, reason="named", words="who will leave\nnext month")
    assert readings.headline(reading(), said=False) == "each customer: churn = Yes (binary), 93 % sure of the question"
    assert readings.headline(reading(parts=(spoken,)), said=True) == (
        "who will leave next month: churn = Yes (binary), as you said"
    )
    assert readings.headline(reading(asks=OPEN, confidence=0.41), said=True).endswith("41 % sure; nobody confirmed it")
    assert readings.percent(1.0) == "99 %"


def test_each_column_left_out_is_a_line_with_how_to_keep_it() -> None:
    lines = readings.foretold(reading())
    assert "left out: refund (is paid when they leave); keep it with --set keep=refund" in lines
    assert any(line.startswith("looks like a leak and stays: tenure days") for line in lines)
    assert 'not understood: "Sing."' in lines
    assert "can't be done here: \"On Kubeflow.\" (kubeflow isn't built)" in lines


@pytest.mark.parametrize("statement", ["Who leaves?", HOSTILE, '-- what? it\'s "quoted"'])
def test_a_command_to_copy_is_understood_as_it_stands(statement: str) -> None:
    specification = Specification(
        name="x", statement=statement, data=("/a b/it's.csv", "/c.csv"), metric="log_loss",
        options=(Setting(key="keep", value="a,b"), Setting(key="positive_class", value="No")),
    )  # fmt: skip
    words = shlex.split(readings.command(specification, reading().alternatives[0], ("--seed=3",)))
    assert words[:2] == ["agent-graph", "new"]
    group: Any = typer.main.get_command(app)
    given = group.commands["new"].make_context("new", words[2:]).params
    assert (given["statement"], given["data"]) == (statement, ["/a b/it's.csv", "/c.csv"])
    assert (given["target"], given["task"], given["metric"]) == ("churn", "binary", "log_loss")
    assert given["options"] == ["keep=a,b", "positive_class=Yes"]
    assert (given["yes"], given["seed"]) == (True, 3)


def test_a_reading_that_no_word_of_the_command_line_says_has_no_command() -> None:
    specification = Specification(name="x", statement="Who?", data=("/c.csv",))
    assert not readings.command(specification, reading().alternatives[2])


@pytest.mark.parametrize("task", ["forecast", "survival", "ranking", "clustering", "anomaly"])
def test_a_kind_that_is_not_built_is_read_and_said(task: str) -> None:
    assert "aren't built yet" in readings.unbuilt(reading(task=task))
    assert not readings.unbuilt(reading())


def test_the_ledger_of_a_report_names_the_check_with_its_verdict() -> None:
    report = example().model_copy(update={"reading": reading()})
    check = report.checks[0].name
    told = reading(ledger=(Entry(words="Who leaves?", became="taken", what="the target", check=check),))
    assert readings.ledger_rows(report.model_copy(update={"reading": told})) == [
        ("Who leaves?", "the target", f"{check}: passed")
    ]
    assert readings.ledger_rows(report)[1] == ("Sing.", "not understood", "")


def test_the_ledger_of_a_report_says_what_a_row_is_about_by_the_data() -> None:
    part = Part(topic="entity", choice="customer_id", confidence=0.9, reason="its 300 values name 300 rows, each once")
    told = reading(ledger=(), parts=(part,))
    assert readings.ledger_rows(example().model_copy(update={"reading": told})) == [
        ("(seen in the data)", "entity: customer_id (its 300 values name 300 rows, each once)", "")
    ]


def test_a_report_from_before_readings_is_still_read() -> None:
    former = json.loads(example().model_dump_json())
    for key in ("question", "guessed", "reading"):
        former.pop(key)
    for version in ("1.1", "1.2"):
        report = ExecutionReport.model_validate({**former, "schema_version": version})
        assert (report.question, report.guessed, report.reading) == ("", False, None)
        assert readings.ledger_rows(report) == readings.unheard(report) == []


def example() -> ExecutionReport:
    path = ROOT / "generated" / "telco-churn" / "reports" / "execution_report.json"
    return ExecutionReport.model_validate_json(path.read_text("utf-8"))
