"""The plan of the house, held against the code."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_type_hints

import pytest

import agent_graph
from agent_graph.artifacts import ROLE_NAMES
from agent_graph.graph import build_graph
from agent_graph.role import Role
from agent_graph.roles import ROLES
from agent_graph.state import DESIGN_KEYS, RunState, gate_of
from agent_graph.writing import rendering

ROOT = Path(__file__).resolve().parents[2]


def test_the_picture_of_the_graph_is_the_graph() -> None:
    drawn = build_graph().get_graph().draw_mermaid()
    assert drawn == (ROOT / "docs" / "graph.mmd").read_text("utf-8"), "run `make graph` and read the difference"


def test_the_team_is_the_six_roles_in_order() -> None:
    assert tuple(role.name for role in ROLES) == ROLE_NAMES


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_writes_one_key_of_the_state_and_its_gate_another(role: Role) -> None:
    hints = get_type_hints(RunState)
    assert hints[role.writes] is role.returns
    assert gate_of(role.name) in hints


def test_no_two_roles_write_the_same_key() -> None:
    assert sorted(role.writes for role in ROLES) == sorted(DESIGN_KEYS)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_reads_only_designs_made_before_it(role: Role) -> None:
    before = {other.writes for other in ROLES[: ROLES.index(role)]}
    assert set(role.reads.model_fields) & set(DESIGN_KEYS) <= before


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_design_has_no_free_keys_and_no_defaults_so_that_a_strict_schema_can_hold_it(role: Role) -> None:
    text = rendering.to_json(role.returns.model_json_schema())
    for word in ('"additionalProperties": {', '"additionalProperties": true', '"prefixItems"', '"default"', '"oneOf"'):
        assert word not in text


def test_help_imports_nothing_heavy() -> None:
    heavy = (
        "langgraph",
        "langchain_core",
        "openai",
        "mlflow",
        "polars",
        "duckdb",
        "sklearn",
        "numpy",
        "matplotlib",
        "pydantic",
    )
    code = "import sys\nfrom agent_graph.cli import main\nsys.argv[1:] = ['--help']\n"
    code += "try: main()\nexcept SystemExit: pass\n"
    code += f"print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_no_command_waits_for_what_only_fitting_and_judging_need() -> None:
    heavy = ("sklearn", "scipy.stats", "scipy.optimize", "pandas", "matplotlib")
    code = f"import sys, agent_graph.runner\nprint([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_committed_file_names_a_registry_host() -> None:
    files = subprocess.run(
        ["git", "ls-files", "*.txt", "*.lock", "*.toml"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in files.stdout.split():
        assert "pypi.org" not in (ROOT / name).read_text("utf-8"), name
        assert "--index-url" not in (ROOT / name).read_text("utf-8"), name


def test_imports_go_down_only_and_nobody_knows_whom_it_must_not_know() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout[-3000:]
    written = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert f"{len(written)} kept, 0 broken" in found.stdout


def test_no_room_has_the_name_of_something_in_the_api() -> None:
    rooms = {path.parent.name for path in (ROOT / "agent_graph").glob("*/__init__.py")}
    rooms |= {path.stem for path in (ROOT / "agent_graph").glob("*.py")}
    assert not rooms & set(agent_graph.__all__), "once it is imported, the room would hide the function"
