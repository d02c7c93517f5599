"""serving=bentoml: asked for in words, by `--set`, by a note; its project is BentoML's and keeps names and ports."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from agent_graph import register
from agent_graph.artifacts import Reading, Setting, Specification, Stack
from agent_graph.bench import Findings
from agent_graph.intake import stack
from agent_graph.roles import BY_NAME
from agent_graph.roles.mlops.checks import agreement
from agent_graph.sandbox import packages as listed
from agent_graph.state import RunState, inputs_of
from agent_graph.writing import formatting
from agent_graph.writing.contribution import files_of
from evals.trust.projects.options.serving_bentoml import PAIRS
from evals.trust.projects.pair import Pair
from tests.feedback.conftest import note, understand
from tests.options.conftest import Project
from tests.options.test_helm import laid

NAME = "bentoml"
SAYS = register.options()["serving", NAME].says


@pytest.fixture(scope="module")
def files(project: Project) -> dict[str, str]:
    """The example's project, served by BentoML."""
    return formatting.formatted(project(serving=NAME))


def test_the_lock_has_a_recent_bento_ml_and_a_project_without_it_has_nothing_of_it(
    files: dict[str, str], project: Project
) -> None:
    version = listed.locked(files["requirements.lock"])[NAME]
    assert tuple(map(int, version.split(".")[:2])) >= (1, 4)
    others = listed.locked(project()["requirements.lock"])
    assert not {NAME, "kantoku", "simple-di", "watchfiles"} & set(others)


def test_nothing_is_told_to_its_makers(files: dict[str, str]) -> None:
    """Before BentoML is imported, in the image and on a developer's machine alike."""
    config = files["src/telco_churn/config.py"]
    assert 'os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")' in config
    assert "BENTOML_DO_NOT_TRACK=True" in files["deploy/docker/Dockerfile"]
    app = ast.parse(files["src/telco_churn/serving/app.py"])
    imported = [node.module for node in app.body if isinstance(node, ast.ImportFrom)]
    assert "telco_churn.serving.service" not in imported, "the supervisor would load every estimator"


def test_in_the_image_a_dead_worker_ends_the_container(files: dict[str, str]) -> None:
    """Else the supervisor starts it again in silence, and no restart is counted anywhere."""
    assert "BENTOML_CONTAINERIZED=True" in files["deploy/docker/Dockerfile"]


def test_its_probes_are_paths_that_its_server_answers(designs: RunState, files: dict[str, str], tmp_path: Path) -> None:
    role, state = BY_NAME["mlops"], {**designs, "stack": settled("Serve it with BentoML.")}
    design = role.playbook(inputs_of(role, state))  # type: ignore[arg-type]
    made = files_of(role, {**state, "deployment": design})  # type: ignore[typeddict-item]
    tree = laid(files | formatting.formatted(made), tmp_path)
    assert f"path: {SAYS.ready}" in (tree / "deploy/kubernetes/base/deployment.yaml").read_text()
    for built_in, verdict in ((SAYS.built_in, "passed"), (frozenset[str](), "failed")):
        findings = Findings("mlops")
        agreement.check(tree, designs["manifest"], findings, built_in)
        found = {check.name: check for check in findings.checks}
        assert found["files_agree"].verdict == verdict, found["files_agree"].evidence


def settled(words: str = "", **options: str) -> Stack:
    """The stack of a question that says this, with these `--set`."""
    given = tuple(Setting(key=key, value=value) for key, value in options.items())
    asked = Specification(name="x", statement=f"Who leaves? {words}", data=("/x.csv",), options=given)
    read = Reading(statement=asked.statement, table="x", target="y", task="binary", wishes=(), by="words")
    return stack.settle(asked, read)


@pytest.mark.parametrize(
    "words",
    ["Serve it with BentoML.", "Deploy the model behind a Bento service.", "We want the API in Bento ML, not FastAPI."],
)
def test_words_ask_for_it(words: str) -> None:
    assert settled(words).option("serving") == NAME


def test_set_asks_for_it_and_lunch_does_not() -> None:
    assert settled(serving=NAME).option("serving") == NAME
    assert settled("We deliver bento boxes to offices; our kitchen serves them warm.").option("serving") == "fastapi"


@pytest.mark.parametrize(
    "text", ["Use BentoML instead of FastAPI.", "switch to Bento", "Please serve it with Bento ML, not FastAPI."]
)
def test_a_note_asks_for_it(designs: RunState, text: str) -> None:
    inputs: Any = inputs_of(BY_NAME["mlops"], designs)
    wishes, puzzles = understand(note("mlops", text), inputs)
    assert puzzles == ()
    assert [(wish.kind, wish.subjects, wish.value) for wish in wishes] == [("option", ("serving",), NAME)]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_its_lies_and_their_twins_find_their_places(pair: Pair, files: dict[str, str], tmp_path: Path) -> None:
    assert pair.chosen == ("serving", NAME)
    assert pair.honest is not None
    for name, patch in (("lie", pair.lie), ("twin", pair.honest)):
        tree = laid(files, tmp_path / name)
        patch(tree)
        app = "src/telco_churn/serving/app.py"
        assert (tree / app).read_text("utf-8") != files[app]
        ast.parse((tree / app).read_text("utf-8"))
