"""The shape of the house: numbers that may only fall. Lower one here when it has fallen; none is ever raised."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import grimp
import jinja2
import pytest
from jinja2 import nodes

import agent_graph
from agent_graph import register
from agent_graph.resources import VERSION

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "agent_graph"
MOST_ROOT_FILES = 12  # `kind`, `option` and `register` came with their wings: that is all of the plan
MOST_KIND_QUESTIONS = 4  # places of the package that ask which kind of problem it is
MOST_IN_TEMPLATES = 3
FACTS = ("is_classification", "task", "classes")  # of a problem, its target: which kind it is, by another name
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


def asking(nodes_of: jinja2.nodes.Template) -> list[str]:
    """The conditions of a template that ask which kind of problem it is, or a fact that only tells kinds apart.

    Counted are `{% if %}`, `{% elif %}`, `{{ … if … }}` and filtered loops, also by way of a name that was set to such
    a fact. Which way a metric points (`kind.metric(…)`) is a fact of metrics. Text that a fact brings, as in
    `{{ kind.name }}`, decides nothing.
    """
    names, answers = {"kind"}, set(FACTS)  # a template may have a `kind` of its own: of a split, of a rule
    bound = [one.target for one in nodes_of.find_all((nodes.Assign, nodes.For))]
    bound += [each for one in nodes_of.find_all(nodes.Macro) for each in one.args]
    names -= {
        one.name for target in bound for one in (target, *target.find_all(nodes.Name)) if isinstance(one, nodes.Name)
    }
    for one in nodes_of.find_all(nodes.Assign):
        if isinstance(one.target, nodes.Name) and _asks(one.node, names, answers):
            answers.add(one.target.name)
    tests = [one.test for one in nodes_of.find_all((nodes.If, nodes.CondExpr))]
    tests += [one.test for one in nodes_of.find_all(nodes.For) if one.test is not None]
    return [repr(test) for test in tests if _asks(test, names, answers)]


def _asks(expression: nodes.Node, names: set[str], answers: set[str]) -> bool:
    inside = [expression, *expression.find_all(nodes.Node)]
    metrics = {id(one.node) for one in inside if isinstance(one, nodes.Getattr) and one.attr == "metric"}
    return any(
        (isinstance(one, nodes.Name) and one.name in (names | answers) and id(one) not in metrics)
        or (isinstance(one, nodes.Getattr) and one.attr in FACTS)
        for one in inside
    )


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("{{ kind.name }} {{ kind.watching.value | capitalize }}", 0),
        ("{% if kind.name == 'binary' %}{% endif %}", 1),
        ("{% if problem.top_k %}{% elif kind.shape.strata and problem.top_k %}{% endif %}", 1),
        ("{{ 'a' if problem.target.classes else 'b' }}", 1),
        ("{% set top = kind.event and problem.top_k %}{% if top %}{% endif %}{{ 'x' if top }}", 2),
        ("{% if problem.task == 'count' or problem.is_classification %}{% endif %}", 1),
        ("{% set kind = problem.split.kind %}{% if kind == 'time' %}{% endif %}", 0),
        ("{{ '>' if kind.metric(problem.metric).higher_is_better else '<' }}", 0),
        ("{% for one in many if kind.counts %}{% endfor %}", 1),
    ],
)
def test_a_question_is_counted_however_it_is_put(text: str, questions: int) -> None:
    assert len(asking(jinja2.Environment(autoescape=True).parse(text))) == questions


def test_no_more_places_ask_which_kind_of_problem_it_is() -> None:
    """A kind's own folder may name it; "count" alone is also a unit, so it is counted beside the others' names only."""
    files = [path for path in PACKAGE.rglob("*.py") if PACKAGE / "kinds" not in path.parents]
    assert 0 < sum(len(KINDS.findall(path.read_text("utf-8"))) for path in files) <= MOST_KIND_QUESTIONS


def test_templates_hardly_ask_which_kind_of_problem_it_is() -> None:
    """What all answers of a shape share is no kind's own: templates of `kinds/shapes` are counted, too."""
    folders = (ROOT / "templates", PACKAGE, ROOT / "prompts")
    own = [PACKAGE / "kinds" / name for name in register.kinds()]
    files = [path for folder in folders for path in folder.rglob("*.jinja") if not any(o in path.parents for o in own)]
    assert len(files) > 300
    found = [
        f"{path.relative_to(ROOT)}: {each}"
        for path in files
        for each in asking(jinja2.Environment(trim_blocks=True, autoescape=True).parse(path.read_text("utf-8")))
    ]
    assert len(found) <= MOST_IN_TEMPLATES, "\n".join(found)
