"""The shape of the generated project: a few files at the top, nine rooms below, arrows down only, no circle."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Specification, manifest_for
from agent_graph.intake import framing
from agent_graph.measuring import layout
from agent_graph.roles import ROLES
from agent_graph.writing import contribution

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "generated" / "telco-churn"
PACKAGE = "telco_churn"
SOURCES = EXAMPLE / "src" / PACKAGE
TOP = {"__init__", "__main__", "cli", "config", "errors", "log"}
# from the ground up: a room may import from those before it
ROOMS = ("data", "problem", "features", "models", "registry", "training", "serving", "evaluation", "monitoring")
MOST_MODULES = 60  # of the example, without the rooms' own __init__; may only fall (one came in for the cycle)
MOST_ANYWHERE = 62  # of any kind, with side tables, texts and dates; may only fall (the same one)
MOST_LINES = 220


Modules = dict[str, str]  # text by dotted name below the package


def modules_of(files: Mapping[str, str], package: str) -> Modules:
    """The modules among a project's files."""
    own = {PurePosixPath(path) for path in files if path.startswith(f"src/{package}/") and path.endswith(".py")}
    return {".".join(path.with_suffix("").parts[2:]): files[path.as_posix()] for path in own}


def imports(text: str, package: str, known: Collection[str]) -> set[str]:
    """The project's modules that a module names, wherever in it: inside functions and for types, too."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == package:
            place = node.module.removeprefix(package).lstrip(".")
            named = {".".join(filter(None, (place, alias.name))) for alias in node.names}
            found |= {name if name in known else place for name in named}
    return found & set(known)


def graph_of(modules: Modules, package: str) -> dict[str, set[str]]:
    """What each module imports of the others."""
    return {name: imports(text, package, modules) - {name} for name, text in modules.items()}


def upward(graph: Mapping[str, set[str]]) -> list[str]:
    """Imports from rooms that lie above, or of the command line."""
    return [
        f"{name} -> {other}"
        for name, others in graph.items()
        if (room := name.split(".")[0]) in ROOMS
        for other in sorted(others)
        if other.split(".")[0] in ROOMS[ROOMS.index(room) + 1 :] or other in ("cli", "__main__")
    ]


@pytest.fixture(scope="module")
def example() -> Modules:
    """The modules of the committed example."""
    paths = sorted(SOURCES.rglob("*.py"))
    return modules_of({path.relative_to(EXAMPLE).as_posix(): path.read_text("utf-8") for path in paths}, PACKAGE)


KINDS = ("binary", "multiclass", "regression", "count")


def shop(kind: str, folder: Path) -> Modules:
    """The modules of a project with dates, texts, a side table of one row a key, and one of many."""
    rng = np.random.default_rng(0)
    numbers, keys = np.arange(300), [f"k{k % 60}" for k in range(300)]
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=int(k)) for k in numbers]
    words = ["box", "van", "rain", "night", "road", "lost", "slow", "torn", "door", "street"]
    answers = {
        "binary": np.where(rng.random(300) < 0.3, "yes", "no"),
        "multiclass": rng.choice(["road", "rail", "sea", "air"], 300),
        "regression": rng.normal(100, 17, 300).round(3),
        "count": rng.poisson(3, 300),
    }
    notes = [" ".join(rng.choice(words, 12)) for _ in numbers]
    amounts = rng.gamma(2, 9, 300).round(2)
    tables = {
        "orders": pl.DataFrame(
            {"account": keys, "placed": days, "amount": amounts, "note": notes, "goal": answers[kind]}
        ),
        "accounts": pl.DataFrame({"account": keys[:60], "size": rng.integers(1, 99, 60)}),
        "visits": pl.DataFrame({"account": keys, "seen": days, "spent": rng.gamma(2, 3, 300).round(2)}),
    }
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv")
    paths = tuple(str(folder / f"{name}.csv") for name in tables)
    specification = Specification(
        name="shop", statement="Predict the goal of each order.", data=paths, target="goal", task=kind
    )
    profile = profiling.profile(list(paths))
    assert len(profile.joins) == 2
    state: Any = {
        "specification": specification,
        "profile": profile,
        "problem": framing.frame(specification, profile),
        "manifest": manifest_for("shop"),
    }
    for role in ROLES:
        state[role.writes] = role.playbook(role.reads(**{k: state[k] for k in role.reads.model_fields if k in state}))
    return modules_of(
        {path: text for role in ROLES for path, text in contribution.files_of(role, state).items()}, "shop"
    )


@pytest.fixture(scope="module")
def with_side_tables(tmp_path_factory: pytest.TempPathFactory) -> Modules:
    """Of a yes/no question."""
    return shop("binary", tmp_path_factory.mktemp("shop"))


def counted(modules: Modules) -> int:
    """Modules without the rooms' own __init__."""
    return sum(not name.endswith("__init__") for name in modules)


def test_the_top_holds_the_six_files_that_every_room_stands_on_and_nine_rooms() -> None:
    assert {path.stem for path in SOURCES.glob("*.py")} == TOP
    assert {path.name for path in SOURCES.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(ROOMS)
    assert all((SOURCES / room / "__init__.py").is_file() for room in ROOMS)


def test_rooms_import_from_rooms_below_only(example: Modules, with_side_tables: Modules) -> None:
    assert upward(graph_of(example, PACKAGE)) == []
    assert upward(graph_of(with_side_tables, "shop")) == []


def test_no_two_modules_know_each_other_in_a_circle(example: Modules, with_side_tables: Modules) -> None:
    assert "data.side_tables" in with_side_tables
    for modules, package in ((example, PACKAGE), (with_side_tables, "shop")):
        graph = graph_of(modules, package)
        assert sum(map(len, graph.values())) > 200
        TopologicalSorter(graph).prepare()  # CycleError names the circle


def test_the_number_of_modules_only_falls_and_none_is_long(example: Modules) -> None:
    assert counted(example) <= MOST_MODULES
    assert [name for name, text in example.items() if text.count("\n") > MOST_LINES] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_problem_needs_many_modules_more(kind: str, tmp_path: Path) -> None:
    modules = shop(kind, tmp_path)
    assert {"data.side_tables", "features.text", "monitoring.vocabulary"} <= modules.keys()
    assert counted(modules) <= MOST_ANYWHERE
    assert upward(graph_of(modules, "shop")) == []
    TopologicalSorter(graph_of(modules, "shop")).prepare()


def test_unit_tests_lie_in_the_rooms_of_what_they_test() -> None:
    folders = {path.parent.relative_to(EXAMPLE / "tests" / "unit").as_posix() for path in EXAMPLE.rglob("unit/**/*.py")}
    assert folders - {"."} <= set(ROOMS)
    beside = {path.stem for path in (EXAMPLE / "tests" / "unit").glob("test_*.py")}
    assert beside <= {"test_commands", "test_config", "test_log"}


@pytest.mark.parametrize(
    "module",
    [layout.CLI, layout.CONFIG, layout.INGEST, layout.COLUMNS, layout.LABELS, layout.FEATURES, layout.REGISTRY,
     layout.FOLDS, layout.SERVICE, layout.CANARY],
)  # fmt: skip
def test_what_checks_ask_for_is_where_the_layout_says(module: str) -> None:
    assert (EXAMPLE / layout.path(PACKAGE, module)).is_file()


def test_own_functions_have_their_templates_where_the_layout_says() -> None:
    for module in layout.OWN_FUNCTIONS.values():
        place = f"src/__package__/{module.replace('.', '/')}.py.jinja"
        assert list((ROOT / "templates").glob(f"*/common/{place}")), place
