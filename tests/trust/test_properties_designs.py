"""Whatever the columns are called and hold, the playbooks' answers keep their rules and render to files of data.

The names and values would call, import or define BOOM if they became code anywhere.
"""

from __future__ import annotations

import ast
import json
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from hypothesis import event, given
from hypothesis import strategies as st

from agent_graph import profiling
from agent_graph.artifacts import Artifact, Specification, manifest_for
from agent_graph.design import agent
from agent_graph.errors import BadInput
from agent_graph.intake import framing
from agent_graph.roles import ROLES
from agent_graph.state import RunState
from agent_graph.writing import contribution
from agent_graph.writing.formatting import formatted
from tests.trust.hostile import MARK, TEXTS, bounded

ROWS = 120
TASKS = ("binary", "multiclass", "regression")
IDENTIFIERS = {"id", "attr", "name", "arg", "asname", "module"}  # fields of syntax trees that hold names
QUOTED = (".py", ".yaml", ".yml", ".json", ".toml", ".md", ".html", ".ipynb")  # kinds in which a text may stand


@st.composite
def problems(draw: st.DrawFn) -> tuple[pl.DataFrame, str, str]:
    """A small table of hostile names and values, its target, and the task."""
    names = draw(st.lists(TEXTS, min_size=4, max_size=6, unique=True))
    task = draw(st.sampled_from(TASKS))
    levels = draw(st.lists(TEXTS, min_size=3, max_size=4, unique_by=str.strip))
    table: dict[str, list[object]] = {}
    for place, name in enumerate(names[1:]):
        kind = draw(st.sampled_from(("number", "level", "day")))
        table[name] = [_value(kind, k * (place + 3) % 37, levels) for k in range(ROWS)]
    classes = levels[: 2 if task == "binary" else 3]
    table[names[0]] = [k * 31 % 97 / 2 if task == "regression" else classes[k * 31 % len(classes)] for k in range(ROWS)]
    return pl.DataFrame(table), names[0], task


def _value(kind: str, number: int, levels: list[str]) -> object:
    if kind == "number":
        return number / 4
    return levels[number % len(levels)] if kind == "level" else f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d}"


def designed(table: pl.DataFrame, target: str, task: str, folder: Path) -> RunState:
    """Every role's playbook, one after the other; each must keep its rule."""
    path = folder / "table.parquet"
    table.write_parquet(path)
    wishes = {"target": target, "task": task, "statement": f"Predict it. {MARK}", "name": "hostile"}
    specification = Specification.model_validate({**wishes, "data": (str(path),)})
    profile = profiling.profile([str(path)])
    problem = framing.frame(specification, profile)
    suspects = framing.find_suspects(specification, profile, problem.target, problem.task)
    state: Any = {
        "specification": specification, "profile": profile.model_copy(update={"suspects": suspects}),
        "problem": problem, "manifest": manifest_for("hostile"),
    }  # fmt: skip
    for role in ROLES:
        inputs = role.reads(**{key: state[key] for key in role.reads.model_fields if key in state})
        design: Artifact = agent.playbook(role, inputs)
        role.rule(design, inputs)
        assert role.returns.model_validate_json(design.model_dump_json()) == design
        state[role.writes] = design
    return state  # type: ignore[no-any-return]


def fault(path: str, text: str) -> str | None:
    """What is wrong with a rendered file; None when it parses and the mark is nowhere but in quoted text."""
    if path.endswith(".py"):
        for node in ast.walk(ast.parse(text)):
            for field in IDENTIFIERS & set(node._fields):
                if MARK in str(getattr(node, field) or ""):
                    return f"{MARK} is a name in line {getattr(node, 'lineno', '?')}"
    elif (
        path.endswith((".yaml", ".yml")) and "/templates/" not in path
    ):  # those of Helm are YAML when Helm has filled them
        list(yaml.safe_load_all(text))
    elif path.endswith(".toml"):
        tomllib.loads(text)
    elif path.endswith((".json", ".ipynb")):
        json.loads(text)
    elif not path.endswith(QUOTED) and any(MARK in line.split("#")[0] for line in text.splitlines()):
        return f"{MARK} stands outside of a comment"
    return None


@bounded(6)
@given(problems())
def test_hostile_names_and_values_stay_data_in_every_rendered_file(problem: tuple[pl.DataFrame, str, str]) -> None:
    table, target, task = problem
    with tempfile.TemporaryDirectory() as folder:
        try:
            state = designed(table, target, task, Path(folder))
        except BadInput as error:
            event(f"refused: {str(error)[:40]}")
            return
    files: dict[str, str] = {}
    for role in ROLES:
        files |= contribution.files_of(role, state)
    event("rendered")
    assert any(MARK in text for path, text in files.items() if path.endswith(".py"))  # or nothing was tried
    found = [f"{path}: {wrong}" for path, text in files.items() if (wrong := fault(path, text))]
    found += [
        f"{path}: after formatting, {wrong}" for path, text in formatted(files).items() if (wrong := fault(path, text))
    ]
    assert found == []


def test_a_name_that_became_code_would_be_seen() -> None:
    assert fault("a.py", f"x = 1\n{MARK}()\n")
    assert fault("a.py", f"import {MARK}\n")
    assert fault("Makefile", f"all:\n\t{MARK}\n")
    assert fault("a.py", f"x = '{MARK}()'  # {MARK}\n") is None
