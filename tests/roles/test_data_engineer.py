"""The data engineer's design: what follows from the facts, what the rule refuses, what is rendered."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from agent_graph import profiling, register
from agent_graph.artifacts import Check, DataDesign, Setback, Specification, Stack, manifest_for
from agent_graph.errors import DesignRejected
from agent_graph.intake import framing
from agent_graph.roles.data_engineer import ROLE, DataEngineerInputs, rule
from agent_graph.writing import formatting, rendering

HOSTILE = '"); import os; os.system("x'
ROWS = 400


def write_csv(path: Path, header: list[str], rows: list[list[object]]) -> None:
    quoted = [
        [f'"{str(cell).replace(chr(34), chr(34) * 2)}"' if cell != "" else "" for cell in row]
        for row in [header, *rows]
    ]
    path.write_text("\n".join(",".join(row) for row in quoted) + "\n", encoding="utf-8")


def inputs_for(
    folder: Path, header: list[str], rows: list[list[object]], statement: str, **wishes: object
) -> DataEngineerInputs:
    write_csv(folder / "cases.csv", header, rows)
    specification = Specification.model_validate(
        {"name": "cases", "statement": statement, "data": (str(folder / "cases.csv"),), **wishes}
    )
    profile = profiling.profile(specification.data)
    problem = framing.frame(specification, profile)
    return DataEngineerInputs(
        specification=specification, profile=profile, problem=problem, manifest=manifest_for("cases")
    )


@pytest.fixture
def inputs(tmp_path: Path) -> DataEngineerInputs:
    """Customers who leave: an identifier, a number, a share, levels, a hostile name, some missing."""
    header = ["customer_id", "tenure", "discount_rate", "plan", HOSTILE, "{{ 7 * 7 }}", "churn"]
    rows: list[list[object]] = [
        [10_000 + i, i % 72, round((i * 37 % 100) / 100, 2), ("basic", "plus", "max")[i % 3],
         i * 7 % 90 + 0.5 * (i % 2),
         "" if i % 10 == 0 else "ab"[i % 2], ("no", "yes")[i * i % 7 == 1]]
        for i in range(ROWS)
    ]  # fmt: skip
    return inputs_for(tmp_path, header, rows, "Which customers will churn?", target="churn")


def files_of(inputs: DataEngineerInputs, design: DataDesign) -> dict[str, str]:
    context = {"specification": inputs.specification, "profile": inputs.profile, "problem": inputs.problem,
               "manifest": inputs.manifest, "statement": "", "data": design}  # fmt: skip
    files: dict[str, str] = {}
    for folder in (
        rendering.own("_skeleton"),
        *rendering.folders("data_engineer", Stack(), register.kind_of(inputs.problem)),
    ):
        files |= rendering.render(folder, context)
    return formatting.formatted(files)


def changed(design: DataDesign, name: str, **update: object) -> dict[str, object]:
    return {"columns": tuple(c.model_copy(update=update) if c.name == name else c for c in design.columns)}


def after(inputs: DataEngineerInputs, check: str) -> DataEngineerInputs:
    failed = Check(name=check, owner="data_engineer", verdict="failed", evidence="", measures=(), seconds=0)
    return inputs.model_copy(update={"setback": Setback(attempt=1, checks=(failed,))})


def test_the_playbook_keeps_its_own_rule(inputs: DataEngineerInputs) -> None:
    rule(ROLE.playbook(inputs), inputs)


def test_ranges_are_widened_but_keep_natural_limits(inputs: DataEngineerInputs) -> None:
    design = ROLE.playbook(inputs)
    assert isinstance(design, DataDesign)
    tenure, share = design.column("tenure"), design.column("discount_rate")
    assert (tenure.minimum, tenure.dtype) == (0.0, "int")
    assert tenure.maximum is not None
    assert 71 < tenure.maximum <= 142
    assert (share.minimum, share.maximum) == (0.0, 1.0)


def test_few_frequent_levels_make_a_closed_set(inputs: DataEngineerInputs) -> None:
    design = ROLE.playbook(inputs)
    assert set(design.column("plan").allowed) == {"basic", "plus", "max"}  # type: ignore[attr-defined]


def test_an_identifier_of_every_row_is_the_key(inputs: DataEngineerInputs) -> None:
    design = ROLE.playbook(inputs)
    assert isinstance(design, DataDesign)
    assert design.key == ("customer_id",)
    assert design.drop_duplicates


def test_after_false_alarms_the_contract_is_wider(inputs: DataEngineerInputs) -> None:
    first, second = ROLE.playbook(inputs), ROLE.playbook(after(inputs, "contract_accepts_clean"))
    assert isinstance(first, DataDesign)
    assert isinstance(second, DataDesign)
    assert (second.column("tenure").maximum or 0) > (first.column("tenure").maximum or 0)
    assert second.column("plan").allowed == ()


@pytest.mark.parametrize(("width", "dropped"), [(2, False), (1000, True)])
def test_rows_that_only_a_number_left_at_the_door_tells_apart_are_kept(
    width: int, dropped: bool, tmp_path: Path
) -> None:
    """Attendances of few signs each: without their number half of them would be called the same."""
    signs = np.random.default_rng(0).integers(0, width, (ROWS, 6))
    rows: list[list[object]] = [[7000 + 3 * i, *map(int, signs[i]), i % 2] for i in range(ROWS)]
    found = inputs_for(
        tmp_path, ["attendance", *"abcdef", "hurt"], rows, "Is the patient hurt?", target="hurt", task="binary",
        options=({"key": "drop", "value": "attendance"},),
    )  # fmt: skip
    design = ROLE.playbook(found)
    assert isinstance(design, DataDesign)
    assert found.profile.main.duplicate_rows == 0
    assert (design.key, design.drop_duplicates) == ((), dropped)


def test_a_rule_about_one_value_is_made_only_where_a_batch_could_break_it(tmp_path: Path) -> None:
    """Where nearly all rows hold one value anyway, all of a hundred may by chance."""
    rows: list[list[object]] = [["ab"[i % 40 == 0], "ab"[i % 2], i, i * i % 11] for i in range(ROWS)]
    design = ROLE.playbook(inputs_for(tmp_path, ["often", "half", "n", "y"], rows, "How many?", target="y"))
    assert isinstance(design, DataDesign)
    ruled = {rule.column for rule in design.rules if rule.kind == "max_repeated_share"}
    assert "half" in ruled
    assert "often" not in ruled


def test_equal_rows_are_kept_where_they_are_equal_by_chance(tmp_path: Path) -> None:
    rows: list[list[object]] = [[i % 5, i % 3, i % 2, "ab"[i % 2], i * i % 11] for i in range(ROWS)]
    found = inputs_for(
        tmp_path, ["a", "b", "c", "d", "visits"], rows, "How many visits will there be?", target="visits"
    )
    design = ROLE.playbook(found)
    assert isinstance(design, DataDesign)
    assert found.profile.main.duplicate_rows > 0.5 * ROWS
    assert (design.key, design.drop_duplicates) == ((), False)
    assert not [rule for rule in design.rules if rule.kind == "max_duplicate_share"], "a longer batch repeats more"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: {"columns": (*d.columns, d.target)}, "must not pass the door"),
        (lambda d: {"columns": d.columns[2:]}, "add it to columns"),
        (lambda d: changed(d, "tenure", maximum=1.0), "refuses the value"),
        (lambda d: changed(d, "plan", allowed=("basic",)), "lacks 2"),
        (lambda d: {"columns": tuple(c.model_copy(update={"nullable": False}) for c in d.columns)}, "isn't nullable"),
        (lambda d: {"rules": tuple(r for r in d.rules if r.kind != "min_rows")}, "min_rows"),
        (lambda d: {"rules": tuple(r.model_copy(update={"threshold": 1.4}) if r.kind == "max_missing_share" else r
                                   for r in d.rules)}, "can't be above 1"),
        (lambda d: {"partition_by": "month"}, "needs a time column"),
        (lambda d: {"key": ("nothing",)}, "isn't among the kept columns"),
        (lambda d: {"sources": ()}, "first source"),
    ],
)  # fmt: skip
def test_the_rule_says_what_is_wrong(inputs: DataEngineerInputs, change: object, reason: str) -> None:
    design = ROLE.playbook(inputs)
    broken = design.model_copy(update=change(design))  # type: ignore[operator]
    with pytest.raises(DesignRejected, match=reason):
        rule(broken, inputs)


def test_rendering_is_deterministic_clean_and_survives_hostile_names(
    inputs: DataEngineerInputs, tmp_path: Path
) -> None:
    design = ROLE.playbook(inputs)
    assert isinstance(design, DataDesign)
    files = files_of(inputs, design)
    assert files == files_of(inputs, design)
    names = [column["name"] for column in yaml.safe_load(files["config/data.yaml"])["columns"]]
    assert HOSTILE in names
    assert "{{ 7 * 7 }}" in names
    root = tmp_path / "project"
    for path, text in files.items():
        if path.endswith(".py"):
            ast.parse(text, path)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run([ruff, "check", "--no-cache", "."], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_levels_seen_once_leave_room_for_new_ones(tmp_path: Path) -> None:
    names = [f"house {i}" if i % 4 == 0 else f"press {i % 9}" for i in range(180)]
    rows: list[list[object]] = [[i * 13 % 97, i * 7 % 31, name, i * 11 % 50] for i, name in enumerate(names)]
    given = inputs_for(tmp_path, ["pages", "age", "publisher", "price"], rows, "What price?", target="price")
    bars = {rule.column: rule.threshold for rule in ROLE.playbook(given).rules if rule.kind == "max_unseen_share"}
    assert 0.3 < bars["publisher"] < 0.45, "a quarter of the values were seen once, so as many will be new"


def test_what_only_one_group_says_is_new_in_new_groups(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [f"F{i // 12}", f"village {i // 12}", "abc"[i % 3], i * 13 % 97, i * 7 % 50] for i in range(360)
    ]
    header = ["farm", "village", "soil", "age", "yield"]
    split = ({"key": "split", "value": "group:farm"},)
    given = inputs_for(tmp_path, header, rows, "What yield?", target="yield", task="regression", options=split)
    bars = {rule.column: rule.threshold for rule in ROLE.playbook(given).rules if rule.kind == "max_unseen_share"}
    allowed = {column.name: column.allowed for column in ROLE.playbook(given).columns}
    assert (allowed["village"], allowed["soil"]) == ((), ("a", "b", "c"))
    assert "village" not in bars, "all of a new batch's villages may be new, so a rule could never speak"
