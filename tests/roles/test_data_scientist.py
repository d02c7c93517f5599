"""The data scientist's design: what the playbook decides from facts, what the rule refuses, what is rendered."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations_with_replacement
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from agent_graph import profiling
from agent_graph.artifacts import (
    QUANTILES,
    Check,
    ColumnContract,
    ColumnProfile,
    ColumnRole,
    DataDesign,
    Dialect,
    Drift,
    FeatureDesign,
    Kind,
    Level,
    Problem,
    Profile,
    Setback,
    Setting,
    Source,
    Specification,
    Split,
    Storage,
    TableProfile,
    Target,
    manifest_for,
)
from agent_graph.errors import DesignRejected
from agent_graph.roles.data_scientist import ROLE, DataScientistInputs
from agent_graph.roles.data_scientist.playbook import columns
from agent_graph.roles.data_scientist.playbook.experiment import sample_size
from agent_graph.roles.data_scientist.playbook.judgement import fold_plan
from agent_graph.roles.data_scientist.playbook.orders import order_of
from agent_graph.roles.data_scientist.playbook.pairs import couples
from agent_graph.writing import formatting, rendering

HOSTILE = '"); import os; os.system("x") #\n{{ 7 * 7 }} {% raw %} \'\\ \u2603'
DIALECT = Dialect(format="csv", delimiter=",", quote='"', encoding="utf-8", compression="none", null_tokens=("", "NA"))


def column(
    name: str,
    kind: Kind,
    storage: Storage = "string",
    distinct: int = 50,
    spread: tuple[float, ...] = (),
    levels: tuple[str, ...] = (),
    **facts: object,
) -> ColumnProfile:
    """A profile column; `spread` is minimum, seven quantiles, maximum."""
    known: dict[str, object] = {
        "name": name, "storage": storage, "kind": kind, "missing": 0.0, "distinct": len(levels) or distinct,
        "minimum": spread[0] if spread else None, "maximum": spread[-1] if spread else None, "mean": None, "std": 1.0,
        "quantiles": spread[1:-1], "zeros": 0.0, "levels": tuple(Level(value=v, share=1 / len(levels)) for v in levels),
        "earliest": None, "latest": None, "datetime_format": None, "mean_words": None,
    }  # fmt: skip
    return ColumnProfile.model_validate({**known, **facts})


def number(name: str, low: float = 0.0, high: float = 100.0, **facts: object) -> ColumnProfile:
    """A numeric column, evenly spread."""
    spread = (low, *(low + q * (high - low) for q in QUANTILES), high)
    return column(name, "number", "integer" if high > 1 else "float", spread=spread, **facts)  # type: ignore[arg-type]


COLUMNS = (
    number("tenure", 1),
    number("total_charges", 20, 9000),
    number("yearBuilt", 1900, 2000),
    number("yr_sold", 2006, 2010, distinct=5),
    number("width", 0, 9, zeros=0.001, distinct=300),
    column("quality", "category", levels=("Gd", "TA", "Ex", "Fa")),
    column("plan", "category", levels=("red", "blue", "green")),
    column("employer", "high_cardinality", distinct=4000),
    column("review", "text", distinct=4000, mean_words=30.0),
    column("zip", "code", "integer", distinct=400, spread=(1.0,) * 9),
    column("sex", "category", levels=("f", "m")),
    column("when", "datetime", "date", earliest="2020-01-01", latest="2023-06-01"),
    column("same", "constant", levels=("x",)),
    column(HOSTILE, "category", levels=(HOSTILE, "b", "c")),
)
DTYPES = {"integer": "int", "float": "float", "string": "string", "date": "datetime"}


def inputs(task: str = "binary", split: str = "stratified", setback: Setback | None = None) -> DataScientistInputs:
    """A whole problem with one column of every kind."""
    classes = {"binary": ("No", "Yes"), "multiclass": ("a", "b", "c")}.get(task, ())
    target = column("goal", "category", levels=classes) if classes else number("goal", 1, 900, distinct=500)
    metric = {"binary": "roc_auc", "multiclass": "log_loss", "count": "poisson_deviance"}.get(task, "rmsle")
    table = TableProfile(
        name="rows",
        files=("/nowhere/rows.csv",),
        dialect=DIALECT,
        rows=5000,
        duplicate_rows=0,
        columns=(*COLUMNS, target),
    )
    uses = (
        {"goal": "target"}
        | ({"when": "time"} if split == "time" else {})
        | ({"plan": "group"} if split == "group" else {})
    )
    problem = Problem.model_validate(
        {
            "title": "A test", "unit": "customer", "moment": "at night", "rows": 1_000, "task": task, "metric": metric,
            "secondary_metrics": (), "calibrated_totals": False, "wants_interval": False, "top_k": 500,
            "assumptions": (),
            "target": Target(column="goal", rule="as_is", threshold=None, values=(), classes=classes),
            "split": Split.model_validate(
                {"kind": split, "columns": {"time": ("when",), "group": ("plan",)}.get(split, ()), "holdout_share": 0.2}
            ),
            "columns": tuple(
                ColumnRole.model_validate(
                    {"name": c.name, "use": uses.get(c.name, "feature"), "kind": c.kind, "why": "given"}
                )
                for c in table.columns
            ),
        }
    )  # fmt: skip
    return DataScientistInputs(
        specification=Specification(name="a-test", statement="who leaves?", data=("/nowhere/rows.csv",)),
        profile=Profile(tables=(table,), joins=(), suspects=(), drift=(), seconds=0.1),
        problem=problem,
        manifest=manifest_for("a-test"),
        setback=setback,
        data=data_design(table),
    )


def data_design(table: TableProfile) -> DataDesign:
    """A contract of the table's columns."""
    contracts = tuple(
        ColumnContract.model_construct(
            name=c.name, dtype=DTYPES[c.storage], required=True, nullable=True, missing=0.0, max_missing=0.1,
            minimum=None, maximum=None, allowed=(), known=(), earliest=None, latest=None, datetime_format=None,
            quantiles=(), why="",
        )
        for c in table.columns
    )  # fmt: skip
    return DataDesign.model_construct(
        sources=(Source(table="rows", dialect=DIALECT),), joins=(), columns=contracts[:-1], target=contracts[-1],
        excluded=(), key=(), drop_duplicates=False, rules=(), decisions=(),
    )  # fmt: skip


