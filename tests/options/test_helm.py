"""packaging=helm: Helm itself lints and renders the chart, and the cluster's checks hold as with Kustomize."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

from agent_graph.bench import Findings
from agent_graph.measuring import cluster
from agent_graph.options.packaging.helm import chart
from agent_graph.roles.mlops.checks import agreement, hardening
from agent_graph.state import RunState
from agent_graph.writing import formatting
from tests.options.conftest import Project
from tests.options.standing import held

needs_helm = pytest.mark.skipif(importlib.util.find_spec(chart.SDK) is None, reason="helm isn't installed")


@pytest.fixture(scope="module")
def files(project: Project) -> dict[str, str]:
    """The example's project, with a chart."""
    return formatting.formatted(project(packaging="helm"))


@pytest.fixture
def tree(files: dict[str, str], tmp_path: Path) -> Path:
    """That project on disk."""
    return laid(files, tmp_path)


def laid(files: dict[str, str], folder: Path) -> Path:
    """Files on disk."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def verdicts(tree: Path, designs: RunState) -> dict[str, tuple[str, str]]:
    """The chart's own check, and the cluster's."""
    findings = Findings("mlops")
    agreement.check(tree, designs["manifest"], findings)
    hardening.check(tree, findings)
    packaged = held("mlops", tree, designs["manifest"], "kubernetes_valid", "chart_valid", packaging="helm")
    return {check.name: (check.verdict, check.evidence) for check in (*findings.checks, *packaged.values())}


@needs_helm
def test_the_chart_keeps_every_check_of_a_cluster(tree: Path, designs: RunState) -> None:
    found = verdicts(tree, designs)
    names = {"kubernetes_valid", "files_agree", "image_contents", "pods_hardened", "no_secrets", "chart_valid"}
    assert {name for name, (verdict, _) in found.items() if verdict == "passed"} == names, found


@needs_helm
def test_each_environment_gets_what_kustomize_would_give_it(tree: Path, project: Project, tmp_path: Path) -> None:
    other = cluster.rendered(laid(formatting.formatted(project()), tmp_path / "kustomize"))
    mine = cluster.rendered(tree)
    assert set(mine) == set(other) == {"dev", "staging", "prod"}
    for environment, objects in other.items():
        theirs = {(each["kind"], each["metadata"]["name"]): each for each in objects if each["kind"] != "Namespace"}
        found = {(each["kind"], each["metadata"]["name"]): each for each in mine[environment]}
        assert found.keys() == theirs.keys()
        for name, wanted in theirs.items():
            if name[0] == "CronJob":
                wanted.setdefault("spec", {}).setdefault("suspend", False)
            assert found[name] == wanted, (environment, name)


@needs_helm
@pytest.mark.parametrize(
    ("path", "old", "new", "check", "words"),
    [
        ("templates/service.yaml", "kind: Service", "kind: Service\n{{ .Values.nothing.there }}", "chart_valid", "nil"),
        ("templates/service.yaml", "port: 8000", "port: eight", "kubernetes_valid", "eight"),
        ("templates/service.yaml", "\n  name: telco-churn\n", "\n  name: Telco_Churn\n", "chart_valid", "object name"),
        ("templates/deployment.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "pods_hardened", "root"),
        ("templates/storage.yaml", "-store", "-stores", "files_agree", "isn't there"),
        ("values-prod.yaml", "environment: prod", "environment: production", "chart_valid", "prod"),
        (
            "values.schema.json",
            '"additionalProperties": false,\n  "required"',
            '"required"',
            "chart_valid",
            "unknown key",
        ),
        ("Chart.yaml", "version: 0.1.0", "version: one", "chart_valid", "version"),
        ("Chart.yaml", "name: telco-churn", "nam: telco-churn", "chart_valid", "gives no name"),
        ("Chart.yaml", "apiVersion: v2", "apiVersion: [", "chart_valid", "while parsing"),
    ],
)
def test_a_broken_chart_is_noticed(
    tree: Path, designs: RunState, path: str, old: str, new: str, check: str, words: str
) -> None:
    file = tree / "deploy" / "helm" / path
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new))
    verdict, evidence = verdicts(tree, designs)[check]
    assert verdict == "failed"
    assert words in evidence


def test_without_helm_nothing_of_it_is_passed(tree: Path, designs: RunState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "SDK", "no_such_module")
    found = verdicts(tree, designs)
    for name in ("chart_valid", "kubernetes_valid", "files_agree", "pods_hardened"):
        assert found[name][0] == "not_checked", found[name]
        assert "helm isn't installed" in found[name][1]


def test_a_chart_that_is_not_there_is_a_fault(tmp_path: Path, designs: RunState) -> None:
    found = verdicts(tmp_path, designs)
    for name in ("chart_valid", "kubernetes_valid", "files_agree", "pods_hardened"):
        assert found[name][0] == "failed"


@pytest.mark.parametrize(
    ("arguments", "lane", "code", "asked"),
    [
        (["prod", "registry/telco:v1"], "live", 0, "--set-string image=registry/telco:v1"),
        (["prod"], "live", 0, "--set-string image=registry/telco:v0"),
        (["prod", "registry/telco"], "live", 2, ""),
        (["nowhere", "registry/telco:v1"], "live", 2, ""),
        (["prod", "registry/telco:v1"], "green", 1, ""),
    ],
)
def test_apply_asks_helm_for_one_environment_with_one_image(
    tree: Path, arguments: list[str], lane: str, code: int, asked: str
) -> None:
    programs, said = tree / "programs", tree / "said"
    programs.mkdir()
    answers = f'case "$*" in *selector.lane*) echo {lane} ;; *image*) echo registry/telco:v0 ;; esac'
    for name, body in (("helm", f'echo "$@" >> {said}'), ("kubectl", answers)):
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    command = ["bash", str(tree / "deploy" / "scripts" / "apply.sh"), *arguments]
    done = subprocess.run(command, env={"PATH": f"{programs}:/usr/bin:/bin"}, capture_output=True, check=False)
    told = said.read_text() if said.is_file() else ""
    assert done.returncode == code, done.stderr
    assert bool(told) == (code == 0)
    assert asked in told
    words = ("upgrade telco-churn", "--namespace telco-churn-prod", "values-prod.yaml")
    assert not told or all(word in told for word in words)
