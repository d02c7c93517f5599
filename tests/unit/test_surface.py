"""The table of options says of each what was run, what was only validated and what isn't here, and fails with one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agent_graph import register
from agent_graph.artifacts import Check
from agent_graph.bench import Findings
from agent_graph.errors import RuntimeUnavailable
from agent_graph.option import Option
from agent_graph.settings import settings
from evals import surface

HELM = register.options()["packaging", "helm"]
KUSTOMIZE = register.options()["packaging", "kustomize"]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_GRAPH_CACHE", str(tmp_path))
    settings.cache_clear()


def checks(**verdicts: bool | None) -> tuple[Check, ...]:
    """A gate's checks; None is one that couldn't be made."""
    findings = Findings("mlops")
    for name, passed in verdicts.items():
        findings.add(name, "not_checked" if passed is None else passed, f"{name} says so")
    return tuple(findings.checks)


def test_an_option_has_passed_when_its_own_check_has_and_nothing_of_the_gate_failed() -> None:
    row = surface.verdict(HELM, checks(chart_valid=True, kubernetes_valid=True, service_starts=True), 3.0)
    assert (row.option, row.verdict, row.how, row.tool) == ("packaging=helm", "passed", "validated", "helm")
    assert "chart_valid" in row.seen
    assert "service_starts" not in row.seen


def test_what_is_not_on_this_machine_is_no_pass_and_its_reason_is_told() -> None:
    row = surface.verdict(HELM, checks(chart_valid=None, kubernetes_valid=None, service_starts=True), 3.0)
    assert (row.verdict, row.how) == ("not checked", "not here")
    assert "chart_valid says so" in row.seen


def test_a_check_of_the_gate_that_failed_with_the_option_fails_it() -> None:
    row = surface.verdict(HELM, checks(chart_valid=True, service_starts=False), 3.0)
    assert row.verdict == "failed"
    assert "service_starts" in row.seen


def test_an_option_that_nothing_looked_at_is_not_called_passed() -> None:
    assert surface.verdict(HELM, (), 0.0).verdict == "not checked"


def test_what_passed_is_not_measured_twice_and_all_else_is_tried_again() -> None:
    asked: list[str] = []

    def judge(option: Option) -> tuple[tuple[Check, ...], float]:
        asked.append(option.name)
        return checks(chart_valid=option is HELM or None, kubernetes_valid=option is HELM or None), 1.0

    first = list(surface.judged([HELM, KUSTOMIZE], judge))
    assert list(surface.judged([HELM, KUSTOMIZE], judge)) == first
    assert [row.verdict for row in first] == ["passed", "not checked"]
    assert asked == ["helm", "kustomize", "kustomize"]


def test_a_machine_that_cannot_is_a_reason_and_no_failure() -> None:
    def judge(option: Option) -> tuple[tuple[Check, ...], float]:
        raise RuntimeUnavailable("no registry answers")

    (row,) = surface.judged([HELM], judge)
    assert (row.verdict, row.how, row.seen) == ("not checked", "not here", "no registry answers")


def test_a_verdict_is_kept_for_the_content_of_its_own_stack_only(tmp_path: Path) -> None:
    folder = tmp_path / "option"
    folder.mkdir()
    mine = replace(HELM, name="other", folder=folder, origin="mine 1")
    before, others = surface.key(mine), surface.key(KUSTOMIZE)
    (folder / "checks.toml").write_text("[a_check]\nline = 'one'\n")
    assert surface.key(mine) != before
    assert surface.key(replace(mine, origin="mine 2")) != surface.key(mine)
    assert surface.key(KUSTOMIZE) == others


@pytest.mark.parametrize(("verdicts", "code"), [((True,), 0), ((None,), 0), ((True, False), 1)])
def test_one_that_failed_fails_the_command(
    verdicts: Sequence[bool | None], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = list(verdicts)
    monkeypatch.setattr(surface, "_measured", lambda option: (checks(chart_valid=left.pop(0)), 1.0))
    assert surface.main(["packaging=helm", "packaging=kustomize"][: len(verdicts)]) == code


def test_a_word_that_is_no_option_is_told() -> None:
    assert surface.main(["packaging=pigeon"]) == 2


def test_a_strangers_option_that_is_broken_stands_in_the_table_and_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(register, "broken", lambda: (register.Broken("chores", "theirs 1", "ImportError: pencil"),))
    monkeypatch.setattr(
        surface, "_measured", lambda option: (checks(**dict.fromkeys(option.checks or ["x"], True)), 1.0)
    )
    monkeypatch.setattr(surface, "RESULTS", tmp_path / "surface.md")
    assert surface.main([]) == 1
    page = (tmp_path / "surface.md").read_text("utf-8")
    assert "| chores (theirs 1) | failed |" in page
    for choice, option in register.options():
        assert f"| {choice}={option} |" in page
    assert (
        json.loads(next((tmp_path / "surface").glob("packaging-helm-*.json")).read_text("utf-8"))["verdict"] == "passed"
    )
