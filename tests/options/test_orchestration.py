"""What every orchestration has to show, on a project whose commands do nothing: make passes, and broken ones don't."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_graph import register
from agent_graph.artifacts import ROLE_NAMES, Check, Manifest
from agent_graph.bench import Bench
from agent_graph.options.orchestration import conformance
from agent_graph.proof import pipeline
from agent_graph.sandbox import Sandbox
from agent_graph.state import RunState
from tests.options.conftest import Project
from tests.options.test_helm import laid

LOOP = "&& $(APP) $$step || exit"
DOES_NOTHING = "import sys\nprint(sys.argv)\n"


def idle(files: Mapping[str, str], manifest: Manifest, folder: Path, more: Collection[str] = ()) -> Bench:
    """A bench with the Makefile and the list of steps of these files, and a package whose commands do nothing."""
    tree = laid({name: files[name] for name in ("Makefile", conformance.LIST, *more)}, folder / "tree")
    sources = {f"src/{manifest.package}/__init__.py": "", f"src/{manifest.package}/__main__.py": DOES_NOTHING}
    laid({"requirements.lock": "", **sources}, tree)
    for name in ("open", "scratch"):
        (folder / name).mkdir()
    nothing: Any = None
    sealed: Any = SimpleNamespace(open_dir=str(folder / "open"))
    return Bench(
        tree, folder / "store", Sandbox(Path(sys.prefix), run_dir=folder / "cells"), nothing, nothing, nothing,
        manifest, sealed, scratch=folder / "scratch",
    )  # fmt: skip


@pytest.fixture
def bench(project: Project, designs: RunState, tmp_path: Path) -> Bench:
    """The example's."""
    return idle(project(), designs["manifest"], tmp_path)


def judged(bench: Bench) -> dict[str, Check]:
    return {check.name: check for check in conformance.check(bench)}


def change(bench: Bench, path: str, old: str, new: str) -> None:
    text = (bench.tree / path).read_text("utf-8")
    assert text.count(old) == 1
    (bench.tree / path).write_text(text.replace(old, new))


def test_make_runs_the_project_s_steps_in_their_order_and_stops_where_one_fails(bench: Bench) -> None:
    found = judged(bench)
    assert {name: check.verdict for name, check in found.items()} == dict.fromkeys(conformance.CHECKS, "passed"), found
    assert "ingest, validate, features, train, evaluate, promote, reference" in found["pipeline_runs"].evidence


def test_a_step_that_a_person_adds_is_run_in_its_place(bench: Bench) -> None:
    change(bench, conformance.LIST, "  - train\n", "  - tune\n  - train\n")
    found = judged(bench)
    assert {check.verdict for check in found.values()} == {"passed"}, found
    assert "features, tune, train" in found["pipeline_runs"].evidence


@pytest.mark.parametrize(
    ("path", "old", "new", "caught", "words"),
    [
        ("Makefile", LOOP, "&& $(APP) $$step || continue", "pipeline_stops", "the run says that all is well"),
        ("Makefile", LOOP, "&& $(APP) $$step || $(APP) $$step || exit", "pipeline_stops", "'train' (exit 1), 'train'"),
        ("Makefile", "in $(or $(STEPS)", "in ingest $(or $(STEPS)", "pipeline_runs", "'ingest' (exit 0), 'ingest'"),
        ("Makefile", LOOP, "&& $(APP) $$step --help || exit", "pipeline_runs", "'ingest --help'"),
        ("Makefile", "done\n", "done; exit 3\n", "pipeline_runs", "exit 2"),
        ("Makefile", "PYTHONPATH=src ", "", "pipeline_runs", "'ingest' (exit 1)"),
        (conformance.LIST, "  - evaluate\n", "", "pipeline_runs", "no step 'evaluate'"),
        (conformance.LIST, "  - evaluate\n  - promote\n", "  - promote\n  - evaluate\n", "pipeline_runs", "'promote'"),
        (conformance.LIST, "steps:", "stages:", "pipeline_runs", "gives no list"),
        (conformance.LIST, "steps:", "steps: [", "pipeline_runs", "is no YAML"),
    ],
)  # fmt: skip
def test_a_pipeline_that_does_otherwise_is_noticed(
    bench: Bench, path: str, old: str, new: str, caught: str, words: str
) -> None:
    change(bench, path, old, new)
    found = judged(bench)[caught]
    assert found.verdict == "failed"
    assert words in found.evidence


def test_a_list_without_a_step_is_an_error_of_make(bench: Bench) -> None:
    (bench.tree / conformance.LIST).write_text("steps: []\n")
    session = conformance.ran(bench, conformance.Start(("make", "run")))
    assert session.step("run").rc == 2
    assert "names no step" in session.step("run").err


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (
            conformance.Orchestration("make", lambda bench: conformance.Start(("no-such-make",))),
            "no-such-make isn't on",
        ),
        (None, "make doesn't say how it is started"),
    ],
)
def test_what_cannot_be_started_here_passes_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, says: Any, words: str
) -> None:
    known = register.options()
    key = ("orchestration", "make")
    monkeypatch.setattr(register, "options", lambda: {**known, key: replace(known[key], says=says)})
    found = judged(bench)
    assert {check.verdict for check in found.values()} == {"not_checked"}
    assert words in found["pipeline_runs"].evidence


def test_the_steps_that_are_needed_are_those_that_the_proof_runs() -> None:
    proven = [name for name, _ in pipeline.TRAINED if name != "predict"]
    assert (*proven, "reference") == conformance.NEEDED


def test_the_choice_is_checked_where_all_of_its_steps_are_written() -> None:
    assert register.choices()["orchestration"].shown_at == ROLE_NAMES[-1]
