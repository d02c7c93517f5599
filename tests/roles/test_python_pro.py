"""The python-pro's playbook, rule and templates, on designs that are made up here."""

import ast
import tomllib
from typing import Any

import pytest
import yaml

from agent_graph import register
from agent_graph.artifacts import (
    AbPlan,
    Check,
    ColumnContract,
    ColumnProfile,
    ColumnRole,
    DataDesign,
    Dialect,
    Feature,
    FeatureDesign,
    HardeningDesign,
    Measure,
    Member,
    Problem,
    Profile,
    Setback,
    Setting,
    Source,
    Specification,
    Split,
    Stack,
    TableProfile,
    Target,
    TrainingDesign,
    manifest_for,
)
from agent_graph.errors import DesignRejected
from agent_graph.roles.python_pro import ROLE, PythonProInputs
from agent_graph.writing import formatting, rendering

HOSTILE = '"); import os; os.system("x")\n{{ 7 * 7 }} \'`'
DIALECT = Dialect(format="csv", delimiter=",", quote='"', encoding="utf-8", compression="none", null_tokens=("",))


def inputs(task: str = "binary", setback: Setback | None = None, texts: int = 0, kinds: Any = ("linear",)) -> Any:
    classes = {"binary": ("no", HOSTILE), "multiclass": ("a", "b", HOSTILE)}.get(task, ())
    column = ColumnProfile(
        name=HOSTILE, storage="float", kind="number", missing=0.0, distinct=9, minimum=0.0, maximum=9.0, mean=4.0,
        std=1.0, quantiles=(), zeros=0.0, levels=(), earliest=None, latest=None, datetime_format=None, mean_words=None,
    )  # fmt: skip
    table = TableProfile(name="t", files=("/t.csv",), dialect=DIALECT, rows=90, duplicate_rows=0, columns=(column,))
    contract = ColumnContract.model_construct(name=HOSTILE, dtype="float", required=True, nullable=False)
    transforms = ["number", *["text"] * texts]
    features = FeatureDesign.model_construct(
        features=tuple(
            Feature(name=f"f{n}", transform=kind, columns=(HOSTILE,), parameters=(), why="it tells")
            for n, kind in enumerate(transforms)
        ),
        invariant=(HOSTILE,),
        directional=(Setting(key=HOSTILE, value="up"),),
        experiment=AbPlan.model_construct(),
    )
    members = tuple(Member.model_construct(name=kind, kind=kind) for kind in kinds)
    problem = Problem(
        title=HOSTILE, unit=HOSTILE, moment="now", rows=90, task=task, metric="roc_auc" if classes else "rmse",
        secondary_metrics=(), target=Target(column="y", rule="as_is", threshold=None, values=(), classes=classes),
        split=Split(kind="random", columns=(), holdout_share=0.2),
        columns=(ColumnRole(name=HOSTILE, use="identifier", kind="number", why=HOSTILE),),
        wants_interval=task == "count", top_k=None, calibrated_totals=False, assumptions=(),
    )  # fmt: skip
    return PythonProInputs.model_construct(
        specification=Specification(name="made-up", statement=HOSTILE, data=("/t.csv",)),
        profile=Profile(tables=(table,), joins=(), suspects=(), drift=(), seconds=0.0),
        problem=problem,
        manifest=manifest_for("made-up"),
        setback=setback,
        data=DataDesign.model_construct(columns=(contract,), sources=(Source(table="t", dialect=DIALECT),)),
        features=features,
        training=TrainingDesign.model_construct(members=members),
    )


def files_of(given: Any) -> dict[str, str]:
    design = ROLE.playbook(given)
    context = {name: getattr(given, name) for name in PythonProInputs.model_fields} | {"hardening": design}
    files: dict[str, str] = {}
    for folder in rendering.folders("python_pro", Stack(), register.kind_of(given.problem)):
        files |= rendering.render(folder, context)
    return formatting.formatted(files)


def failed(check: str, **measures: float) -> Setback:
    found = tuple(Measure(name=name, value=value, unit="") for name, value in measures.items())
    one = Check(name=check, owner="python_pro", verdict="failed", evidence="", measures=found, seconds=0.0)
    return Setback(attempt=1, checks=(one,))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "count"])
def test_the_playbook_keeps_its_own_rule(task: str) -> None:
    given = inputs(task, kinds=("linear", "lightgbm", "catboost"))
    ROLE.rule(ROLE.playbook(given), given)