def designed(given: DataScientistInputs) -> FeatureDesign:
    """The playbook's answer, which its own rule accepts and JSON keeps."""
    design = ROLE.playbook(given)
    assert isinstance(design, FeatureDesign)
    ROLE.rule(design, given)
    assert FeatureDesign.model_validate_json(design.model_dump_json()) == design
    return design


def made(design: FeatureDesign) -> dict[str, str]:
    """First column -> transform of the single-column features."""
    return {feature.columns[0]: feature.transform for feature in design.features if len(feature.columns) == 1}


def test_every_kind_of_column_finds_its_transform() -> None:
    transforms = made(designed(inputs()))
    assert transforms["tenure"] == transforms["yearBuilt"] == "number"
    assert transforms["quality"] == "ordinal"
    assert transforms["plan"] == transforms["zip"] == transforms[HOSTILE] == "category"
    assert transforms["employer"] == "rare_category"
    assert transforms["review"] == "text"
    assert transforms["when"] == "datetime"
    assert "same" not in transforms
    assert "goal" not in transforms


def short_history(given: DataScientistInputs) -> DataScientistInputs:
    """The same with ten months of rows, in which the tenure only ever grew."""
    table = given.profile.main
    columns = tuple(c.model_copy(update={"latest": "2020-11-01"}) if c.name == "when" else c for c in table.columns)
    profile = given.profile.model_copy(
        update={
            "tables": (table.model_copy(update={"columns": columns}),),
            "drift": (Drift(column="tenure", psi=9.0), Drift(column="width", psi=0.5)),
        }
    )
    return given.model_copy(update={"profile": profile})


