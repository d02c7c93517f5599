"""What every CI has to show is asked of pipelines as the option reads them, whatever its tool."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_graph import register
from agent_graph.artifacts import Stack, manifest_for
from agent_graph.measuring.pipelines import Job, Part, Pipeline, Pipelines
from agent_graph.options.ci import conformance
from tests.options.standing import bench

MANIFEST = manifest_for("shop")
TESTS = Job("tests", (Part("check", run="pytest && ruff check . && mypy"),))
IMAGE = Job("image", (Part("push", run="docker push shop"),), needs=("tests",))
SOUND = Pipeline("all.yml", (TESTS, IMAGE), frozenset({"push", "pull request"}))


def verdict(tree: Path, monkeypatch: pytest.MonkeyPatch, pipeline: Pipeline | None) -> tuple[str, str]:
    """Of a project whose CI is a tool that nobody knows, with this pipeline; None: it says nothing."""
    said = None if pipeline is None else Pipelines(".tool", lambda root: (pipeline,), lambda uses: uses.endswith("@1"))
    other = replace(register.option_of(Stack(), "ci"), says=said)
    monkeypatch.setattr(register, "option_of", lambda stack, choice: other)
    scripts = tree / "deploy" / "scripts"
    scripts.mkdir(parents=True)
    (scripts / "apply.sh").write_text("set -euo pipefail\nmake image\n")
    (found,) = conformance.check(bench(tree, MANIFEST))
    assert found.name == "pipelines_say_no"
    return found.verdict, found.evidence


def test_sound_pipelines_of_any_tool_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(tmp_path, monkeypatch, SOUND)[0] == "passed"


def test_a_ci_that_says_nothing_is_not_called_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(tmp_path, monkeypatch, None)[0] == "not_checked"


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        (replace(SOUND, events=frozenset({"push"})), "on a pull request"),
        (replace(SOUND, jobs=(TESTS, replace(IMAGE, needs=()))), "without waiting for the tests"),
        (replace(SOUND, jobs=(replace(TESTS, parts=(*TESTS.parts, Part("x", may_fail=True))),)), "goes on after"),
        (replace(SOUND, jobs=(replace(TESTS, parts=(*TESTS.parts, Part("x", never=True))),)), "never runs"),
        (replace(SOUND, jobs=(replace(TESTS, parts=(*TESTS.parts, Part("x", uses="tool@main"))),)), "can change"),
        (replace(SOUND, jobs=(replace(TESTS, parts=(Part("x", run="pytest || true"),)),)), "goes on after"),
    ],
)
def test_a_pipeline_that_cannot_say_no_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipeline: Pipeline, words: str
) -> None:
    found, evidence = verdict(tmp_path, monkeypatch, pipeline)
    assert (found, words in evidence) == ("failed", True), evidence
