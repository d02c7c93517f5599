"""Code that roles wrote themselves, from the design to the files: refused by name, rendered whole, or absent."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent_graph.artifacts import CustomRule, Edit, ExtraTests, Slot, Specification
from agent_graph.context import Context
from agent_graph.errors import DesignRejected
from agent_graph.intake import understanding
from agent_graph.role import Role
from agent_graph.roles import BY_NAME, ROLES
from agent_graph.roles.python_pro import python_files
from agent_graph.state import RunState
from agent_graph.workspace import Workspace
from agent_graph.writing import code, contribution, formatting

DATA = Path(__file__).resolve().parents[2] / "evals" / "data" / "telco_churn.csv"
WHY = 'it """tells""" more \\" than # either; import os'
PER_MONTH = """import numpy as np


def per_month(total, months):
    # nobody pays for no month
    return total / np.where(months > 0, months, np.nan)
"""
DERIVED = Slot(name="per_month", inputs=("total_charges", "tenure"), source=PER_MONTH, why=WHY)
RECENT = Slot(name="recent", inputs=("tenure",), source="def recent(tenure):\n    return tenure < 6\n", why=WHY)
COST = Slot(
    name="lost_charges",
    inputs=("monthly_charges",),
    source="def lost_charges(truth, predictions, charges):\n    return (charges * truth * predictions[:, 0]).sum()\n",
    why=WHY,
)
RULE = CustomRule(
    name="total_below_charge", inputs=("total_charges", "monthly_charges"), most=0.01, severity="warning", why=WHY,
    source="def total_below_charge(total, monthly):\n    return total < 0.5 * monthly\n",
)  # fmt: skip
TESTS = ExtraTests(
    name="months", why=WHY, source="def test_a_year_has_months() -> None:\n    assert len(range(12)) == 12\n"
)


@pytest.fixture(scope="module")
def designed(tmp_path_factory: pytest.TempPathFactory) -> RunState:
    """The six playbooks' designs for the example's data."""
    home = tmp_path_factory.mktemp("designed")
    context = Context(home / "run", home / "cache", Workspace(home / "project", home / "run"))
    context.folder.mkdir()
    specification = Specification(name="telco-churn", statement="Which customers will leave?", data=(str(DATA),))
    heard = understanding.understand(specification, context)
    profile, reading = heard.profile, heard.reading
    profile, problem = understanding.frame(specification, profile, reading, context.emit)
    state: RunState = {"specification": specification, "profile": profile, "problem": problem, "tries": 1}
    state |= understanding.found(specification, profile, problem, context, reading)  # type: ignore[assignment]
    for role in ROLES:
        state[role.writes] = role.playbook(inputs_of(role, state))  # type: ignore[literal-required]
    return state


def inputs_of(role: Role, state: RunState) -> Any:
    """What the role reads."""
    return role.reads(**{key: state[key] for key in role.reads.model_fields if key in state})


def changed(state: RunState, name: str, **fields: object) -> RunState:
    """The same run with other fields in one role's design, which its rule accepts."""
    role = BY_NAME[name]
    design = state[role.writes].model_copy(update=fields)  # type: ignore[literal-required]
    role.rule(design, inputs_of(role, state))
    return {**state, role.writes: design}  # type: ignore[misc]


def rendered(state: RunState) -> dict[str, str]:
    """Every file of the project."""
    return formatting.formatted(
        {path: text for role in ROLES for path, text in contribution.files_of(role, state).items()}
    )


def test_without_code_of_its_own_a_project_shows_no_trace_of_it(designed: RunState) -> None:
    files = rendered(designed)
    assert not [path for path in files if "custom" in path or "derived" in path or "extra" in path]
    words = ("custom_rules", "custom_slices", "custom_metrics", "derived.py", "Derived", "FUNCTIONS")
    assert not [(path, word) for path, text in files.items() for word in words if word in text]


