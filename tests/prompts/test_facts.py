"""What prompts say exists does exist: checks, options, fields, rows of the coverage page, bounds, runbooks, metrics."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from agent_graph import register
from agent_graph.artifacts import ROLE_NAMES, RoleName, Stack
from agent_graph.resources import resource
from agent_graph.roles import BY_NAME, ROLES
from agent_graph.roles.ml_engineer.playbook.parameters import PARAMETERS
from agent_graph.roles.observability import runbooks
from tests.prompts.conftest import Desk

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "generated" / "telco-churn"


@pytest.mark.parametrize("name", ROLE_NAMES)
def test_every_check_that_the_example_measured_is_told_to_its_owner(telco: Desk, name: str) -> None:
    report = json.loads((EXAMPLE / "reports" / "execution_report.json").read_text("utf-8"))
    checks = [check for role in report["roles"] for check in role["gate"]["checks"]] + report["proof"]["checks"]
    measured = {check["name"] for check in checks if check["owner"] == name}
    assert len(measured) > 8
    held = [BY_NAME[name].checks, *(each.checks for each in register.held_to(name, Stack()))]
    assert measured <= {check for checks in held for check in checks}
    task = telco.prompt(name).task
    assert all(f"`{check}`: {told.line}" in task for checks in held for check, told in checks.items())


def test_every_check_that_is_told_is_measured_somewhere() -> None:
    house = ROOT / "agent_graph"
    files = [*(house / "measuring").glob("*.py"), *(house / "roles").glob("*/checks/*.py")]
    files += [*(house / "proof").glob("*.py"), *(house / "options").rglob("*.py")]
    source = "\n".join(path.read_text("utf-8") for path in files)

    def made(name: str) -> bool:
        if f'"{name}"' in source:
            return True
        stem = name.removeprefix("proof_") if name.startswith("proof_") else name.removesuffix("_runs")
        return stem != name and f'"{stem}"' in source

    held = (*ROLES, *register.choices().values(), *register.options().values())
    assert not [check for each in held for check in each.checks if not made(check)]


@pytest.mark.parametrize("name", ROLE_NAMES)
def test_the_options_that_the_role_s_files_depend_on_are_told_and_no_others(telco: Desk, name: RoleName) -> None:
    task = telco.prompt(name).task
    told = {option.choice for option in register.chosen(Stack()) if f"`{option.choice}`: {option.name}, " in task}
    assert told == register.seen_by(name)


@pytest.mark.parametrize("name", ROLE_NAMES)
def test_every_field_of_the_design_is_explained(telco: Desk, name: str) -> None:
    task = telco.prompt(name).task
    standing = task[: task.index("# Your task")]
    fields = set(BY_NAME[name].returns.model_fields) - {"decisions", "seed"}
    assert not [field for field in fields if not re.search(rf"`[^`]*\b{field}\b[^`]*`", standing)]


@pytest.mark.parametrize("name", ROLE_NAMES)
def test_every_row_of_the_coverage_page_is_among_the_deliverables_starred_where_nothing_is_built(name: str) -> None:
    page = (ROOT / "docs" / "coverage.md").read_text("utf-8")
    section = page.split(f"## {name.replace('_', '-')}\n")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:4]] for line in section.splitlines() if line.startswith("|")]
    wanted = {row: shown.startswith("**not yet**") for cell, _, shown in cells for row in _rows(cell)}
    text = (resource("prompts") / name / "system.md.jinja").read_text("utf-8")
    lines = re.findall(r"^- ([A-Z]\d+(?:(?:–|, )[A-Z]\d+)*)(\*?) ", text, re.MULTILINE)
    assert len(wanted) > 10
    assert {row: bool(star) for cell, star in lines for row in _rows(cell)} == wanted


def _rows(cell: str) -> set[str]:
    """`K1–K4` names four rows, `K6, K7` two."""
    span = re.fullmatch(r"([A-Z])(\d+)–[A-Z](\d+)", cell)
    if span:
        return {f"{span[1]}{n}" for n in range(int(span[2]), int(span[3]) + 1)}
    return set(re.findall(r"[A-Z]\d+", cell))


def test_the_bounds_of_parameters_are_those_of_the_rule(telco: Desk) -> None:
    task = telco.prompt("ml_engineer").task
    for kind, bounds in PARAMETERS.items():
        told = re.search(rf"bounds of parameters.*\b{kind}: (.*?)(?:\. [a-z]+: |$)", task + "\n", re.MULTILINE)
        assert told, kind
        ranges = dict(re.findall(r"(\w+) (-?[0-9][^ ,]*)", told[1]))
        assert {name: ranges.get(name) for name in bounds} == {
            name: f"{low:g}..{high:.7g}" for name, (low, high) in bounds.items()
        }


def test_the_runbooks_and_metrics_are_those_of_the_project(telco: Desk) -> None:
    task = telco.prompt("observability").task
    standing = task[: task.index("# Your task")]
    told = standing[standing.index("`runbook` is one of: ") :].split("\n")[0].removeprefix("`runbook` is one of: ")
    assert tuple(told.split(", ")) == runbooks()
    prefix = telco.known["manifest"].metric_prefix
    named = re.findall(rf"{prefix}([a-z_]+)", " ".join(alert.expression for alert in telco.known["monitoring"].alerts))
    written = "\n".join(p.read_text("utf-8") for p in (EXAMPLE / "monitoring").rglob("*") if p.is_file())
    named += re.findall(rf"\b{prefix}([a-z_]+)", written)
    assert not [name for name in set(named) if not re.search(rf"\b{name}\b", standing)]


def test_briefs_name_fields_that_the_designs_have() -> None:
    briefs = tomllib.loads((resource("prompts") / "_shared" / "brief.toml").read_text("utf-8"))
    designs = {role.writes: role.returns for role in ROLES}
    assert set(briefs) == set(designs) - {"monitoring"}
    for name, told in briefs.items():
        assert set(told["plain"]) | set(told["lists"]) <= set(designs[name].model_fields), name


def test_every_role_has_its_prompt_files() -> None:
    folders = {path.name for path in resource("prompts").iterdir() if path.is_dir()}
    assert folders == {*ROLE_NAMES, "_shared", "intake"}
    for name in (*ROLE_NAMES, "intake"):
        files = {path.name for path in (resource("prompts") / name).iterdir()}
        own = {"which_column.system.md.jinja", "which_column.task.md.jinja"} if name == "intake" else set()
        assert files - own == {"system.md.jinja", "task.md.jinja"}
