"""The mlops role: limits follow from the data, designs keep rules, files render whatever columns are called."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent_graph import register
from agent_graph.artifacts import (
    QUANTILES,
    Check,
    ColumnProfile,
    ColumnRole,
    DeploymentDesign,
    Dialect,
    Kind,
    Level,
    Problem,
    Profile,
    Setback,
    Specification,
    Split,
    Stack,
    TableProfile,
    Target,
    manifest_for,
)
from agent_graph.errors import DesignRejected
from agent_graph.roles import data_engineer, data_scientist, ml_engineer, mlops, python_pro
from agent_graph.roles.mlops import ROLE, MlopsInputs
from agent_graph.writing import rendering

HOSTILE = 'a"b\n{{ 7*7 }} {% x %} \'); import os; os.system("x") # é'
CSV = Dialect(format="csv", delimiter=",", quote='"', encoding="utf-8", compression="none", null_tokens=("",))
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse", "count": "poisson_deviance"}
LEVELS = {"binary": (("no", 0.7), ("yes", 0.3)), "multiclass": (("a", 0.5), ("b", 0.3), ("c", 0.2))}


def column(name: str, kind: Kind, levels: tuple[tuple[str, float], ...]) -> ColumnProfile:
    number = kind == "number"
    return ColumnProfile(
        name=name, kind=kind, storage="float" if number else "string", missing=0.0, distinct=900 if number else 3,
        minimum=0.0 if number else None, maximum=9.0 if number else None, mean=4.0 if number else None,
        std=2.0 if number else None, quantiles=tuple(9 * q for q in QUANTILES) if number else (),
        zeros=0.0 if number else None, levels=tuple(Level(value=v, share=s) for v, s in levels), earliest=None,
        latest=None, datetime_format=None, mean_words=12.0 if kind == "text" else None,
    )  # fmt: skip


@cache
def inputs(task: str = "binary", statement: str = "Who leaves?", failed: str | None = None) -> MlopsInputs:
    mixed = (("x", 0.6), ("y", 0.3), ("z", 0.1))
    target = column("label", "category" if task in LEVELS else "number", LEVELS.get(task, ()))
    columns = (column("income", "number", ()), column(HOSTILE, "category", mixed), column("note", "text", ()), target)
    table = TableProfile(
        name="people", files=("/nowhere/people.csv",), dialect=CSV, rows=5_000, duplicate_rows=0, columns=columns
    )
    problem = Problem(
        title="People", unit="person", moment="when asked", rows=5_000, task=task, metric=METRICS[task],
        secondary_metrics=(),
        target=Target(column="label", rule="as_is", threshold=None, values=(),
                      classes=tuple(v for v, _ in LEVELS.get(task, ()))),
        split=Split(kind="stratified" if task in LEVELS else "random", columns=(), holdout_share=0.2),
        columns=tuple(ColumnRole(name=c.name, use="target" if c is target else "feature", kind=c.kind, why="given")
                      for c in columns),
        wants_interval=False, top_k=None, calibrated_totals=False, assumptions=(),
    )  # fmt: skip
    known: dict[str, Any] = {
        "specification": Specification(name="people", statement=statement, data=("/nowhere/people.csv",)),
        "profile": Profile(tables=(table,), joins=(), suspects=(), drift=(), seconds=0.0),
        "problem": problem,
        "manifest": manifest_for("people"),
    }
    for role in (data_engineer.ROLE, data_scientist.ROLE, ml_engineer.ROLE, python_pro.ROLE):
        known[role.writes] = role.playbook(
            role.reads(**{key: value for key, value in known.items() if key in role.reads.model_fields})
        )
    check = Check(name=failed or "", owner="mlops", verdict="failed", evidence="", measures=(), seconds=0.0)
    return MlopsInputs(**known, setback=Setback(attempt=1, checks=(check,)) if failed else None)


@cache
def rendered(task: str = "binary") -> dict[str, str]:
    given = inputs(task)
    design = ROLE.playbook(given)
    context = {**dict(given), "deployment": design, "statement": given.specification.statement}
    files: dict[str, str] = {}
    for folder in rendering.folders("mlops", Stack(), register.kind_of(given.problem)):
        files |= rendering.render(folder, context)
    return files


@pytest.mark.parametrize("task", list(METRICS))
def test_the_playbook_keeps_its_own_rule(task: str) -> None:
    design = ROLE.playbook(inputs(task))
    ROLE.rule(design, inputs(task))
    assert DeploymentDesign.model_validate_json(design.model_dump_json()) == design


def test_the_answer_without_a_model_is_what_the_data_say() -> None:
    shares = {prior.label: prior.share for prior in ROLE.playbook(inputs("binary")).class_prior}
    assert shares == {"no": pytest.approx(0.7), "yes": pytest.approx(0.3)}
    assert ROLE.playbook(inputs("regression")).value_prior == pytest.approx(4.5)


@pytest.mark.parametrize(
    ("statement", "kind", "schedule"),
    [
        ("Every night we rank all people", "batch", "0 2 * * *"),
        ("A list of people, every month", "batch", "0 2 1 * *"),
        ("Score a call while the agent is on the phone", "realtime", "0 2 * * *"),
    ],
)
def test_the_statement_decides_how_it_is_served_first(statement: str, kind: str, schedule: str) -> None:
    design = ROLE.playbook(inputs("binary", statement))
    assert (design.deployment, design.schedule) == (kind, schedule)


def test_a_setback_is_answered_and_said() -> None:
    before, slow = ROLE.playbook(inputs()), ROLE.playbook(inputs(failed="latency_single_row"))
    assert slow.latency_p50_ms > before.latency_p50_ms
    assert any("missed" in decision.why for decision in slow.decisions)
    large = ROLE.playbook(inputs(failed="memory_resident"))
    assert large.resources.memory_limit != before.resources.memory_limit
    assert ROLE.playbook(inputs(failed="throughput")).replicas_min > before.replicas_min


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"replicas_min": 9, "replicas_max": 2}, "replicas"),
        ({"workers": 4}, "workers must be 1"),
        ({"canary_steps": (50, 10)}, "canary_steps"),
        ({"schedule": "0 25 * * *"}, "schedule"),
        ({"schedule": "daily"}, "five cron fields"),
        ({"request_timeout_s": 0.1}, "request_timeout_s"),
        ({"drain_s": 1}, "drain_s"),
        ({"class_prior": ()}, "class_prior"),
        ({"value_prior": 3.0}, "value_prior"),
        ({"value_buckets": (0.5, 0.5)}, "value_buckets"),
        ({"liveness_path": "/alive"}, "liveness_path"),
        ({"storage": "much"}, "storage"),
    ],
)
def test_the_rule_rejects_in_words_that_name_the_thing(change: dict[str, Any], words: str) -> None:
    broken = ROLE.playbook(inputs()).model_copy(update=change)
    with pytest.raises(DesignRejected, match=words):
        ROLE.rule(broken, inputs())


def test_resources_must_be_quantities_that_fit() -> None:
    design = ROLE.playbook(inputs())
    for name, value in (("memory_limit", "1X"), ("memory_limit", "64Mi"), ("cpu_request", "8")):
        resources = design.resources.model_copy(update={name: value})
        with pytest.raises(DesignRejected):
            ROLE.rule(design.model_copy(update={"resources": resources}), inputs())


@pytest.mark.parametrize("task", list(METRICS))
def test_every_rendered_file_parses_whatever_the_columns_are_called(task: str, tmp_path: Path) -> None:
    files = rendered(task)
    for path, text in files.items():
        if path.endswith(".py"):
            ast.parse(text)
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        elif path.endswith((".yaml", ".yml")):
            assert list(yaml.safe_load_all(text)), path
        assert "os.system" not in text, path
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--line-length",
        "120",
        "--select",
        "F,W,B,UP,SIM,C4,PT",
    ]
    done = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_rendering_twice_gives_the_same_bytes() -> None:
    first = rendered()
    rendered.cache_clear()
    assert rendered() == first


def test_a_number_project_has_no_code_for_classes_and_the_reverse() -> None:
    assert "probabilities" not in rendered("regression")["src/people/serving/predictor.py"]
    assert "value_prior" not in rendered("binary")["config/serving.yaml"]
    assert "predictions_total" not in rendered("count")["src/people/serving/telemetry.py"]


def test_the_role_reads_what_the_state_holds() -> None:
    assert set(mlops.MlopsInputs.model_fields) >= {"data", "features", "training", "hardening"}
    assert ROLE.writes == "deployment"
