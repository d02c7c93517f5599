"""orchestration=airflow: what it lays over a project, what it says no to, and (slow) Airflow itself."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from agent_graph import register
from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings, nowhere
from agent_graph.options import conform
from agent_graph.options.orchestration import conformance
from agent_graph.options.orchestration.airflow import OPTION, dags
from agent_graph.sandbox import StepResult, build_runtime
from agent_graph.state import RunState
from evals import whole_lock
from evals.stacks import stack_of
from tests.integration.runs import ROOT
from tests.options.conftest import Project
from tests.options.test_helm import laid
from tests.options.test_orchestration import change, idle

CACHE = ROOT / "generated" / ".agent-graph" / "cache"
CHECKS = ("dags_load", *conformance.CHECKS)
FREE = {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "PSF-2.0", "Unlicense"}
DAG = "orchestration/dags/telco_churn.py"
MONTHLY = "0 4 1 * *"


@pytest.fixture(scope="module")
def files(project: Project) -> dict[str, str]:
    """The example's project, run by Airflow."""
    return project(orchestration="airflow")


@pytest.fixture
def bench(files: dict[str, str], designs: RunState, tmp_path: Path) -> Bench:
    """That project with a package whose commands do nothing, and Airflow's own environment beside it."""
    found = idle(files, designs["manifest"], tmp_path, (dags.CONFIG, dags.LOCK, DAG))

    def made(lock: str, licences: Mapping[str, str]) -> Path:
        return build_runtime(lock, CACHE, None, licences)

    return replace(found, environment=made, stack=stack_of(orchestration="airflow"))


def verdicts(bench: Bench) -> dict[str, Check]:
    return {check.name: check for check in (*OPTION.check(bench), *conformance.check(bench))}


def test_what_goes_by_the_clock_is_the_deployment_s(files: dict[str, str], designs: RunState) -> None:
    said = yaml.safe_load(files[dags.CONFIG])["dags"]
    design = designs["deployment"]
    assert {name: dag["schedule"] for name, dag in said.items()} == {
        "pipeline": None,
        "cycle": design.schedule,
    }
    jobs = {each["metadata"]["name"].removeprefix("telco-churn-"): each for each in cron_jobs(files)}
    for name, job in jobs.items():
        args = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]
        assert said[name]["command"] == args
        assert job["spec"]["schedule"] == said[name]["schedule"]


def cron_jobs(files: Mapping[str, str]) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(files["deploy/kubernetes/base/schedules.yaml"]))


def test_the_cluster_does_not_start_it_a_second_time(files: dict[str, str], project: Project) -> None:
    assert all(job["spec"]["suspend"] is True for job in cron_jobs(files))
    assert not any(job["spec"].get("suspend") for job in cron_jobs(project()))
    charts = [project(packaging="helm", orchestration=name) for name in ("airflow", "make")]
    assert [yaml.safe_load(chart["deploy/helm/values.yaml"])["suspend"] for chart in charts] == [True, False]


def test_nothing_of_the_project_is_imported_and_its_lock_is_not_airflow_s(files: dict[str, str]) -> None:
    found = [node for node in ast.walk(ast.parse(files[DAG])) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in found for alias in node.names} | {getattr(node, "module", "") for node in found}
    assert not any(str(name).startswith("telco_churn") for name in names)
    assert OPTION.lock is not None
    assert files[dags.LOCK].rstrip("\n") == OPTION.lock.read_text("utf-8").rstrip("\n")
    assert "airflow" not in files["requirements.lock"]
    assert "airflow" not in tomllib.loads(files["pyproject.toml"])["project"]["dependencies"]


def test_make_sets_its_environment_up_and_checks_the_dags(files: dict[str, str], tmp_path: Path) -> None:
    tree = laid(files, tmp_path)
    told = subprocess.run(["make", "-n", "check"], cwd=tree, capture_output=True, text=True, check=True).stdout
    assert ".venv-airflow" in told
    assert f"python -W error::DeprecationWarning {DAG}" in told
    run = subprocess.run(["make", "-n", "dagrun"], cwd=tree, capture_output=True, text=True, check=True).stdout
    assert "airflow dags test telco_churn_pipeline" in run


