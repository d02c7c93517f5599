"""The examples of the page on the Python API run as they stand, and LangGraph's server finds the graph."""

from __future__ import annotations

import doctest
import importlib.util
import json
from pathlib import Path
from typing import Any

import agent_graph
from agent_graph.runner import Outcome
from agent_graph.settings import settings
from tests.revise.conftest import STATEMENT, Measured

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_on_the_python_api_says_what_happens(home: Path, data: Path, measured: Measured) -> None:
    page = (ROOT / "docs" / "python_api.md").read_text("utf-8")
    examples = doctest.DocTestParser().get_doctest(page, {}, "python_api.md", None, 0)
    said: list[str] = []
    failed, tried = doctest.DocTestRunner().run(examples, out=said.append)
    assert tried > 10
    assert not failed, "".join(said)


def test_every_name_of_the_api_can_be_had() -> None:
    assert all(getattr(agent_graph, name) is not None for name in agent_graph.__all__)


def test_langgraph_s_server_finds_a_graph_that_runs_on_plain_json(home: Path, data: Path, measured: Measured) -> None:
    (named,) = json.loads((ROOT / "langgraph.json").read_text("utf-8"))["graphs"].values()
    path, _, name = named.rpartition(":")
    spec = importlib.util.spec_from_file_location("served", ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    graph = getattr(module, name)
    assert "observability_gate" in graph.get_graph().nodes
    given = {"name": "served", "statement": STATEMENT, "data": [str(data)], "target": "churn", "budget_s": 5}
    done = graph.invoke({"specification": given}, {"recursion_limit": 150}, version="v2").value
    assert Path(done["report"]).is_file()
    assert Path(done["report"]).is_relative_to(settings().projects.absolute())


def test_reports_and_runs_show_themselves_in_a_notebook(made: Outcome) -> None:
    assert "proven" in made._repr_html_()
    assert "customers" in made.run._repr_html_()
