"""The ml-engineer's design: what the playbook decides, what the rule refuses, and that what is rendered is Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from agent_graph import register
from agent_graph.artifacts import Check, Member, SearchRange, Setback, Setting, Stack, TrainingDesign
from agent_graph.errors import DesignRejected
from agent_graph.roles.ml_engineer import ROLE, MlEngineerInputs
from agent_graph.roles.ml_engineer.playbook.parameters import PARAMETERS
from agent_graph.writing import formatting, rendering

CLASSES = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": (), "count": ()}
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse", "count": "poisson_deviance"}
HOSTILE = '"); import os; os.system("x") #\n{{ 7 * 7 }} \'\\'


def inputs(
    task: str = "binary",
    *,
    rows: int = 5_000,
    classes: tuple[str, ...] | None = None,
    transform: str = "number",
    setback: Setback | None = None,
    **changes: object,
) -> MlEngineerInputs:
    """What the role reads, with only what matters to it filled in; `changes` go to problem and feature design."""
    known = CLASSES[task] if classes is None else classes
    dialect = {
        "format": "csv",
        "delimiter": ",",
        "quote": '"',
        "encoding": "utf-8",
        "compression": "none",
        "null_tokens": [""],
    }
    column = {
        "name": HOSTILE,
        "storage": "float",
        "kind": "number",
        "missing": 0.0,
        "distinct": 9,
        "minimum": 0.0,
        "maximum": 1.0,
        "mean": 0.5,
        "std": 0.1,
        "quantiles": [],
        "zeros": 0.0,
        "levels": [],
        "earliest": None,
        "latest": None,
        "datetime_format": None,
        "mean_words": None,
    }
    table = {
        "name": "t",
        "files": ["/t.csv"],
        "dialect": dialect,
        "rows": rows,
        "duplicate_rows": 0,
        "columns": [column],
    }
    metric = changes.get("metric", METRICS[task])
    contract = {
        "name": "y",
        "dtype": "string",
        "required": True,
        "nullable": True,
        "missing": 0.0,
        "max_missing": 1.0,
        "minimum": None,
        "maximum": None,
        "allowed": [],
        "known": [],
        "earliest": None,
        "latest": None,
        "datetime_format": None,
        "quantiles": [],
        "why": "",
    }
    problem = {
        "title": "T",
        "unit": "row",
        "moment": "",
        "rows": 1_000,
        "task": task,
        "metric": metric,
        "secondary_metrics": [],
        "columns": [],
        "target": {"column": HOSTILE, "rule": "as_is", "threshold": None, "values": [], "classes": known},
        "split": {
            "kind": changes.get("split", "random"),
            "columns": [HOSTILE] if changes.get("split") in ("group", "time") else [],
            "holdout_share": 0.2,
        },
        "wants_interval": changes.get("wants_interval", False),
        "top_k": None,
        "calibrated_totals": task == "count",
        "assumptions": [],
    }
    experiment = {
        "hypothesis": "",
        "unit": "",
        "primary_metric": "",
        "baseline_rate": 0.1,
        "baseline_std": 0.3,
        "minimum_effect": 0.1,
        "alpha": 0.05,
        "power": 0.8,
        "sample_size_per_arm": 10,
        "traffic_share": 0.5,
        "guardrails": [],
    }
    features = {
        "features": [{"name": "f", "transform": transform, "columns": [HOSTILE], "parameters": [], "why": ""}],
        "dropped": [],
        "target_transform": changes.get("target_transform", "none"),
        "metric": metric,
        "secondary_metrics": [],
        "folds": 5,
        "validation_share": 0.2,
        "weight_column": None,
        "slices": [],
        "minimum_slice_rows": 50,
        "custom_slices": [],
        "custom_metrics": [],
        "derived": [],
        "invariant": [],
        "directional": [],
        "thresholds": [],
        "experiment": experiment,
        "decisions": [],
    }
    data = {
        "sources": [{"table": "t", "dialect": dialect}],
        "joins": [],
        "columns": [contract],
        "target": contract,
        "excluded": [],
        "key": [],
        "drop_duplicates": False,
        "rules": [],
        "custom_rules": [],
        "partition_by": "batch",
        "raw_retention_days": 1,
        "processed_retention_days": 1,
        "ingest_sla_s": 1.0,
        "valid_share_sla": 0.9,
        "decisions": [],
    }
    manifest = rendering_manifest()
    specification = {"name": "t", "statement": "s", "data": ["/t.csv"], "budget_s": 20.0}
    profile = {"tables": [table], "joins": [], "suspects": [], "drift": [], "seconds": 0.0}
    return MlEngineerInputs.model_validate(
        {
            "specification": specification,
            "profile": profile,
            "problem": problem,
            "manifest": manifest,
            "data": data,
            "features": features,
            "setback": setback,
        }
    )


def rendering_manifest() -> object:
    """Names of a small project."""
    from agent_graph.artifacts import manifest_for

    return manifest_for("small-project")


def design(given: MlEngineerInputs) -> TrainingDesign:
    """The playbook's design, which its own rule accepts."""
    made = ROLE.playbook(given)
    assert isinstance(made, TrainingDesign)
    ROLE.rule(made, given)
    return made