def test_every_package_of_it_has_a_licence_that_may_be_used() -> None:
    assert conform.check(OPTION) == ()
    odd = {name: said for name, said in OPTION.licences.items() if not FREE & set(said.split(" OR "))}
    assert odd == {  # parts of it under each; a library of its own, used as it is
        "greenlet": "MIT AND PSF-2.0", "libcst": "MIT AND PSF-2.0 AND Apache-2.0",
        "text-unidecode": "Artistic-1.0-Perl OR GPL-2.0-or-later",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (
            "requirements.lock",
            lambda text: text + "left-pad==1 --hash=sha256:" + "0" * 64,
            "left-pad isn't on the list",
        ),
        ("requirements.lock", lambda text: text.replace("apache-airflow==", "six=="), "doesn't hold apache-airflow"),
        ("licences.toml", lambda text: text + '"left-pad" = "MIT"\n', "left-pad, which its lock doesn't hold"),
        ("licences.toml", lambda text: text + 'pyyaml = "ISC"\n', "calls pyyaml ISC, the list of all projects MIT"),
    ],
)
def test_a_lock_of_its_own_is_held_to_its_packages_and_licences(
    tmp_path: Path, name: str, change: Any, words: str
) -> None:
    for each in ("requirements.lock", "licences.toml"):
        text = (OPTION.folder / each).read_text("utf-8")
        (tmp_path / each).write_text(change(text) if each == name else text)
    assert any(words in fault for fault in conform.check(replace(OPTION, folder=tmp_path)))


def test_pip_finds_each_package_in_the_lock_with_and_without_its_extras() -> None:
    assert OPTION.lock is not None
    lock = OPTION.lock.read_text("utf-8")
    extended = set(re.findall(r"^([a-z0-9-]+)\[", lock, re.MULTILINE))
    assert {"fastapi", "uvicorn"} <= extended <= set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert whole_lock.both_ways("# a\nb[c]==1 \\\n  x\nd==2\n") == "# a\nb==1 \\\n  x\nb[c]==1 \\\n  x\nd==2\n"