def test_the_contract_keeps_its_version_as_long_as_it_has_no_code(designed: RunState) -> None:
    data = designed["data"]
    assert "custom_rules" in data.model_dump_json()
    with_rule = changed(designed, "data_engineer", custom_rules=(RULE,))["data"]
    assert data.fingerprint() != with_rule.fingerprint()
    assert data.fingerprint()[:12] in rendered(designed)["config/data.yaml"]


def test_code_of_every_kind_is_rendered_clean_and_named(designed: RunState) -> None:
    state = changed(designed, "data_engineer", custom_rules=(RULE,))
    state = changed(state, "data_scientist", derived=(DERIVED,), custom_slices=(RECENT,), custom_metrics=(COST,))
    state = changed(state, "python_pro", unit_tests=(TESTS,))
    files = rendered(state)
    source = "src/telco_churn/"
    for path, words in (
        (source + "features/derived.py", "# nobody pays for no month"),
        (source + "features/pipeline.py", '"derived": Derived'),
        (source + "features/definition.py", "inspect.getsource"),
        (source + "data/custom_rules.py", "total < 0.5 * monthly"),
        (source + "data/validate.py", "*custom_breaches(frame)"),
        (source + "problem/custom_slices.py", '"recent": (recent, ("tenure",))'),
        (source + "problem/judgement.py", "groups(frame)"),
        (source + "problem/custom_metrics.py", '"lost_charges": (lost_charges, ("monthly_charges",))'),
        (source + "evaluation/evaluate.py", "custom_scores(frame, truth, predictions)"),
        ("docs/features.md", "`per_month`"),
        ("docs/data.md", "`total_below_charge`"),
        ("tests/unit/features/test_derived.py", "def test_other_code_is_another_version"),
        ("tests/unit/data/test_custom_rules.py", "beyond_the_bar"),
        ("tests/unit/test_extra_months.py", "def test_a_year_has_months"),
    ):
        assert words in files[path], path
    assert yaml.safe_load(files["config/features.yaml"])["features"][-1]["columns"] == ["total_charges", "tenure"]
    assert yaml.safe_load(files["config/data.yaml"])["custom_rules"][0]["most"] == 0.01
    python = {path: text for path, text in files.items() if path.endswith(".py")}
    assert formatting.complaints(python) == []
    for text in python.values():
        ast.parse(text)


@pytest.mark.parametrize("task_column", ["total_charges", "contract"])
def test_only_some_of_the_code_is_rendered_clean_too(designed: RunState, task_column: str) -> None:
    slot = Slot(name="known", inputs=(task_column,), source="def known(one):\n    return one == one\n", why="")
    for field in ("derived", "custom_slices"):
        files = rendered(changed(designed, "data_scientist", **{field: (slot,)}))
        assert formatting.complaints({path: text for path, text in files.items() if path.endswith(".py")}) == []


SCIENTIST, ENGINEER, PRO = "data_scientist", "data_engineer", "python_pro"


def named(slot: Slot, name: str) -> Slot:
    """The same function under another name."""
    return slot.model_copy(update={"name": name, "source": slot.source.replace(slot.name, name)})


def with_source(slot: Slot, old: str, new: str) -> Slot:
    """The same slot with another source."""
    return slot.model_copy(update={"source": slot.source.replace(old, new)})


def of(slot: Slot, *columns: str) -> Slot:
    """The same slot with other inputs."""
    return slot.model_copy(update={"inputs": columns})


def edit(path: str) -> Edit:
    """An edit that leaves next to nothing."""
    return Edit(path=path, source="x = 1\n", why="")