def test_a_season_that_was_never_seen_is_no_feature_of_the_future() -> None:
    def of_date(design: FeatureDesign) -> set[str]:
        feature = next(feature for feature in design.features if feature.transform == "datetime")
        return {setting.key for setting in feature.parameters}

    future, any_time = designed(short_history(inputs(split="time"))), designed(short_history(inputs()))
    assert "tenure" not in made(future)
    assert made(future)["width"] == "number"
    assert "season" not in of_date(future)
    assert "tenure" in made(any_time)
    assert "season" in of_date(any_time)
    assert "season" in of_date(designed(inputs(split="time")))


def test_short_codes_are_levels_whose_letters_say_nothing() -> None:
    given = inputs()
    table = given.profile.main
    airports = column("employer", "high_cardinality", distinct=120, levels=("ATL", "BOS"))
    columns = tuple(airports if c.name == "employer" else c for c in table.columns)
    profile = given.profile.model_copy(update={"tables": (table.model_copy(update={"columns": columns}),)})
    assert made(designed(given.model_copy(update={"profile": profile})))["employer"] == "category"


def test_pairs_that_belong_together_are_found_by_names_and_numbers() -> None:
    pairs = {(f.transform, *f.columns) for f in designed(inputs()).features if len(f.columns) == 2}
    assert pairs == {("ratio", "total_charges", "tenure"), ("difference", "yr_sold", "yearBuilt")}
    shares = couples([("used_credit", number("used_credit", 0, 10)), ("credit_limit", number("credit_limit", 0, 100))])
    assert [(c.transform, c.left, c.right) for c in shares] == [("ratio", "used_credit", "credit_limit")]
    assert (
        couples([("open_porch_sf", number("open_porch_sf")), ("total_bsmt_sf", number("total_bsmt_sf", 0, 900))]) == ()
    )


def test_a_zero_that_no_measurement_comes_near_counts_as_missing() -> None:
    near = column("x", "number", "float", distinct=300, spread=(0, 4, 4.3, 4.7, 5.7, 6.5, 7.3, 8.2, 10), zeros=0.0002)
    given = inputs()
    table = given.profile.main
    profile = given.profile.model_copy(
        update={
            "tables": (
                table.model_copy(update={"columns": (near.model_copy(update={"name": "width"}), *table.columns)}),
            )
        }
    )
    width = next(f for f in designed(given.model_copy(update={"profile": profile})).features if f.columns == ("width",))
    assert width.parameters == (Setting(key="zero_is_missing", value="true"),)
    assert not next(f for f in designed(given).features if f.columns == ("width",)).parameters


@pytest.mark.parametrize(
    ("name", "levels", "order"),
    [
        ("speed", ("10-24", "25-39", "40-54", "55+", "1-9km/h"), ("1-9km/h", "10-24", "25-39", "40-54", "55+")),
        ("cut", ("Ideal", "Fair", "Very Good", "Good", "Premium"), ("Fair", "Good", "Very Good", "Premium", "Ideal")),
        ("size", ("Medium", "Small", "Large"), ("Small", "Medium", "Large")),
        ("clarity", ("SI1", "VS2", "IF", "I1"), ("I1", "SI1", "VS2", "IF")),
        ("colour", ("D", "E", "J"), ("J", "E", "D")),
        ("protocol", ("D", "E", "J"), ()),
        ("airport", ("LAX", "JFK", "ORD"), ()),
        ("model", ("B-737", "MD-80", "A-320"), ()),
    ],
)
def test_an_order_is_found_only_where_there_is_one(name: str, levels: tuple[str, ...], order: tuple[str, ...]) -> None:
    assert order_of(name, levels) == order


