"""The mlops gate's checks turn red when their subject is broken, and never pass without one."""

from __future__ import annotations

import ast
import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent_graph.artifacts import manifest_for
from agent_graph.bench import PROBES, Findings
from agent_graph.measuring import log_lines
from agent_graph.measuring.replies import Prediction, answered, difference, read_predictions
from agent_graph.options.packaging.kustomize.rendering import overlays, render
from agent_graph.roles.mlops import ROLE
from agent_graph.roles.mlops.checks import agreement as mlops_agreement
from agent_graph.roles.mlops.checks import batch as mlops_batch
from agent_graph.roles.mlops.checks import hardening as mlops_hardening
from agent_graph.roles.mlops.checks import manifests as mlops_manifests
from agent_graph.writing import rendering
from tests.options.standing import held
from tests.roles.test_mlops import inputs, rendered


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The contribution on disk, with what it refers to of other roles' files."""
    for path, text in rendered().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    given = inputs()
    context = {**dict(given), "deployment": ROLE.playbook(given), "statement": ""}
    for path, text in rendering.render(rendering.own("_skeleton"), context).items():
        if not (tmp_path / path).exists():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
    return tmp_path


STACK = ("workflows_valid", "kubernetes_valid", "pods_hardened", "pipelines_say_no")  # of the default options


def verdicts(tree: Path, only: str | None = None) -> dict[str, tuple[str, str]]:
    findings = Findings("mlops")
    for name, check in mlops_manifests.CHECKS.items():
        if only in (None, name):
            check(tree, findings)
    mlops_agreement.check(tree, manifest_for("people"), findings)
    choices = held("mlops", tree, manifest_for("people"), *((only,) if only else STACK))
    return {check.name: (check.verdict, check.evidence) for check in (*findings.checks, *choices.values())}


def test_real_validators_are_content_with_the_manifests(tree: Path) -> None:
    found = verdicts(tree)
    # What other roles write isn't in this tree; nothing else may be amiss.
    assert {name for name, (verdict, _) in found.items() if verdict == "failed"} == set(), found
    assert found["docker_build"][0] == "not_checked"


@pytest.mark.parametrize(
    ("path", "old", "new", "check"),
    [
        ("deploy/kubernetes/base/deployment.yaml", "image: people", "imagee: people", "kubernetes_valid"),
        ("deploy/kubernetes/base/autoscaler.yaml", "autoscaling/v2", "autoscaling/v2beta2", "kubernetes_valid"),
        ("deploy/kubernetes/base/service.yaml", "port: 8000", "port: eight", "kubernetes_valid"),
        ("deploy/kubernetes/base/kustomization.yaml", "  - network.yaml\n", "", "kubernetes_valid"),
        ("deploy/kubernetes/overlays/prod/kustomization.yaml", "/data/", "/date/", "kubernetes_valid"),
        ("deploy/docker/Dockerfile", "USER 10001:10001", "USER root", "image_contents"),
        ("deploy/docker/Dockerfile", "COPY config", "COPY configs", "image_contents"),
        ("deploy/docker/Dockerfile", "FROM python", "FORM python", "dockerfile_valid"),
        (".github/workflows/ci.yml", "runs-on", "run-on", "workflows_valid"),
        (".github/workflows/ci.yml", "make setup", "make prepare", "files_agree"),
        ("deploy/scripts/canary.sh", 'rm -rf "$scraped"', "rm -rf $scraped", "scripts_valid"),
        ("deploy/docker/compose.yaml", "read_only: true", "readonly: true", "compose_valid"),
        ("deploy/docker/compose.yaml", ":8000:8000", ":8000:8080", "files_agree"),
        ("deploy/kubernetes/base/deployment.yaml", "path: /ready", "path: /readyz", "files_agree"),
        ("deploy/kubernetes/base/storage.yaml", "name: people-store", "name: people-stores", "files_agree"),
        ("deploy/kubernetes/base/settings.yaml", "PEOPLE_ENVIRONMENT", "PEOPLE_STAGE", "files_agree"),
        ("deploy/kubernetes/base/schedules.yaml", '["cycle"', '["cylce"', "files_agree"),
        ("deploy/kubernetes/base/service.yaml", "lane: live", "lane: alive", "files_agree"),
    ],
)
def test_a_check_turns_red_when_its_subject_is_broken(tree: Path, path: str, old: str, new: str, check: str) -> None:
    text = (tree / path).read_text()
    assert old in text
    (tree / path).write_text(text.replace(old, new))
    assert verdicts(tree, check)[check][0] == "failed"


