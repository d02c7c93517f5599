"""Whole runs through the fault catalogue: they end proven, say what was refused, and lose nothing by it."""

from __future__ import annotations

import socket
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
    Authorship,
    CustomRule,
    DataDesign,
    Decision,
    FeatureDesign,
    Slot,
)
from agent_graph.cli.commands import DEMO_STATEMENT
from tests.agents.catalogue import DESIGN, WIRE
from tests.agents.pieces import Ground, edit, further_tests, put
from tests.integration.asked import (
    BUDGET,
    CLOCK,
    answers,
    asked_by_role,
    by_role,
    changed,
    made,
    nothing_changed,
    score,
)
from tests.integration.runs import TELCO, Made, environment, finished
from tests.llm.server import ModelServer, says, serving

pytestmark = pytest.mark.slow
KEY = "canary-5f0c9a7e1b3d4826"
PATH = "src/telco_churn/errors.py"
HARMLESS = Decision(what="{{7*7}}", choice="${{7*7}} $(id)", why="<script>alert(1)</script> {%if 1%} | `id`")
PATIENT = """
import sys
from pathlib import Path
from agent_graph import runner
from agent_graph.asking import Asking
from agent_graph.llm import Patience
statement, data, url, budget, tries = sys.argv[1:]
patience = Patience(tries=int(tries), network_tries=20, first_wait_s=0.01, timeout_s=6)
asking = Asking(models=("openai:stub",), base_url=url, record=Path("record.jsonl"), patience=patience)
runner.new(statement, data, name="telco-churn", budget_s=float(budget), asking=asking, trace=True)
"""


@dataclass(frozen=True)
class Faulted:
    """A run in which every role met its whole catalogue in one question."""

    made: Made
    server: ModelServer
    met: dict[str, list[tuple[Any, str]]]  # by role: faulty answers and the words of their refusal


def ground(telco: Made, design: Artifact) -> Ground:
    """The example, as faults want it."""
    return Ground(design, "tenure", "contract", "churn", PATH, (telco.project / PATH).read_text("utf-8"))


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


def authorships(made: Made) -> dict[str, Authorship]:
    """How each role's design came about."""
    found = {account.role: account.authorship for account in made.report.roles}
    assert all(found.values())
    return found  # type: ignore[return-value]


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


