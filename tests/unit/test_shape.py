"""The shape of the house: numbers that may only fall. Lower one here when it has fallen; none is ever raised."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import grimp
import pytest

import agent_graph
from agent_graph.resources import VERSION

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "agent_graph"
MOST_ROOT_FILES = 12  # `kind`, `option` and `register` came with their wings: that is all of the plan
MOST_KIND_QUESTIONS = 7  # places of the package that ask which kind of problem it is
MOST_IN_TEMPLATES = 172
KINDS = re.compile(r"""is_classification|["'](?:binary|multiclass|regression)["']|\btask\s*[!=]=\s*["']count["']""")


def circles(edges: dict[str, set[str]]) -> list[set[str]]:
    """Sets of more than one node that all reach each other (Tarjan 1972, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []
    for start in edges:
        work = [(start, iter(sorted(edges[start])))] if start not in index else []
        while work:
            node, left = work[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                stack.append(node)
            for other in left:
                if other not in index:
                    work.append((other, iter(sorted(edges[other]))))
                    break
                if other in stack:
                    low[node] = min(low[node], low[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    place = stack.index(node)
                    found.append(set(stack[place:]))
                    del stack[place:]
    return [each for each in found if len(each) > 1]


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [{"a", "b", "c"}]
    assert circles({"a": {"b"}, "b": set()}) == []


@pytest.mark.parametrize(("package", "least"), [("agent_graph", 300), ("evals", 80)])
def test_no_modules_import_each_other_in_a_circle(package: str, least: int) -> None:
    graph = grimp.build_graph(package, exclude_type_checking_imports=False)
    assert len(graph.modules) > least
    assert circles({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}) == []


def test_the_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert agent_graph.__version__ == VERSION == project["version"]


def test_the_root_of_the_package_gets_no_more_files() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_ROOT_FILES


@pytest.mark.parametrize(
    ("folders", "ending", "most"),
    [(["agent_graph"], "*.py", MOST_KIND_QUESTIONS), (["templates", "agent_graph"], "*.jinja", MOST_IN_TEMPLATES)],
)
def test_no_more_places_ask_which_kind_of_problem_it_is(folders: list[str], ending: str, most: int) -> None:
    """A kind's own folder may name it; "count" alone is also a unit, so it is counted beside the others' names only."""
    files = [
        path for folder in folders for path in (ROOT / folder).rglob(ending) if PACKAGE / "kinds" not in path.parents
    ]
    assert 0 < sum(len(KINDS.findall(path.read_text("utf-8"))) for path in files) <= most