def setback(attempt: int, *names: str) -> Setback:
    """A gate that failed these checks."""
    checks = tuple(
        Check(name=name, owner="ml_engineer", verdict="failed", evidence="", measures=(), seconds=0.0) for name in names
    )
    return Setback(attempt=attempt, checks=checks)


@pytest.mark.parametrize(
    ("task", "objective", "calibration"),
    [
        ("binary", "log_loss", "platt"),
        ("multiclass", "log_loss", "temperature"),
        ("regression", "squared_error", "none"),
        ("count", "poisson", "scale"),
    ],
)
def test_objective_and_calibration_follow_from_the_task(task: str, objective: str, calibration: str) -> None:
    made = design(inputs(task))
    assert (made.objective, made.calibration) == (objective, calibration)
    assert made.members[0].kind == "linear"


def test_a_typical_error_is_minimised_as_one() -> None:
    assert design(inputs("regression", metric="mae")).objective == "absolute_error"


def test_the_second_lightgbm_fits_the_number_of_rows() -> None:
    few, many = (design(inputs(rows=rows)).members[-1] for rows in (1_000, 50_000))
    assert (few.name, many.name) == ("lightgbm_random", "lightgbm_deep")


def test_a_search_over_many_rows_sees_as_many_as_its_time_allows() -> None:
    few, many = inputs(rows=30_000), inputs(rows=500_000)
    assert (design(few).search_rows, design(many).search_rows) == (None, 40_000)
    plan = yaml.safe_load(rendered(many)["config/training.yaml"])
    assert plan["search"]["rows"] == 40_000
    assert "thinned" in rendered(many)["src/small_project/training/tune.py"]
    assert not any("thinned" in text for text in rendered(few).values())


def test_many_classes_get_few_members_and_texts_a_linear_one_with_less_penalty() -> None:
    many = design(inputs("multiclass", classes=tuple(f"c{k}" for k in range(14))))
    assert [member.kind for member in many.members] == ["linear", "lightgbm"]
    plain, prose = (float(design(inputs(transform=kind)).members[0].parameters[0].value) for kind in ("number", "text"))
    assert prose > plain


def test_a_range_is_made_only_where_one_was_asked_for() -> None:
    assert design(inputs("regression")).interval_coverage is None
    assert design(inputs("regression", wants_interval=True)).interval_coverage == 0.9
    assert design(inputs("binary", wants_interval=True)).interval_coverage is None


@pytest.mark.parametrize("failed", ["search_within_budget", "training_seconds", "beats_baseline", "resumes_after_kill"])
def test_after_a_setback_the_design_is_safer_and_another(failed: str) -> None:
    first, second = design(inputs()), design(inputs(setback=setback(1, failed)))
    assert (second.trials == 0) == (failed in ("search_within_budget", "training_seconds"))
    assert second.trials < first.trials
    assert [one.name for one in second.members if one.search] == ["linear"]
    assert len(second.members) < len(first.members)
    assert any(failed in decision.why or "before" in decision.why for decision in second.decisions)
    if failed == "beats_baseline":
        assert second.members[1].max_rounds < first.members[1].max_rounds


def test_the_playbook_repeats_itself() -> None:
    assert design(inputs("count")) == design(inputs("count"))


def broken(made: TrainingDesign, **changes: object) -> TrainingDesign:
    """The design with some fields changed."""
    return made.model_copy(update=changes)