@pytest.fixture
def mlflow_server(faulted: Faulted) -> Iterator[str]:
    """`mlflow ui` on the run's traces; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = f"sqlite:///{faulted.made.state / 'traces' / 'mlflow.db'}"
    words = ["ui", "--backend-store-uri", store, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command = [str(Path(sys.executable).with_name("mlflow")), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:  # blocks until the server says that it is up, or ends
            said.append(line)
            if "startup complete" in line:
                break
        try:
            assert process.poll() is None, "".join(said)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.mark.filterwarnings("ignore")  # of the libraries below mlflow
def test_mlflow_ui_shows_every_design_and_gate_of_the_run(faulted: Faulted, mlflow_server: str) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=mlflow_server)
    experiment = client.get_experiment_by_name("agent-graph")
    (trace,) = client.search_traces(locations=[experiment.experiment_id])
    spans = {span.name: span for span in trace.data.spans}
    assert {f"{stage} {role}" for stage in ("design", "gate") for role in ROLE_NAMES} <= set(spans)
    assert spans["telco-churn"].parent_id is None
    for role, authorship in authorships(faulted.made).items():
        assert spans[f"design {role}"].attributes["usage.calls"] == str(authorship.usage.calls)
        assert spans[f"gate {role}"].attributes["verdict"] == "passed"


ENDLESS = "def made(tenure):\n    step = 0\n    while step < 1:\n        step = step * 2\n    return tenure < 0\n"
NEVER = "def made(tenure):\n    return tenure * 0 > 1\n"
BY_ORDER = "import numpy as np\n\n\ndef made(tenure):\n    return np.arange(len(tenure)) / 7\n"
BY_BATCH = "import numpy as np\n\n\ndef made(tenure):\n    return tenure - np.nanmean(tenure)\n"
FAILING = "def test_three_is_four() -> None:\n    assert len(range(3)) == 4\n"


def of_data(design: DataDesign, source: str) -> dict[str, Any]:
    """A quality rule of that source."""
    rule = CustomRule(name="made", inputs=("tenure",), source=source, why="", most=0.01, severity="warning")
    return changed(design, custom_rules=(rule,))


def of_features(design: FeatureDesign, source: str) -> dict[str, Any]:
    """A derived feature of that source."""
    return changed(design, derived=(Slot(name="made", inputs=("tenure",), source=source, why=""),))


def weak(design: Any, rounds: int) -> dict[str, Any]:
    """A training of so few rounds of one regularised linear member that features hardly count."""
    linear = next(member for member in design.members if member.kind == "linear")
    poor = {"rounds": rounds, "max_rounds": rounds, "parameters": [{"key": "C", "value": "0.0001"}], "search": []}
    others = [member.name for member in design.members if member.name != linear.name]
    members = {"remove": others, "put": [linear.model_dump(mode="json") | poor]}
    return {**nothing_changed(design), "members": members, "trials": 0, "budget_s": 1.0, "ensemble_rounds": 1}


def blind(design: Any) -> dict[str, Any]:
    """Bars that no drift ever reaches."""
    bars = tuple(bar.model_copy(update={"psi": 1e6, "ks": 1.0, "unseen": 1.0, "missing": 1.0}) for bar in design.drift)
    return changed(design, drift=bars, prediction_psi=1e6)


def of_nothing(design: Any) -> dict[str, Any]:
    """An alert on a metric that nobody exports."""
    alert = design.alerts[0].model_copy(update={"expression": "telco_churn_no_such_metric > 1"})
    return {**nothing_changed(design), "alerts": put(alert)}


def gate_faults(telco: Made, designs: dict[str, Any]) -> dict[str, list[tuple[Any, str]]]:
    """Two designs of each role that its rule takes and its gate refuses, each with the check that does."""
    d = designs
    path = "src/telco_churn/metrics.py"
    flipped = (telco.project / path).read_text("utf-8").replace("-np.log(of_truth)", "np.log(of_truth)")
    pro = ground(telco, d["python_pro"])
    return {
        "data_engineer": [
            (of_data(d["data_engineer"], ENDLESS), "own_functions_work"),
            (of_data(d["data_engineer"], NEVER), "own_functions_work"),
        ],
        "data_scientist": [
            (of_features(d["data_scientist"], BY_ORDER), "row_by_row_equals_batch"),
            (of_features(d["data_scientist"], BY_BATCH), "row_by_row_equals_batch"),
        ],
        "ml_engineer": [
            (weak(d["ml_engineer"], 1), "beats_baseline"),
            (weak(d["ml_engineer"], 2), "beats_baseline"),
        ],
        "python_pro": [
            (pro.answer(unit_tests=put(further_tests(FAILING))), "tests_pass"),
            (pro.answer(edits=put(edit(pro, path, source=flipped))), "tests_pass"),
        ],
        "mlops": [
            (changed(d["mlops"], latency_p50_ms=1.0, latency_p99_ms=1.0), "latency_single_row"),
            (changed(d["mlops"], max_body_bytes=1024), "service_equals_batch"),
        ],
        "observability": [
            (of_nothing(d["observability"]), "metrics_exist"),
            (blind(d["observability"]), "drift_detected"),
        ],
    }  # fmt: skip


def test_faults_that_only_a_gate_can_see_end_in_the_playbooks_project_and_name_the_check(
    tmp_path: Path, telco: Made, designs: dict[str, Artifact], model: ModelServer
) -> None:
    faults = gate_faults(telco, designs)
    model.always = by_role({role: answers(*(answer for answer, _ in made)) for role, made in faults.items()})
    run = made(tmp_path, model)
    assert run.report.verdict == "proven", run.report.reason
    assert {account.author for account in run.report.roles} == {"playbook"}
    assert score(run) == pytest.approx(score(telco), abs=CLOCK)
    asked = asked_by_role(model)
    for role, authorship in authorships(run).items():
        (_, first), (_, second) = faults[role]
        assert authorship.rejected == (), role
        assert len(asked[role]) == authorship.designs == 2, role
        assert first in asked[role][1]["messages"][1]["content"], role
        assert second in authorship.why, (role, authorship.why)