def test_whatever_features_there_are_none_of_their_code_is_left_over() -> None:
    """Every pair of transforms: what only others need isn't there."""
    given = inputs()
    design = designed(given)
    by_kind = {feature.transform: feature for feature in design.features}
    assert {"number", "ordinal", "category", "rare_category", "text", "datetime"} <= set(by_kind)
    context = {name: getattr(given, name) for name in type(given).model_fields}
    for chosen in combinations_with_replacement(sorted(by_kind), 2):
        few = design.model_copy(update={"features": tuple(by_kind[kind] for kind in sorted(set(chosen)))})
        files = rendering.render(
            rendering.own("data_scientist/common"),
            context | {"features": few, "statement": given.specification.statement},
        )
        room = {path: text for path, text in files.items() if path.endswith(".py")}
        for path in (path for path in room if path.endswith(("features/transforms.py", "features/text.py"))):
            top = ast.parse(room[path]).body
            names = [node.name for node in top if isinstance(node, ast.ClassDef | ast.FunctionDef)]
            constants = [target for node in top if isinstance(node, ast.Assign) for target in node.targets]
            names += [node.id for one in constants for node in ast.walk(one) if isinstance(node, ast.Name)]
            for name in names:
                told = sum(len(re.findall(rf"\b{name}\b", text)) for text in room.values())
                assert told > 1, f"{path}: {name} of {chosen}"


@pytest.mark.parametrize(
    ("task", "split"), [("binary", "time"), ("multiclass", "group"), ("regression", "random"), ("count", "random")]
)
def test_judgement_follows_the_task_and_the_split(task: str, split: str) -> None:
    design = designed(inputs(task, split))
    assert design.target_transform == ("log1p" if task == "regression" else "none")
    plans = {"time": (3, 0.1), "group": (3, 0.3333)}  # of three groups
    assert (design.folds, design.validation_share) == plans.get(split, (5, 0.2))
    assert ("plan" in made(design)) is (split != "group")
    assert design.slices == ("sex",)
    assert any(bar.metric == "gain_over_baseline" for bar in design.thresholds)


def test_the_experiment_is_as_large_as_cohens_formula_says() -> None:
    plan = designed(inputs()).experiment
    assert plan.baseline_rate == pytest.approx(0.5)
    assert plan.sample_size_per_arm == sample_size(plan.baseline_std, plan.minimum_effect) == 1570
    assert sample_size(1.0, 0.5) == 63


def test_after_a_setback_the_plain_design_is_taken() -> None:
    failed = Check(
        name="row_by_row_equals_batch", owner="data_scientist", verdict="failed", evidence="", measures=(), seconds=0.1
    )
    design = designed(inputs(setback=Setback(attempt=1, checks=(failed,))))
    assert {f.transform for f in design.features} <= {"number", "category", "ordinal", "datetime"}
    assert any(decision.choice == "plain" for decision in design.decisions)


def altered(design: FeatureDesign, **changes: object) -> FeatureDesign:
    """The design with its first feature changed."""
    first = design.features[0].model_copy(update=changes)
    return design.model_copy(update={"features": (first, *design.features[1:])})


def test_the_rule_says_what_is_wrong() -> None:
    given = inputs()
    design = designed(given)
    for broken, words in (
        (altered(design, columns=("goal",)), "'goal' cannot be a feature: it is the target"),
        (altered(design, columns=("nothing",)), "there is no such column"),
        (altered(design, columns=("plan",)), "number needs int or float or bool"),
        (altered(design, transform="ratio"), "takes 2 column"),
        (altered(design, name="No Name"), "no snake_case name"),
        (altered(design, name=design.features[1].name), "must differ"),
        (altered(design, transform="category", parameters=()), "needs min_count"),
        (design.model_copy(update={"metric": "rmse"}), "doesn't judge a binary"),
        (design.model_copy(update={"slices": ("goal",)}), "no feature uses it"),
        (design.model_copy(update={"folds": 0}), "folds must lie"),
        (design.model_copy(update={"target_transform": "log1p"}), "takes no transform"),
    ):
        with pytest.raises(DesignRejected, match=words):
            ROLE.rule(broken, given)
    small = design.experiment.model_copy(update={"sample_size_per_arm": 10})
    with pytest.raises(DesignRejected, match="must be 1570"):
        ROLE.rule(design.model_copy(update={"experiment": small}), given)


