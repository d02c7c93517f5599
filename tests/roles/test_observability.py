"""The observability role: bars follow from the data, designs keep rules, files render whatever columns are called."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import promql_parser
import pytest
import yaml

from agent_graph import register
from agent_graph.artifacts import (
    QUANTILES,
    Check,
    ColumnProfile,
    ColumnRole,
    Dialect,
    Drift,
    Kind,
    Level,
    MonitoringDesign,
    Problem,
    Profile,
    Setback,
    Specification,
    Split,
    Stack,
    TableProfile,
    Target,
    Task,
    manifest_for,
)
from agent_graph.errors import DesignRejected
from agent_graph.roles import data_engineer, data_scientist, ml_engineer, mlops, observability, python_pro
from agent_graph.roles.observability import ROLE, ObservabilityInputs, rule, runbooks
from agent_graph.writing import rendering

HOSTILE = 'a"b\n{{ 7*7 }} {% x %} \'); import os; os.system("x") # é'
CSV = Dialect(format="csv", delimiter=",", quote='"', encoding="utf-8", compression="none", null_tokens=("",))
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse", "count": "poisson_deviance"}
CLASSES = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": (), "count": ()}


def column(name: str, kind: Kind, rows: int) -> ColumnProfile:
    number, text = kind == "number", kind == "text"
    levels = () if number or text else tuple(Level(value=v, share=s) for v, s in (("x", 0.6), ("y", 0.3), ("z", 0.1)))
    return ColumnProfile(
        name=name, kind=kind, missing=0.0,
        storage="float" if number else "datetime" if kind == "datetime" else "string",
        distinct=rows if number or text else 3, minimum=0.0 if number else None, maximum=9.0 if number else None,
        mean=4.0 if number else None, std=2.0 if number else None,
        quantiles=tuple(9 * q for q in QUANTILES) if number else (), zeros=0.0 if number else None, levels=levels,
        earliest="2020-01-01" if kind == "datetime" else None, latest="2024-01-01" if kind == "datetime" else None,
        datetime_format="%Y-%m-%d" if kind == "datetime" else None, mean_words=12.0 if text else None,
    )  # fmt: skip


@cache
def inputs(
    task: Task = "binary", split: str = "random", rows: int = 5_000, moved: float = 0.0, setback: Setback | None = None
) -> ObservabilityInputs:
    kinds: dict[str, Kind] = {
        "income": "number",
        HOSTILE: "category",
        "note": "text",
        "seen": "datetime",
        "team": "category",
    }
    target = "outcome"
    columns = [column(name, kind, rows) for name, kind in kinds.items()]
    columns.append(column(target, "category" if CLASSES[task] else "number", rows))
    main = TableProfile(
        name="rows", files=("/nowhere.csv",), dialect=CSV, rows=rows, duplicate_rows=0, columns=tuple(columns)
    )
    drift = (Drift(column="income", psi=moved),) if moved else ()
    key = {"time": ("seen",), "group": ("team",)}.get(split, ())
    uses = {target: "target", **dict.fromkeys(key, split)}
    roles = tuple(
        ColumnRole.model_validate({"name": c.name, "use": uses.get(c.name, "feature"), "kind": c.kind, "why": "given"})
        for c in columns
    )
    known = {
        "specification": Specification(name="a-project", statement="What comes next?", data=("/nowhere.csv",)),
        "profile": Profile(tables=(main,), joins=(), suspects=(), drift=drift, seconds=0.0),
        "problem": Problem.model_validate({
            "title": "A project", "unit": "row", "moment": "now", "rows": 1_000, "task": task, "metric": METRICS[task],
            "secondary_metrics": (), "columns": roles, "wants_interval": False, "top_k": None,
            "target": Target(column=target, rule="as_is", threshold=None, values=(), classes=CLASSES[task]),
            "split": Split.model_validate({"kind": split, "columns": key, "holdout_share": 0.2}),
            "calibrated_totals": task == "count", "assumptions": (),
        }),
        "manifest": manifest_for("a-project"),
    }  # fmt: skip
    for module in (data_engineer, data_scientist, ml_engineer, python_pro, mlops):
        role = module.ROLE
        reads = role.reads(**{name: value for name, value in known.items() if name in role.reads.model_fields})
        known[role.writes] = role.playbook(reads)
    fields = {name: value for name, value in known.items() if name in ObservabilityInputs.model_fields}
    return ObservabilityInputs(**fields, setback=setback)


def designed(asked: ObservabilityInputs) -> MonitoringDesign:
    design = ROLE.playbook(asked)
    assert isinstance(design, MonitoringDesign)
    rule(design, asked)
    return design


def files_of(asked: ObservabilityInputs) -> dict[str, str]:
    design = designed(asked)
    context = {name: getattr(asked, name) for name in ObservabilityInputs.model_fields} | {"monitoring": design}
    files: dict[str, str] = {}
    for folder in rendering.folders("observability", Stack(), register.kind_of(asked.problem)):
        files |= rendering.render(folder, context)
    return files


def failed(name: str) -> Setback:
    check = Check(name=name, owner="observability", verdict="failed", evidence="", measures=(), seconds=0.0)
    return Setback(attempt=1, checks=(check,))


@pytest.mark.parametrize("task", list(METRICS))
def test_the_playbook_keeps_its_own_rule_for_every_task(task: Task) -> None:
    assert designed(inputs(task)).drift


def test_moments_are_not_watched_and_the_reason_is_given() -> None:
    design = designed(inputs())
    assert "seen" not in {bar.column for bar in design.drift}
    assert any(decision.what == "columns not watched" for decision in design.decisions)


def test_fewer_rows_give_higher_bars() -> None:
    few, many = (designed(inputs(rows=rows)).drift[0].psi for rows in (600, 50_000))
    assert few > many


def test_a_column_that_always_moved_gets_a_higher_bar() -> None:
    bar = next(bar for bar in designed(inputs(split="time", moved=0.4)).drift if bar.column == "income")
    assert bar.psi >= 0.6
    assert "past" in bar.why


def test_data_in_time_are_compared_with_their_newest_part() -> None:
    assert designed(inputs(split="time", rows=50_000)).reference_share < 0.5
    assert designed(inputs()).reference_share == 1.0


def test_grouped_rows_count_for_less_than_independent_ones() -> None:
    assert designed(inputs(split="group")).rows_per_independent_row > 1


def test_false_alarms_make_the_next_design_more_patient() -> None:
    assert (
        designed(inputs(setback=failed("clean_raises_no_alarm"))).false_alarm_rate < designed(inputs()).false_alarm_rate
    )


def test_missed_drift_makes_the_next_design_more_alert() -> None:
    assert designed(inputs(setback=failed("drift_detected"))).alarm_strength < designed(inputs()).alarm_strength


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drift": ()}, "no column"),
        ({"minimum_window_rows": 10**9}, "minimum_window_rows"),
        ({"alarm_columns": 0}, "alarm_columns"),
        ({"score_decay": 2.0}, "score_decay"),
        ({"triggers": ()}, "trigger"),
    ],
)
def test_a_design_that_cannot_work_is_rejected_in_words(change: dict[str, object], words: str) -> None:
    asked = inputs()
    with pytest.raises(DesignRejected, match=words):
        rule(designed(asked).model_copy(update=change), asked)


def test_an_alert_without_a_runbook_of_its_own_is_rejected() -> None:
    asked = inputs()
    design = designed(asked)
    alert = design.alerts[0].model_copy(update={"runbook": "nowhere.md"})
    with pytest.raises(DesignRejected, match="runbooks are"):
        rule(design.model_copy(update={"alerts": (alert,)}), asked)


def test_a_column_outside_the_contract_is_rejected() -> None:
    asked = inputs()
    design = designed(asked)
    bar = design.drift[0].model_copy(update={"column": "elsewhere"})
    with pytest.raises(DesignRejected, match="elsewhere"):
        rule(design.model_copy(update={"drift": (bar,)}), asked)


def test_every_runbook_belongs_to_an_alert() -> None:
    assert {alert.runbook for alert in designed(inputs()).alerts} == set(runbooks())


def test_every_alert_is_promql_and_is_tested_both_ways() -> None:
    for alert in designed(inputs()).alerts:
        promql_parser.parse(alert.expression)
        assert alert.fires_on
        assert alert.rests_on


def test_rendering_is_deterministic() -> None:
    assert files_of(inputs()) == files_of(inputs())


def test_a_hostile_column_name_stays_a_value() -> None:
    files = files_of(inputs())
    columns = yaml.safe_load(files["config/monitoring.yaml"])["columns"]
    assert HOSTILE in {entry["column"] for entry in columns}
    yaml.safe_load(files["monitoring/prometheus/rules.yml"])
    yaml.safe_load(files["monitoring/prometheus/rules_test.yml"])
    json.loads(files["monitoring/grafana/dashboard.json"])
    assert "{% x" not in "".join(text for path, text in files.items() if path.endswith(".py"))


@pytest.mark.parametrize(
    ("task", "split"), [("binary", "time"), ("multiclass", "group"), ("regression", "random"), ("count", "random")]
)
def test_the_generated_code_compiles_and_is_ruff_clean(task: Task, split: str, tmp_path: Path) -> None:
    for path, text in files_of(inputs(task, split)).items():
        if path.endswith(".py"):
            compile(text, path, "exec")
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "format", "--quiet", "--isolated", "--line-length", "120", tmp_path], check=True)
    rules = "E,F,W,N,UP,B,SIM,RUF,C4"
    done = subprocess.run(
        [ruff, "check", "--isolated", "--line-length", "120", "--select", rules, tmp_path],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_a_batch_project_is_not_blamed_for_missing_requests() -> None:
    asked = inputs()
    for kind, expected in (("batch", False), ("realtime", True)):
        deployment = asked.deployment.model_copy(update={"deployment": kind})
        names = {
            alert.name for alert in observability.playbook(asked.model_copy(update={"deployment": deployment})).alerts
        }
        assert ("NoRequests" in names) is expected
