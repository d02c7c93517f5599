"""The main job from end to end, on real data and on data that would like to be code."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest
import yaml

from agent_graph.artifacts import ROLE_NAMES
from tests.integration.runs import HOSTILE, ROOT, Made

pytestmark = pytest.mark.slow


def failed(made: Made) -> list[str]:
    return [f"{check.name}: {check.evidence}" for check in made.report.checks if check.verdict == "failed"]


def test_telco_churn_is_proven(telco: Made) -> None:
    assert not failed(telco)
    assert telco.report.verdict == "proven"
    assert telco.done.returncode == 0
    assert telco.done.stderr == ""


def test_the_sealed_score_beats_the_dummy_and_is_the_one_the_host_computed(telco: Made) -> None:
    holdout = telco.report.proof.holdout  # type: ignore[union-attr]
    assert holdout is not None
    assert holdout.score > 0.8 > 0.5 == holdout.dummy
    kept = telco.state / "runs" / "telco-churn"
    labels = pl.read_parquet(kept / "sealed" / "labels.parquet")["label"]
    scores = pl.read_csv(kept / "proof" / "predictions.csv")["p_1"]
    pairs = [
        (a, b)
        for a, y in zip(scores, labels, strict=True)
        if y == "Yes"
        for b, z in zip(scores, labels, strict=True)
        if z == "No"
    ]
    auc = sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)
    assert abs(auc - holdout.score) < 1e-9


def test_the_promise_was_made_from_open_rows(telco: Made) -> None:
    promise = telco.report.proof.promise  # type: ignore[union-attr]
    assert promise is not None
    assert promise.low < promise.score < promise.high


def test_every_role_has_a_gate_that_passed_and_a_commit_of_its_own(telco: Made) -> None:
    assert [account.role for account in telco.report.roles] == list(ROLE_NAMES)
    assert all(account.gate and account.gate.passed for account in telco.report.roles)
    log = subprocess.run(["git", "log", "--format=%an"], cwd=telco.project, capture_output=True, text=True, check=True)
    assert {name.replace("_", "-") for name in ROLE_NAMES} <= set(log.stdout.split("\n"))


def test_what_was_not_checked_says_why(telco: Made) -> None:
    for check in telco.report.checks:
        if check.verdict == "not_checked":
            assert len(check.evidence) > 10


def test_catch_rates_are_numbers(telco: Made) -> None:
    checks = {check.name: check for check in telco.report.checks}
    for name in ("contract_catches_faults", "tests_can_fail", "drift_detected"):
        assert checks[name].measures, name


def test_the_html_report_is_self_contained_and_shows_three_pictures(telco: Made) -> None:
    page = (telco.project / "reports" / "execution_report.html").read_text("utf-8")
    assert page.count("data:image/svg+xml;base64,") == 3
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)
    assert "<script" not in page


def test_the_report_has_its_schema_version(telco: Made) -> None:
    document = json.loads((telco.project / "reports" / "execution_report.json").read_text("utf-8"))
    assert document["schema_version"] == "1.5"


def test_the_project_does_not_know_agent_graph(telco: Made) -> None:
    for path in [*telco.project.rglob("*.py"), telco.project / "requirements.lock", telco.project / "pyproject.toml"]:
        assert "import agent_graph" not in path.read_text("utf-8"), path
        assert "from agent_graph" not in path.read_text("utf-8"), path
    assert "agent-graph" not in (telco.project / "requirements.lock").read_text("utf-8")


def test_a_copied_project_passes_its_own_two_commands_without_us(telco: Made, tmp_path: Path) -> None:
    """Elsewhere, with an empty home folder, its own `.venv` and no agent_graph in reach."""
    copy, home = tmp_path / "elsewhere", tmp_path / "home"
    shutil.copytree(telco.project, copy, ignore=shutil.ignore_patterns(".venv", "artifacts"))
    home.mkdir()
    kept = {key: os.environ[key] for key in ("PIP_CERT", "SSL_CERT_FILE", "PIP_INDEX_URL") if key in os.environ}
    environment = {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", **kept}
    for target in ("run", "test"):
        done = subprocess.run(["make", target], cwd=copy, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (target, done.stdout[-2000:], done.stderr[-2000:])
    assert not list((copy / ".venv").rglob("agent_graph"))


def test_no_file_has_a_template_mark_or_names_a_registry(telco: Made) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=telco.project, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\n"):
        text = (telco.project / name).read_text("utf-8") if name else ""
        if name.endswith((".py", ".yaml", ".toml", ".sh")) and "{{ $" not in text:
            assert "{%" not in text, name
        assert "pypi.org" not in text, name


def test_the_sealed_labels_never_lay_where_a_cell_could_see_them(telco: Made) -> None:
    sealed = telco.state / "runs" / "telco-churn" / "sealed"
    assert "churn" not in pl.read_csv(sealed / "holdout" / "telco_churn.csv").columns
    assert (sealed / "labels.parquet").stat().st_mode & 0o077 == 0
    open_rows = pl.read_csv(sealed / "open" / "telco_churn.csv", infer_schema=False)
    assert len(open_rows) == telco.report.data.open_rows


def test_a_hostile_table_makes_a_working_project(hostile: Made) -> None:
    assert not failed(hostile)
    assert hostile.report.verdict == "proven"


def test_hostile_names_stand_in_code_only_as_quoted_text(hostile: Made) -> None:
    for path in hostile.project.rglob("src/**/*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "system"]
        assert not calls, path
    data = yaml.safe_load((hostile.project / "config" / "data.yaml").read_text("utf-8"))
    assert set(HOSTILE) <= set(re.findall(r".*", json.dumps(data))) | {str(v) for v in _texts(data)}


def test_a_hostile_value_has_no_power_in_the_html_report(hostile: Made) -> None:
    page = (hostile.project / "reports" / "execution_report.html").read_text("utf-8")
    assert "</script><b>" not in page


def _texts(node: object) -> list[str]:
    if isinstance(node, dict):
        return [text for key, value in node.items() for text in [str(key), *_texts(value)]]
    if isinstance(node, list):
        return [text for item in node for text in _texts(item)]
    return [str(node)]


def test_the_committed_example_is_what_the_templates_make(telco: Made) -> None:
    example = ROOT / "generated" / "telco-churn"
    made, kept = _files(telco.project), {p.relative_to(example).as_posix() for p in example.rglob("*") if p.is_file()}
    assert made == kept - {".example"}
    different = [
        name
        for name in sorted(made)
        if name not in MEASURED and (telco.project / name).read_bytes() != (example / name).read_bytes()
    ]
    assert not different, "run `make example` and read the difference"


MEASURED = {
    "README.md", "model_card.md", "config/tuned.json", "reports/execution_report.json", "reports/execution_report.md",
    "reports/execution_report.html",
}  # fmt: skip


def _files(project: Path) -> set[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=project, capture_output=True, text=True, check=True)
    return set(listed.stdout.split())