def test_a_feature_whose_name_means_something_to_yaml_keeps_it() -> None:
    given = inputs("binary", "random")
    design = designed(given)
    odd = tuple(f.model_copy(update={"name": n}) for f, n in zip(design.features, ("no", "on", "null"), strict=False))
    context: dict[str, Any] = {name: getattr(given, name) for name in type(given).model_fields}
    context |= {"features": design.model_copy(update={"features": odd}), "statement": given.specification.statement}
    files = rendering.render(rendering.own("data_scientist/common"), context)
    names = [feature["name"] for feature in yaml.safe_load(files["config/features.yaml"])["features"]]
    assert names[: len(odd)] == ["no", "on", "null"][: len(odd)]
    assert len(odd) > 1


@pytest.mark.parametrize(
    ("task", "split"), [("binary", "time"), ("multiclass", "group"), ("regression", "random"), ("count", "random")]
)
def test_what_is_rendered_compiles_is_clean_and_survives_hostile_names(task: str, split: str, tmp_path: Path) -> None:
    given = inputs(task, split)
    context = {name: getattr(given, name) for name in type(given).model_fields}
    context |= {"features": designed(given), "statement": given.specification.statement}
    files = formatting.formatted(rendering.render(rendering.own("data_scientist/common"), context))
    assert files == formatting.formatted(rendering.render(rendering.own("data_scientist/common"), context))
    definition = yaml.safe_load(files["config/features.yaml"])
    assert [HOSTILE] in [feature["columns"] for feature in definition["features"]]
    yaml.safe_load(files["experiments/ab_test.yaml"])
    for path, text in files.items():
        if path.endswith(".py"):
            ast.parse(text)
            assert "{{" not in text
            assert "{%" not in text
            assert len(text.splitlines()) <= 320, path
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    rules = "E,F,W,N,UP,B,SIM,C4,PT"
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--line-length=120",
        "--select",
        rules,
        str(tmp_path),
    ]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_there_are_no_more_folds_than_groups_to_hold_back() -> None:
    grouped: Any = SimpleNamespace(split=SimpleNamespace(kind="group"))
    assert [fold_plan(grouped, 400, groups)[0] for groups in (3, 4, 40)] == [3, 4, 5]
    assert fold_plan(SimpleNamespace(split=SimpleNamespace(kind="random")), 400, 400)[0] == 5  # type: ignore[arg-type]
    one_moment = fold_plan(SimpleNamespace(split=SimpleNamespace(kind="time")), 40_000, 1)  # type: ignore[arg-type]
    assert one_moment[0] == 3
    assert "can't say how well later rows will do" in one_moment[2]


@pytest.mark.parametrize(
    ("value", "clock"),
    [
        (lambda day: (day // 30 + 6) % 12, True),  # a month, over the end of a year
        (lambda day: day // 7, True),  # a week that is counted on
        (
            lambda day: 100 + 60 * np.cos(day / 365 * 6.28) + 5 * np.sin(day * 1.7),
            False,
        ),  # last year's price
    ],
)
def test_a_number_that_moves_with_the_season_is_no_clock(
    value: Callable[[np.ndarray], np.ndarray], clock: bool, tmp_path: Path
) -> None:
    days = np.arange(330)
    numbers = np.asarray(value(days), dtype=float)
    frame = pl.DataFrame(
        {
            "day": [date(2020, 7, 1) + timedelta(days=int(day)) for day in days],
            "number": numbers,
            "y": np.random.default_rng(0).normal(0, 1, 330).round(3),
        }
    )
    frame.write_csv(tmp_path / "rows.csv")
    found = profiling.profile([str(tmp_path / "rows.csv")])
    assert columns._counts(found, "day", "number") is clock