def test_a_variable_that_wins_over_an_environments_file_is_found(tree: Path) -> None:
    (tree / "config" / "environments").mkdir()
    (tree / "config" / "environments" / "prod.yaml").write_text("process: {threads: 1, log_level: info}\n")
    assert verdicts(tree, "none")["files_agree"][0] == "passed"
    with (tree / "deploy" / "kubernetes" / "base" / "settings.yaml").open("a") as settings:
        settings.write('  PEOPLE_THREADS: "2"\n')
    assert verdicts(tree, "none")["files_agree"][0] == "failed"


def test_a_missing_subject_is_no_pass(tmp_path: Path) -> None:
    found = verdicts(tmp_path)
    assert "passed" not in {verdict for verdict, _ in found.values()}


def test_overlays_are_rendered_as_kubectl_renders_them(tree: Path) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl isn't installed")
    for folder in overlays(tree / "deploy" / "kubernetes"):
        done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=True)
        theirs = {(d["kind"], d["metadata"]["name"]): d for d in yaml.safe_load_all(done.stdout)}
        assert {(d["kind"], d["metadata"]["name"]): d for d in render(folder)} == theirs


def test_predictions_that_differ_in_a_label_a_number_or_a_row_are_apart(tmp_path: Path) -> None:
    one = [Prediction("yes", (0.2, 0.8)), Prediction("no", (0.9, 0.1))]
    assert difference(one, list(one)) == 0
    assert difference(one, [one[0], Prediction("no", (0.9, 0.1 + 1e-6))]) == pytest.approx(1e-6)
    assert difference(one, [one[0], Prediction("yes", (0.9, 0.1))]) == math.inf
    assert difference(one, one[:1]) == math.inf
    assert difference([], []) == math.inf  # nothing compared is no agreement
    file = tmp_path / "p.csv"
    file.write_text("row,prediction,p_0,p_1\n0,yes,0.2,0.8\n1,no,0.9,0.1\n")
    assert read_predictions(file) == one
    file.write_text("row,prediction,p_0,p_1\n1,yes,0.2,0.8\n0,no,0.9,0.1\n")
    assert read_predictions(file) is None
    assert read_predictions(tmp_path / "missing.csv") is None


def test_answers_of_another_shape_are_no_answers() -> None:
    good = json.dumps({"predictions": [{"prediction": "a", "probabilities": {"a": 0.6, "b": 0.4}}]})
    assert answered([200, {}, good], ("a", "b")) == [Prediction("a", (0.6, 0.4))]
    for reply in ([500, {}, good], [200, {}, "{}"], [200, {}, "no json"], [200, {}, good.replace('"b"', '"c"')]):
        assert answered(reply, ("a", "b")) is None


@pytest.mark.parametrize(
    ("bare_us", "batch_us", "columns", "verdict"),
    [(50.0, 80.0, 2, "passed"), (4.0, 30.0, 2, "failed"), (0.0, 0.0, 2, "failed"), (0.5, 4.9, 2, "passed"),
     (0.5, 5.1, 2, "failed"), (18.0, 470.0, 500, "passed"), (18.0, 1_010.0, 500, "failed")],
)  # fmt: skip
def test_batch_is_judged_beside_the_bare_estimator(bare_us: float, batch_us: float, columns: int, verdict: str) -> None:
    report = {
        "speed": {"bare_s_per_row": bare_us * 1e-6, "batch_s_per_row": batch_us * 1e-6},
        "resume": {"chunks_at_kill": 0},
    }
    findings = Findings("mlops")
    mlops_batch.judge(report, "", columns, findings)
    assert {check.name: check.verdict for check in findings.checks}["batch_throughput"] == verdict


@pytest.mark.parametrize(("small", "large", "wanted"), [(0.1, 0.8, 1e-4), (0.4, 0.4, 5e-5), (0.5, 0.4, 5e-5)])
def test_a_start_that_other_work_slowed_down_hides_no_rows(small: float, large: float, wanted: float) -> None:
    """What 1,000 and 8,000 rows took; where the more took no longer, all that they took is counted."""
    source = ast.parse((PROBES / "batch_speed.py").read_text("utf-8"))
    (per_row,) = (node for node in source.body if isinstance(node, ast.FunctionDef) and node.name == "per_row")
    names: dict[str, Any] = {"ROWS_SMALL": "1000", "ROWS_LARGE": "8000"}
    exec(ast.unparse(per_row), names)  # noqa: S102
    assert names["per_row"](small, large) == pytest.approx(wanted)