def test_without_its_environment_nothing_of_it_is_passed(bench: Bench) -> None:
    found = verdicts(replace(bench, environment=nowhere))
    assert {name: check.verdict for name, check in found.items()} == dict.fromkeys(CHECKS, "not_checked")
    assert all("Airflow can't be installed here" in check.evidence for check in found.values())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("dags:", "plans:", "tells of no dags"),
        ("retries: 2", "retries: some", "retries is 'some'"),
        ("  pipeline:", "  pipelines:", "no dag 'pipeline'"),
        ("owner:", "owner: [", "is no YAML"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_a_fault(bench: Bench, old: str, new: str, words: str) -> None:
    change(bench, dags.CONFIG, old, new)
    found = verdicts(bench)
    assert {name: check.verdict for name, check in found.items()} == dict.fromkeys(CHECKS, "failed")
    assert all(words in check.evidence for check in found.values())


def task(**other: Any) -> dict[str, Any]:
    return {"after": [], "owner": "telco-churn", "retries": 2, "pause": 300, "longest": 14400, **other}


def told(**other: Any) -> dict[str, Any]:
    """What Airflow would say of a project with one DAG more than the pipeline of two steps."""
    common = {"start": "2026-01-01T00:00:00+00:00", "catchup": False, "at once": 1, "tags": ["binary", "telco-churn"]}
    pipeline = {**common, "schedule": None, "tasks": {"train": task(), "promote": task(after=["train"])}}
    cycle = {**common, "schedule": MONTHLY, "tasks": {"cycle": task()}, **other}
    return {"errors": {}, "warnings": [], "imported": [],
            "dags": {"telco_churn_pipeline": pipeline, "telco_churn_cycle": cycle}}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (told(), ""),
        ({**told(), "errors": {"x.py": "ModuleNotFoundError"}}, "ModuleNotFoundError"),
        ({**told(), "warnings": ["DeprecatedImportWarning: old"]}, "DeprecatedImportWarning"),
        ({**told(), "imported": ["telco_churn.config"]}, "telco_churn.config is imported"),
        ({**told(), "dags": {}}, "there are the DAGs (none)"),
        (told(catchup=True), "telco_churn_cycle: catchup is True"),
        (told(schedule="@daily"), "schedule is '@daily'"),
        (told(**{"at once": 16}), "at once is 16"),
        (told(tasks={"cycle": task(retries=0)}), "retries is 0, not 2"),
        (told(tasks={"cycle": task(longest=None)}), "longest is None"),
        (told(tasks={"cycle": task(owner="airflow")}), "owner is 'airflow'"),
        (told(tasks={"cycle": task(), "promote": task()}), "are no chain of cycle"),
    ],
)
def test_what_differs_from_the_configuration_is_told(files: dict[str, str], answer: Any, words: str) -> None:
    settings = yaml.safe_load(files[dags.CONFIG])
    settings["dags"] = {name: settings["dags"][name] for name in ("pipeline", "cycle")}
    settings["dags"]["cycle"]["schedule"] = MONTHLY
    faults = list(dags._faults(answer, settings, "telco_churn", ("train", "promote")))
    assert any(words in fault for fault in faults) if words else faults == []


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", '{"errors": 3}', json.dumps({**told(), "dags": {"a": 3}}), "nonsense"]
)
def test_an_answer_that_makes_no_sense_is_a_fault_of_the_project(files: dict[str, str], said: str) -> None:
    settings, findings = yaml.safe_load(files[dags.CONFIG]), Findings("observability")
    step = StepResult(dags.LOADED, "exit", 0, 0.1, 0.1, 1, said, "")
    dags._loaded(findings, step, settings, "telco_churn", ("train",))
    assert [(check.name, check.verdict) for check in findings.checks] == [(dags.LOADED, "failed")]


def test_the_words_choose_it_and_the_gate_of_the_last_role_shows_it(designs: RunState) -> None:
    made: Any = SimpleNamespace(option=lambda choice: "airflow" if choice == "orchestration" else None)
    assert OPTION in register.checked_at("observability", made)
    assert OPTION not in register.checked_at("mlops", made)


@pytest.mark.slow
def test_airflow_runs_the_pipeline_tries_again_what_broke_and_never_what_said_no(bench: Bench) -> None:
    found = verdicts(bench)
    assert {name: check.verdict for name, check in found.items()} == dict.fromkeys(CHECKS, "passed"), found
    assert "train with exit 1 3 times and evaluate with exit 3 once" in found["pipeline_stops"].evidence


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "old", "new", "caught", "words"),
    [
        (DAG, "            raise AirflowFailException", "            raise RuntimeError", "pipeline_stops", "exit 3)"),
        (DAG, "        if code != 0:", "        if code < 0:", "pipeline_stops", "the run says that all is well"),
        (DAG, "task_id=words", 'trigger_rule="all_done", task_id=words', "pipeline_stops", "says that all is well"),
        (DAG, "catchup=False", "catchup=True", "dags_load", "catchup is True"),
        (DAG, "airflow.sdk import DAG,", "airflow.models.dag import DAG\nfrom airflow.sdk import", "dags_load", ""),
        (DAG, 'str(ROOT / "src")', 'str(ROOT / "source")', "pipeline_runs", "No module named telco_churn"),
    ],
)  # fmt: skip
def test_a_dag_that_does_otherwise_is_noticed_by_airflow(
    bench: Bench, path: str, old: str, new: str, caught: str, words: str
) -> None:
    change(bench, path, old, new)
    judge = OPTION.check if caught in OPTION.checks else conformance.check
    (found,) = [check for check in judge(bench) if check.name == caught]
    assert found.verdict == "failed"
    assert words in found.evidence
