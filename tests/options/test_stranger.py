"""A stranger's option: found by its entry point, listed, chosen, rendered, checked, with no edit anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import agent_graph
from agent_graph import register
from agent_graph.artifacts import Chosen, Reading, Specification, Stack
from agent_graph.errors import BadInput
from agent_graph.intake import specifying, stack
from agent_graph.options import conform
from agent_graph.prompting import prompt
from agent_graph.proof.staging import measured_key
from agent_graph.roles import BY_NAME
from agent_graph.state import DESIGN_KEYS, RunState, inputs_of
from tests import strangers
from tests.options.conftest import Project

NOTHING_READ = Reading(statement="Who?", table="x", target="y", task="binary")
BREAKS = {
    "raises": ("raise RuntimeError('no such luck')", "RuntimeError: no such luck"),
    "empty": ("OPTION = 3", "OPTION is no option of"),
    "taken": (
        "from dataclasses import replace\nfrom agent_graph import register\n"
        "from agent_graph.options.serving.fastapi import OPTION",
        "serving=fastapi is built in",
    ),
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages that is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    with strangers.gone_afterwards():
        yield tmp_path


def install(site: Path, package: str, *, source: str | None = None) -> None:
    """A package with its entry point; without a source the one beside these tests."""
    strangers.install(site, package, register.GROUP, source or Path(__file__).parent / "stranger")


def test_it_is_listed_chosen_and_laid_over_the_project(site: Path, project: Project, designs: RunState) -> None:
    install(site, "stranger_chores")
    option = register.options()["orchestration", "chores"]
    assert conform.check(option) == ()
    (offer,) = [each for each in agent_graph.offers() if each.option == "chores"]
    assert (offer.origin, offer.default, offer.tool) == ("stranger_chores 1.2", False, "pencil")
    asked = specifying.specify("Who leaves?", (__file__,), options={"orchestration": "chores"}, name="x")
    settled = stack.settle(asked, NOTHING_READ)
    assert settled.option("orchestration") == "chores"
    assert "chores/pipeline.txt" in project(orchestration="chores")
    assert "chores/pipeline.txt" not in project()
    stacked: RunState = {**designs, "stack": settled}
    owner, last = BY_NAME["mlops"], BY_NAME["observability"]
    told = prompt(owner, inputs_of(owner, stacked), designs["deployment"]).task
    assert "`orchestration`: chores, a list of chores" in told
    told = prompt(last, inputs_of(last, stacked), designs["monitoring"]).task
    assert "`chores_in_order`: the chores are the commands" in told


def test_it_is_heard_in_the_words(site: Path) -> None:
    install(site, "stranger_chores")
    from agent_graph.intake.wishes import read_wishes
    from agent_graph.intake.wishes import stack as words

    words._tools.cache_clear()
    heard = read_wishes("Which customers leave next month? We run all our jobs with Chores.").stack
    words._tools.cache_clear()
    assert [(found.key, found.value) for found in heard] == [("orchestration", "chores")]


@pytest.mark.parametrize("kind", BREAKS)
def test_one_that_is_broken_is_said_and_stops_nobody_else(site: Path, kind: str) -> None:
    source, words = BREAKS[kind]
    install(site, f"stranger_{kind}", source=source)
    (lost,) = [each for each in agent_graph.offers() if each.lost]
    assert words in lost.lost
    assert lost.origin == f"stranger_{kind} 1.2"
    asked = Specification(name="x", statement="Who?", data=("/x.csv",))
    assert stack.settle(asked, NOTHING_READ).option("serving") == "fastapi"


def test_an_option_that_is_not_installed_is_one_clear_line() -> None:
    with pytest.raises(BadInput, match=r"orchestration may be make.*'chores' isn't built"):
        specifying.specify("Who?", (__file__,), options={"orchestration": "chores"}, name="x")


def test_a_project_whose_option_was_uninstalled_says_which_and_what_to_do(project: Project) -> None:
    with pytest.raises(
        BadInput, match=r"orchestration=chores isn't installed here: install .* or choose orchestration=ma"
    ):
        project(orchestration="chores")


def test_an_option_that_brings_a_check_and_no_file_has_its_gate_measured(site: Path, tmp_path: Path) -> None:
    install(site, "stranger_chores")
    tree = tmp_path / "tree"  # of its own: beside the package, which is compiled when it is loaded
    tree.mkdir()

    def key(orchestration: str) -> str:
        chosen = (Chosen(choice="orchestration", option=orchestration, confidence=1.0, reason=""),)
        sealed, problem = SimpleNamespace(digest=""), SimpleNamespace(task="binary", fingerprint=lambda: "")
        bench: Any = SimpleNamespace(tree=tree, stack=Stack(chosen=chosen), sealed=sealed, problem=problem)
        design = SimpleNamespace(model_dump_json=lambda exclude: "")
        state: Any = dict.fromkeys(DESIGN_KEYS, design)
        return measured_key(BY_NAME["observability"], state, bench)

    assert key("make") == key("make") != key("chores")
