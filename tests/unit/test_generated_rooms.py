"""The shape of the generated project: a few files at the top, nine rooms below, arrows down only, no circle."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from agent_graph.measuring import layout

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "generated" / "telco-churn"
PACKAGE = "telco_churn"
SOURCES = EXAMPLE / "src" / PACKAGE
TOP = {"__init__", "__main__", "cli", "config", "errors", "log"}
# from the ground up: a room may import from those before it
ROOMS = ("data", "problem", "features", "models", "registry", "training", "serving", "evaluation", "monitoring")
MOST_MODULES = 86  # without the rooms' own __init__; may only fall


def modules() -> dict[str, Path]:
    """Every module below the package, by its dotted name."""
    return {
        path.relative_to(SOURCES).with_suffix("").as_posix().replace("/", "."): path for path in SOURCES.rglob("*.py")
    }


def imports(path: Path) -> set[str]:
    """The project's modules that a module names, wherever in it: inside functions and for types, too."""
    known, found = modules(), set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            place = node.module.removeprefix(PACKAGE).lstrip(".")
            named = {".".join(filter(None, (place, alias.name))) for alias in node.names}
            found |= {name if name in known else place for name in named} & known.keys()
    return found


def test_the_top_holds_the_six_files_that_every_room_stands_on_and_nine_rooms() -> None:
    assert {path.stem for path in SOURCES.glob("*.py")} == TOP
    assert {path.name for path in SOURCES.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(ROOMS)
    assert all((SOURCES / room / "__init__.py").is_file() for room in ROOMS)


def test_rooms_import_from_rooms_below_only() -> None:
    upward = [
        f"{name} -> {other}"
        for name, path in modules().items()
        if (room := name.split(".")[0]) in ROOMS
        for other in imports(path)
        if other.split(".")[0] in ROOMS[ROOMS.index(room) + 1 :] or other in ("cli", "__main__")
    ]
    assert upward == []


def test_no_two_modules_know_each_other_in_a_circle() -> None:
    graph = {name: imports(path) - {name} for name, path in modules().items()}
    assert any(graph.values())
    TopologicalSorter(graph).prepare()  # CycleError names the circle


def test_the_number_of_modules_only_falls() -> None:
    assert len([name for name in modules() if not name.endswith("__init__")]) <= MOST_MODULES


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