def test_text_and_further_members_cost_speed() -> None:
    plain, rich = ROLE.playbook(inputs()), ROLE.playbook(inputs(texts=3, kinds=("linear", "lightgbm", "catboost")))
    assert rich.single_row_ms > plain.single_row_ms
    assert rich.batch_rows_per_second < plain.batch_rows_per_second
    assert rich.peak_memory_mb > plain.peak_memory_mb


def test_only_the_libraries_of_the_members_are_declared() -> None:
    names = {setting.key for setting in ROLE.playbook(inputs(kinds=("linear", "lightgbm"))).dependencies}
    assert "lightgbm" in names
    assert "catboost" not in names


def test_a_missed_speed_bar_is_set_from_what_was_measured_and_says_so() -> None:
    design = ROLE.playbook(inputs(setback=failed("single_row_latency", p50=40.0)))
    assert design.single_row_ms == 60.0
    assert any(decision.what == "single_row_ms" and "60" in decision.choice for decision in design.decisions)


def test_enough_faults_are_tried_that_luck_does_not_decide() -> None:
    design = ROLE.playbook(inputs())
    usual = 0.8  # share that the generated tests notice, as measured on real problems
    spread = (usual * (1 - usual) / design.mutants) ** 0.5
    assert usual - 3 * spread > design.minimum_kill_rate


@pytest.mark.parametrize("check", ["coverage_measured", "tests_can_fail", "types_check"])
def test_a_bar_of_quality_is_never_lowered(check: str) -> None:
    first, again = ROLE.playbook(inputs()), ROLE.playbook(inputs(setback=failed(check, coverage=0.1, kill_rate=0.1)))
    assert (again.minimum_coverage, again.minimum_kill_rate) == (first.minimum_coverage, first.minimum_kill_rate)
    assert again.strict_types


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"minimum_coverage": 0.1}, "minimum_coverage"),
        ({"minimum_kill_rate": 0.0}, "minimum_kill_rate"),
        ({"mutants": 1}, "mutants"),
        ({"single_row_ms": 0.0}, "single_row_ms"),
        ({"ruff_rules": ("E", "W")}, "ruff_rules lacks"),
        ({"ruff_rules": ("E", "F", "B", "S", "--fix")}, "no ruff codes"),
        ({"strict_types": False}, "strict_types"),
        ({"log_format": "text"}, "log_format"),
        ({"environments": ()}, "environments"),
        ({"dependencies": ()}, "lacks"),
        ({"dev_dependencies": (Setting(key="evil", value=">=1"),)}, "evil"),
    ],
)
def test_the_rule_rejects_in_words_that_name_the_thing(change: dict[str, Any], words: str) -> None:
    given = inputs()
    with pytest.raises(DesignRejected, match=words):
        ROLE.rule(ROLE.playbook(given).model_copy(update=change), given)


@pytest.mark.parametrize("value", ["", "1", "<2", ">=1; import os", "@ https://x"])
def test_a_specifier_needs_a_floor_and_nothing_else(value: str) -> None:
    given = inputs()
    design: HardeningDesign = ROLE.playbook(given)
    changed = (Setting(key=design.dependencies[0].key, value=value), *design.dependencies[1:])
    with pytest.raises(DesignRejected):
        ROLE.rule(design.model_copy(update={"dependencies": changed}), given)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "count"])
def test_every_rendered_file_parses_whatever_the_columns_are_called(task: str) -> None:
    files = files_of(inputs(task))
    for name, text in files.items():
        if name.endswith(".py"):
            ast.parse(text, name)
            assert "{{ manifest" not in text
            assert "{%" not in text
        elif name.endswith((".yaml", ".yml")):
            assert yaml.safe_load(text)
        elif name.endswith(".toml"):
            assert tomllib.loads(text)["tool"]["mypy"]["strict"] is True


def test_hostile_names_arrive_as_text() -> None:
    text = files_of(inputs("binary"))["tests/model/test_behaviour.py"]
    values = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    assert HOSTILE in values


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert files_of(inputs()) == files_of(inputs())


def test_a_project_holds_only_the_tests_of_its_own_kind_of_problem() -> None:
    numbers = files_of(inputs("regression"))["tests/integration/test_pipeline.py"]
    classes = files_of(inputs("multiclass"))["tests/integration/test_pipeline.py"]
    assert "p_{k}" in classes
    assert "p_{k}" not in numbers