def member(made: TrainingDesign, **changes: object) -> tuple[Member, ...]:
    """The members, the second one changed."""
    return (made.members[0], made.members[1].model_copy(update=changes), *made.members[2:])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"members": ()}, "linear member is missing"),
        ({"budget_s": 99.0}, "more than the 20 allowed"),
        ({"budget_s": 0.0}, "above 0"),
        ({"search_rows": 100}, "at least 20000"),
        ({"trials": -1}, "trials"),
        ({"calibration": "scale"}, "doesn't suit binary"),
        ({"objective": "poisson"}, "doesn't suit binary"),
        ({"interval_coverage": 0.9}, "range of a number"),
        ({"minimum_weight": 0.9}, "minimum_weight"),
    ],
)
def test_the_rule_refuses_in_words(changes: dict[str, object], said: str) -> None:
    given = inputs()
    with pytest.raises(DesignRejected, match=said):
        ROLE.rule(broken(design(given), **changes), given)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "linear"}, "same name"),
        ({"name": "../up"}, "identifier"),
        ({"rounds": 9_999}, "max_rounds"),
        ({"parameters": (Setting(key="device", value="gpu"),)}, "no parameter of lightgbm"),
        ({"parameters": (Setting(key="num_leaves", value="many"),)}, "must be a number"),
        ({"parameters": (Setting(key="learning_rate", value="nan"),)}, "must be a number"),
        ({"search": (SearchRange(parameter="lambda_l2", low=0.0, high=1.0, log=True, integer=False),)}, "above 0"),
        (
            {"search": (SearchRange(parameter="num_leaves", low=2.5, high=9.0, log=False, integer=True),)},
            "whole numbers",
        ),
    ],
)
def test_the_rule_refuses_members_that_could_not_be_fitted(changes: dict[str, object], said: str) -> None:
    given = inputs()
    made = design(given)
    with pytest.raises(DesignRejected, match=said):
        ROLE.rule(broken(made, members=member(made, **changes)), given)


def test_a_linear_member_has_the_penalty_of_its_task() -> None:
    given = inputs()
    made = design(given)
    linear = made.members[0].model_copy(update={"parameters": (Setting(key="alpha", value="1"),), "search": ()})
    with pytest.raises(DesignRejected, match="'C'"):
        ROLE.rule(broken(made, members=(linear, *made.members[1:])), given)


def rendered(given: MlEngineerInputs) -> dict[str, str]:
    """All files of the role."""
    made = design(given)
    context = {
        name: getattr(given, name) for name in ("specification", "profile", "problem", "manifest", "data", "features")
    }
    context |= {"training": made, "statement": HOSTILE}
    files: dict[str, str] = {}
    for folder in rendering.folders("ml_engineer", Stack(), register.kind_of(given.problem)):
        files |= rendering.render(folder, context)
    return formatting.formatted(files)


KINDS = [
    ("binary", {}),
    ("binary", {"split": "time"}),
    ("multiclass", {"split": "group"}),
    ("count", {}),
    ("regression", {"wants_interval": True, "target_transform": "log1p", "metric": "rmsle"}),
    ("regression", {"metric": "mae"}),
]


@pytest.mark.parametrize(("task", "changes"), KINDS)
def test_what_is_rendered_is_clean_python_and_yaml(task: str, changes: dict[str, object], tmp_path: Path) -> None:
    files = rendered(inputs(task, **changes))  # type: ignore[arg-type]
    assert files == rendered(inputs(task, **changes))  # type: ignore[arg-type]
    plan = yaml.safe_load(files["config/training.yaml"])
    assert {one["kind"] for one in plan["members"]} <= set(PARAMETERS)
    assert all(isinstance(v, (int, float)) for one in plan["members"] for v in one["parameters"].values())
    for name, text in files.items():
        assert "{{" not in text.replace("{{ 7", "")
        if name.endswith(".py"):
            ast.parse(text)
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    options = ["--select", "E,F,W,N,UP,B,S,SIM,RUF,C4,PT", "--ignore", "N818,S101", "--line-length", "120"]
    command = [str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "--target-version", "py311", *options]
    found = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_a_project_holds_no_code_for_what_it_does_not_have() -> None:
    binary, count = rendered(inputs("binary")), rendered(inputs("count"))
    assert "src/small_project/models/intervals.py" not in binary
    assert "Ridge" not in binary["src/small_project/models/linear.py"]
    assert "LogisticRegression" not in count["src/small_project/models/linear.py"]
    few = rendered(inputs("multiclass", classes=tuple(f"c{k}" for k in range(14))))
    assert "catboost" not in few["src/small_project/models/trees.py"].lower()
