"""Every option keeps the shape; what isn't chosen leaves no trace in a project: no word, no file, no package."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from itertools import product
from pathlib import Path

import grimp
import pytest

from agent_graph import register
from agent_graph.artifacts import Setting
from agent_graph.option import Option
from agent_graph.options import conform
from agent_graph.sandbox import packages as listed
from agent_graph.state import RunState
from agent_graph.writing import contribution, packages
from tests.options.conftest import Project

LOCK, RUN = "requirements.lock", "requirements-run.lock"
OURS = [pytest.param(o, id=f"{o.choice}={o.name}") for o in register.options().values() if not o.origin]
FASTAPI = register.options()["serving", "fastapi"]


@pytest.mark.parametrize("option", OURS)
def test_an_option_keeps_the_shape(option: Option) -> None:
    assert conform.check(option) == ()


@pytest.mark.parametrize("option", OURS)
def test_its_files_render_and_can_be_parsed(option: Option, designs: RunState) -> None:
    conform.rendered(option, contribution.render_context(designs))


@pytest.mark.parametrize("choice", register.choices())
def test_a_choice_has_its_default_and_an_owner(choice: str) -> None:
    assert register.named(choice)[0] == register.choices()[choice].default
    assert (choice, register.choices()[choice].default) in register.options()


def test_an_option_knows_the_conformance_of_its_own_choice_only() -> None:
    graph = grimp.build_graph("agent_graph", exclude_type_checking_imports=False)
    shared = [
        module
        for module in graph.modules
        if module.startswith(f"{register.OPTIONS}.") and module.endswith(".conformance")
    ]
    assert shared
    for module in shared:
        for asker in graph.find_modules_that_directly_import(module):
            assert f"{asker}.".startswith(module.removesuffix("conformance")), f"{asker} asks {module}"


def stacks() -> list[dict[str, str]]:
    """Stacks in which every two options of different choices meet at least once, the defaults first."""
    names = {choice: register.named(choice) for choice in register.choices()}
    found: list[dict[str, str]] = []
    for first, second in product(names, names):
        for one, other in product(names[first], names[second]):
            if first < second and not any(s[first] == one and s[second] == other for s in found):
                found.append({**{choice: options[0] for choice, options in names.items()}, first: one, second: other})
    return found


@pytest.mark.parametrize("stack", stacks(), ids=lambda stack: ",".join(stack.values()))
def test_what_is_not_chosen_leaves_no_trace(stack: dict[str, str], project: Project) -> None:
    files = project(**stack)
    assert len(files) > 100
    declared, locked = installed(files)
    assert locked == set(listed.locked(packages.lock(declared))), "more is installed than what was chosen asks for"
    run = listed.locked(files[RUN]).keys()
    assert run < locked
    assert not {"pytest", "mypy", "ruff", "coverage"} & run
    locks = {
        LOCK,
        RUN,
        *(path for path in files if path.startswith("environments/")),
    }  # others' packages may share them
    texts = {path: text for path, text in files.items() if path not in locks}
    chosen = [register.options()[each] for each in stack.items()]
    for option in register.options().values():
        if stack[option.choice] == option.name:
            missing = [word for word in option.traces if not any(word in f"{p}\n{t}".lower() for p, t in files.items())]
            assert not missing, f"{option.name} brings none of its own words"
            continue
        own = [word for word in option.traces if not any(word in other.traces for other in chosen)]
        found = [f"{path}: {word}" for path, text in texts.items() for word in own if word in f"{path}\n{text}".lower()]
        assert found == []
        asked = {each.key for other in chosen for each in (*other.packages, *other.dev_packages)}
        assert not {each.key for each in option.packages if each.key not in asked} & declared


def installed(files: dict[str, str]) -> tuple[set[str], set[str]]:
    """The packages that a project asks for by name, and all that it is installed with."""
    project = tomllib.loads(files["pyproject.toml"])["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return {re.split(r"[<>=~!\[; ]", each)[0] for each in asked}, set(listed.locked(files[LOCK]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Fast API"}, "is no word of"),
        ({"choice": "colour"}, "there is no choice 'colour'"),
        ({"line": "two\nlines"}, "one line"),
        ({"name": "other", "words": ("MLflow",)}, "'MLflow' is tracking=mlflow's already"),
        ({"needs": frozenset({"teleport"})}, "needs teleport, which no option gives"),
        ({"folder": Path("/nowhere")}, "isn't there"),
        ({"packages": (Setting(key="left-pad", value=">=1"),)}, "doesn't hold left-pad"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, object], words: str) -> None:
    faults = conform.check(replace(FASTAPI, **change))  # type: ignore[arg-type]
    assert any(words in fault for fault in faults), faults


def test_a_folder_that_nobody_knows_is_told(tmp_path: Path) -> None:
    for name in ("files/janitor/x.txt", "files/mlops/src/a.py", "joints/nowhere.jinja", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    faults = " · ".join(conform.check(replace(FASTAPI, name="other", words=(), folder=tmp_path)))
    for words in ("files/janitor is no role", "a.py ends in .py", "joints/nowhere.jinja", "holds notes.txt"):
        assert words in faults