@pytest.mark.parametrize(
    ("role", "field", "piece", "words"),
    [
        (SCIENTIST, "derived", of(DERIVED, "churn", "tenure"), "'churn' cannot be an input: it is the target"),
        (SCIENTIST, "derived", of(DERIVED, "wage", "tenure"), "'wage' cannot be an input: there is no such column"),
        (SCIENTIST, "derived", named(DERIVED, "tenure"), "takes that name"),
        (SCIENTIST, "derived", with_source(DERIVED, "np.nan", "open"), r"open\(\) isn't allowed"),
        (SCIENTIST, "derived", DERIVED.model_copy(update={"why": "{{ x }}"}), r"derived\[0\].why holds '{{'"),
        (SCIENTIST, "custom_slices", of(RECENT, "churn"), "it is the target"),
        (SCIENTIST, "custom_slices", named(RECENT, "female"), "name of a slice's column"),
        (SCIENTIST, "custom_metrics", with_source(COST, "(truth, predictions", "(predictions, truth"), "is called as"),
        (ENGINEER, "custom_rules", of(RULE, "churn", "monthly_charges"), "it is the target"),
        (ENGINEER, "custom_rules", RULE.model_copy(update={"most": 0.9}), "from 0 to 0.2"),
        (ENGINEER, "custom_rules", named(RULE, "min_rows"), "name of a kind of rule"),
        (PRO, "unit_tests", TESTS.model_copy(update={"source": "import socket\n" + TESTS.source}), "import of socket"),
        (PRO, "edits", edit("src/telco_churn/serving/app.py"), "no such file yet"),
        (PRO, "edits", edit("src/telco_churn/training/folds.py"), "folds is gone"),
        (PRO, "edits", edit("../folds.py"), "leaves the project"),
    ],
)
def test_a_rule_says_what_is_wrong_with_the_code(
    designed: RunState, role: str, field: str, piece: object, words: str
) -> None:
    with pytest.raises(DesignRejected, match=words):
        changed(designed, role, **{field: (piece,)})


def test_every_file_of_the_project_may_stay_as_it_is(designed: RunState) -> None:
    files = python_files(designed["hardening"], inputs_of(BY_NAME["python_pro"], designed))
    assert "src/telco_churn/features/pipeline.py" in files
    edits = [Edit(path=path, source=text, why="") for path, text in files.items() if "src/" in path or "unit" in path]
    assert len(edits) > 60
    state = changed(designed, "python_pro", edits=tuple(edits))
    assert rendered(state) == rendered(designed)
    changed(designed, "python_pro", edits=tuple(each for each in edits if each.path.endswith("/training/folds.py")))


def test_an_edit_is_committed_by_its_author_and_comes_back(tmp_path: Path) -> None:
    project = Workspace(tmp_path / "project", tmp_path / "record")
    project.create()
    project.commit("data_scientist", "ds <a@b.c>", "features", {"src/folds.py": "one\n", "src/own.py": "kept\n"})
    mine = {"pyproject.toml": "mine\n"}
    project.commit("python_pro", "pp <a@b.c>", "edit", {**mine, "src/folds.py": "two\n"}, edits=["src/folds.py"])
    assert (project.path / "src/folds.py").read_text() == "two\n"
    assert project.owned()["src/folds.py"] == "data_scientist"
    project.adopt("python_pro", "pp <a@b.c>", "found", {"config/found.json": "{}\n"})
    assert (project.path / "src/folds.py").read_text() == "two\n"
    project.commit("python_pro", "pp <a@b.c>", "playbook", mine, edits=[])
    assert (project.path / "src/folds.py").read_text() == "one\n"
    project.commit("python_pro", "pp <a@b.c>", "edit", {**mine, "src/folds.py": "two\n"}, edits=["src/folds.py"])
    project.commit("data_scientist", "ds <a@b.c>", "anew", {"src/folds.py": "three\n"})
    project.commit("python_pro", "pp <a@b.c>", "playbook", mine)
    assert (project.path / "src/folds.py").read_text() == "three\n"


def test_edits_are_whole_files(designed: RunState) -> None:
    change = Edit(path="src/telco_churn/errors.py", source="x = 1\r\n", why="")
    assert code.edits(designed["hardening"].model_copy(update={"edits": (change,)})) == {change.path: "x = 1\n"}