def hardened(tree: Path) -> dict[str, str]:
    findings = Findings("mlops")
    mlops_hardening.check(tree, findings)
    choices = held("mlops", tree, manifest_for("people"), "pods_hardened", "pipelines_say_no")
    found = {check.name: check.verdict for check in (*findings.checks, *choices.values())}
    return {name: found[name] for name in ("pods_hardened", "no_secrets", "pipelines_say_no")}


def test_the_rendered_deployment_is_hardened_and_its_pipelines_can_say_no(tree: Path) -> None:
    assert hardened(tree) == dict.fromkeys(("pods_hardened", "no_secrets", "pipelines_say_no"), "passed")


@pytest.mark.parametrize(
    ("path", "old", "new", "check"),
    [
        ("deploy/kubernetes/overlays/prod/kustomization.yaml", 'newTag: "0.1.0"', "newTag: latest", "pods_hardened"),
        ("deploy/kubernetes/base/deployment.yaml", "image: people\n", "image: people-api\n", "pods_hardened"),
        ("deploy/kubernetes/base/deployment.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "pods_hardened"),
        ("deploy/kubernetes/base/deployment.yaml", "drop: [ALL]", "drop: []", "pods_hardened"),
        ("deploy/kubernetes/base/deployment.yaml", "enableServiceLinks: false", "hostNetwork: true", "pods_hardened"),
        ("deploy/kubernetes/base/autoscaler.yaml", "name: cpu", "name: gpu", "pods_hardened"),
        ("deploy/kubernetes/base/settings.yaml", "data:\n", 'data:\n  DB_PASSWORD: "x1"\n', "no_secrets"),
        ("deploy/scripts/smoke.sh", "url=", "# https://ann:pa55word@host\nurl=", "no_secrets"),
        ("deploy/scripts/smoke.sh", "set -euo pipefail", "set -u", "pipelines_say_no"),
        ("deploy/scripts/canary.sh", "|| exit 3", "|| true", "pipelines_say_no"),
        (".github/workflows/ci.yml", "run: make check", "run: make check || true", "pipelines_say_no"),
        (".github/workflows/ci.yml", "run: make check", "run: make format", "pipelines_say_no"),
        (".github/workflows/ci.yml", "run: make check", "run: make check\n        if: false", "pipelines_say_no"),
        (".github/workflows/ci.yml", "setup-python@v6", "setup-python@main", "pipelines_say_no"),
        (".github/workflows/ci.yml", "  pull_request:\n", "", "pipelines_say_no"),
        (".github/workflows/release.yml", "    needs: ci\n", "", "pipelines_say_no"),
    ],
)
def test_a_soft_spot_is_found(tree: Path, path: str, old: str, new: str, check: str) -> None:
    text = (tree / path).read_text()
    assert old in text
    (tree / path).write_text(text.replace(old, new))
    assert hardened(tree)[check] == "failed"


def test_hardening_without_manifests_or_pipelines_is_no_pass(tmp_path: Path) -> None:
    found = hardened(tmp_path)
    assert (found["pods_hardened"], found["pipelines_say_no"]) == ("failed", "failed")


def test_a_line_that_shows_most_of_a_row_or_a_text_of_its_own_is_found_and_others_are_not() -> None:
    rows = [
        {"plan": "Month-to-month", "paid": 29.85 + i, "net": "Fiber optic", "mail": f"ann{i}@shop.example"}
        for i in range(9)
    ]
    fields = {"time": "12:00", "level": "info", "message": "request"}
    harmless = json.dumps({**fields, "rows": 9, "plan": "Month-to-month", "seconds": 29.85})
    shown, told = json.dumps({**fields, "row": rows[2]}), json.dumps({**fields, "who": "ann3@shop.example"})
    assert log_lines.showing_rows([harmless, shown, told], rows) == [shown, told]
    assert [log_lines.structured(line) for line in (harmless, "started", "[1]", '{"time": 1}')] == [
        True,
        False,
        False,
        False,
    ]
