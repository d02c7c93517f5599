"""The report lists what models were asked in each revision, and what a model had wanted that isn't there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_graph import Asking, runner
from agent_graph.artifacts import ROLE_NAMES, ExecutionReport, Usage
from agent_graph.errors import WaitsForPerson
from agent_graph.llm import Patience
from agent_graph.runner import Outcome
from agent_graph.telling.words import wanted_rows
from tests.llm.server import Exchange, ModelServer, says, serving
from tests.revise.conftest import Make, nothing, project

APPROVE = {"decision": "approve"}
HOSTILE = "</code><script>alert(1)</script> | {{ 7 * 7 }} `id` [x](http://x)"


def playing(exchange: Exchange) -> None:
    """MLOps never finds the shape, observability asks for what its rule forbids; the others change nothing."""
    task = exchange.body["messages"][1]["content"]
    if task.startswith("# You are the MLOps"):
        return says({"replicas_min": HOSTILE})(exchange)
    if task.startswith("# You are the observability"):
        schema = exchange.body["response_format"]["json_schema"]["schema"]
        return says({**dict.fromkeys(schema["properties"]), "availability_slo": 2.0})(exchange)
    return nothing(exchange)


@pytest.fixture
def asking() -> Iterator[Asking]:
    with serving(ModelServer()) as server:
        server.always = playing
        yield Asking(
            models=("openai:stub", "intake=playbook"), base_url=server.url, cache=False, patience=Patience(tries=2)
        )


def pages() -> tuple[str, str]:
    folder = project() / "reports"
    return tuple((folder / f"execution_report.{end}").read_text("utf-8") for end in ("md", "html"))  # type: ignore[return-value]


def called(report: ExecutionReport, role: str) -> list[tuple[int, int, str, str]]:
    (authorship,) = [each.authorship for each in report.roles if each.role == role]
    assert authorship is not None
    return [(call.revision, call.number, call.again, call.outcome) for call in authorship.calls]


def test_every_call_of_every_revision_is_in_the_report(make: Make, asking: Asking) -> None:
    make(asking=asking)
    report = runner.rerun("customers", "mlops", "Run at least three replicas.").report
    tried = [(1, "", "wrong_shape"), (2, "wrong_shape", "wrong_shape")]
    assert called(report, "mlops") == [(revision, *each) for revision in (1, 2) for each in tried]
    assert called(report, "data_engineer") == [(1, 1, "", "answered")]
    document = json.loads((project() / "reports" / "execution_report.json").read_text("utf-8"))
    assert document["schema_version"] == "1.5"
    calls = [call for role in document["roles"] for call in role["authorship"]["calls"]]
    for number, revision in enumerate(runner.history("customers"), 1):
        spent = sum((Usage(**call["usage"]) for call in calls if call["revision"] == number), Usage())
        assert spent.model_dump(exclude={"seconds"}) == revision.usage.model_dump(exclude={"seconds"})
    markdown, html = pages()
    assert "| 2 | mlops | stub@http" in markdown
    assert "2 wrong shape" in markdown
    assert f"{len(calls)} calls to models" in html
    assert html.count("design 1, call 2") == sum(call["number"] == 2 for call in calls)


def test_what_a_model_had_wanted_is_quoted_where_the_playbook_stands(make: Make, asking: Asking) -> None:
    report = make(asking=asking).report
    markdown, html = pages()
    assert [(agent, kind) for agent, kind, _ in wanted_rows(report)] == [
        ("mlops", "had written, which is no design"),
        ("observability", "had wanted"),
    ]
    (line,) = [line for line in markdown.splitlines() if line.startswith("- mlops: its model")]
    assert r"\<script\>" in line
    assert "<script" not in markdown.replace(r"\<", "")
    assert "&lt;script&gt;" in html
    assert "<script" not in html


def test_a_report_without_a_model_says_nothing_of_calls(made: Outcome) -> None:
    report = made.report
    markdown, html = pages()
    assert "model" not in "".join(line for line in markdown.splitlines() if line.startswith("## "))
    assert "calls to models" not in html
    assert all(each.authorship is not None and not each.authorship.calls for each in report.roles)


def test_a_report_and_a_revision_of_the_schema_before_are_read(made: Outcome) -> None:
    path = project() / "reports" / "execution_report.json"
    document = json.loads(path.read_text("utf-8"))
    for role in document["roles"]:
        del role["authorship"]["calls"], role["authorship"]["said"]
    path.write_text(json.dumps({**document, "schema_version": "1.1"}), "utf-8")
    assert runner.report("customers").verdict == "proven"


@pytest.mark.slow  # mlflow makes a database
@pytest.mark.filterwarnings("ignore")  # of the libraries below mlflow
def test_the_trace_of_a_rerun_and_of_a_resume_holds_the_calls_of_that_work_alone(make: Make, asking: Asking) -> None:
    with pytest.raises(WaitsForPerson):
        make(asking=asking, review=["plan"])
    report = runner.resume("customers", answer=APPROVE, decide=lambda payload: APPROVE, trace=True).report
    (trace,) = traces()
    assert below_designs(trace) == [
        (role, number) for role in ROLE_NAMES[1:] for _, number, _, _ in called(report, role)
    ]
    report = runner.rerun("customers", "mlops", "Run at least three replicas.", trace=True).report
    (trace, _) = traces()
    assert below_designs(trace) == [
        (role, each[1]) for role in ROLE_NAMES for each in called(report, role) if each[0] == 2
    ]
    assert ("mlops", 2) in below_designs(trace)


def below_designs(trace: Any) -> list[tuple[str, int]]:
    """The calls below each design, whose sum it holds, as the root holds that of all: role and number."""
    spans = trace.data.spans
    (root,) = [span for span in spans if span.parent_id is None]
    calls = [span for span in spans if span.name.startswith("call ")]
    assert root.attributes["usage.prompt_tokens"] == 100 * len(calls)
    for design in (span for span in spans if span.name.startswith("design ")):
        mine = [call for call in calls if call.parent_id == design.span_id]
        assert design.attributes.get("usage.prompt_tokens", 0) == 100 * len(mine)
        assert all(call.name.endswith(design.name.removeprefix("design ")) for call in mine)
    named = [call.name.removeprefix("call ").split() for call in sorted(calls, key=lambda span: span.start_time_ns)]
    return [(role, int(number)) for number, role in named]


def traces() -> list[Any]:
    """The traces of this folder, the newest first, as MLflow's own client finds them."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{Path('generated/.agent-graph/traces/mlflow.db').absolute()}")
    experiment = client.get_experiment_by_name("agent-graph")
    assert experiment is not None
    return list(client.search_traces(locations=[experiment.experiment_id]))
