"""Whole runs through the fault catalogue: they end proven, say what was refused, and lose nothing by it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent_graph.artifacts import (
    ROLE_NAMES,
    Artifact,
    Decision,
)
from agent_graph.cli.commands import DEMO_STATEMENT
from tests.agents.catalogue import DESIGN, WIRE
from tests.agents.pieces import put
from tests.integration import mlflow_ui
from tests.integration.asked import (
    BUDGET,
    CLOCK,
    answers,
    asked_by_role,
    authorships,
    by_role,
    ground,
    nothing_changed,
    score,
)
from tests.integration.runs import TELCO, Made, environment, finished
from tests.llm.server import ModelServer, says, serving

pytestmark = pytest.mark.slow
KEY = "canary-5f0c9a7e1b3d4826"
HARMLESS = Decision(what="{{7*7}}", choice="${{7*7}} $(id)", why="<script>alert(1)</script> {%if 1%} | `id`")
PATIENT = """
import sys
from pathlib import Path
from agent_graph import runner
from agent_graph.design.asking import Asking
from agent_graph.llm import Patience
statement, data, url, budget, tries = sys.argv[1:]
patience = Patience(tries=int(tries), network_tries=20, first_wait_s=0.01, timeout_s=6)
asking = Asking(models=("openai:stub", "intake=playbook"), base_url=url, record=Path("record.jsonl"), patience=patience)
runner.new(statement, data, name="telco-churn", target="churn", budget_s=float(budget), asking=asking, trace=True)
"""


@dataclass(frozen=True)
class Faulted:
    """A run in which every role met its whole catalogue in one question."""

    made: Made
    server: ModelServer
    met: dict[str, list[tuple[Any, str]]]  # by role: faulty answers and the words of their refusal


@pytest.fixture(scope="module")
def faulted(tmp_path_factory: pytest.TempPathFactory, telco: Made, designs: dict[str, Artifact]) -> Iterator[Faulted]:
    """Every fault of the way, a server that tells the key, every faulty design, then a good answer: for each role."""
    folder = tmp_path_factory.mktemp("faulted")
    met = {
        role: [
            fault for roles in DESIGN.values() if role in roles for fault in roles[role](ground(telco, designs[role]))
        ]
        for role in ROLE_NAMES
    }
    good = {role: {**nothing_changed(designs[role]), "decisions": put(HARMLESS)} for role in ROLE_NAMES}
    echo = says(f"your key is {KEY}")
    with serving(ModelServer()) as server:
        server.always = by_role(
            {role: [*WIRE.values(), echo, *answers(*(answer for answer, _ in met[role]), good[role])] for role in good}
        )
        line = [sys.executable, "-c", PATIENT, DEMO_STATEMENT, str(TELCO), server.url, BUDGET.rstrip("s"), "99"]
        environ = {**environment(), "OPENAI_API_KEY": KEY}
        done = subprocess.run(line, cwd=folder, env=environ, capture_output=True, text=True, check=False)
        yield Faulted(finished(folder, "telco-churn", done), server, met)


def test_after_every_fault_of_the_catalogue_the_project_is_proven_and_as_good(faulted: Faulted, telco: Made) -> None:
    report = faulted.made.report
    assert report.verdict == "proven", report.reason
    assert {account.author for account in report.roles} == {f"stub@{faulted.server.url}"}
    assert all(account.decisions[-1] == HARMLESS for account in report.roles)
    assert score(faulted.made) == pytest.approx(score(telco), abs=CLOCK)


def test_every_fault_was_met_by_every_role_in_one_question_and_told_in_words(faulted: Faulted) -> None:
    asked = asked_by_role(faulted.server)
    for role, authorship in authorships(faulted.made).items():
        faults = len(WIRE) + 1 + len(faulted.met[role])
        assert len(asked[role]) == faults + 1, role
        assert authorship.designs == 1
        assert len(authorship.rejected) == faults
        for (answer, words), rejected in zip(
            faulted.met[role], authorship.rejected[-len(faulted.met[role]) :], strict=True
        ):
            assert words in rejected, answer


def test_a_decision_that_would_like_to_be_code_is_a_text_in_the_reports(faulted: Faulted) -> None:
    reports = faulted.made.project / "reports"
    html = (reports / "execution_report.html").read_text("utf-8")
    markdown = (reports / "execution_report.md").read_text("utf-8")
    assert "&lt;script&gt;" in html
    assert "<script" not in html + markdown.replace("\\<", "")
    assert "{{7*7}}" in html


def test_the_key_was_sent_to_its_server_and_is_written_nowhere(faulted: Faulted) -> None:
    assert {headers["authorization"] for headers in faulted.server.headers} == {f"Bearer {KEY}"}
    folder = faulted.made.project.parents[1]
    cache = Path(environment()["AGENT_GRAPH_CACHE"])
    kept = [path for path in cache.rglob("*") if not {"runtimes", "cells"} & set(path.relative_to(cache).parts)]
    files = [path for path in [*folder.rglob("*"), *kept] if path.is_file() and not path.is_symlink()]
    names = {path.name for path in files}
    assert {"record.jsonl", "mlflow.db", "checkpoints.db", "answers.sqlite", "execution_report.json"} <= names
    assert "[secret]" in (folder / "record.jsonl").read_text("utf-8")
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    said = faulted.made.done.stdout + faulted.made.done.stderr
    assert KEY not in said + subprocess.run(
        ["git", "log", "-p", "--all"], cwd=faulted.made.project, capture_output=True, check=True
    ).stdout.decode(errors="replace")


@pytest.mark.filterwarnings("ignore")  # of the libraries below mlflow
def test_mlflow_ui_shows_every_design_and_gate_of_the_run_and_every_call(faulted: Faulted) -> None:
    with mlflow_ui.opened(faulted.made.state) as address:
        trace = mlflow_ui.only_trace(address)
    spans = {span.name: span for span in trace.data.spans}
    assert {f"{stage} {role}" for stage in ("design", "gate") for role in ROLE_NAMES} <= set(spans)
    assert spans["telco-churn"].parent_id is None
    for role, authorship in authorships(faulted.made).items():
        design = spans[f"design {role}"]
        assert design.attributes["usage.calls"] == authorship.usage.calls
        assert spans[f"gate {role}"].attributes["verdict"] == "passed"
        below = [span.attributes["outcome"] for span in trace.data.spans if span.parent_id == design.span_id]
        assert sorted(below) == sorted(call.outcome for call in authorship.calls)
        assert below.count("answered") == 1
