"""A project's lock holds what its parts ask for, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agent_graph.artifacts import Chosen, Stack
from agent_graph.context import Context
from agent_graph.roles import ROLES
from agent_graph.sandbox import packages as listed
from agent_graph.writing import packages


def test_a_lock_holds_the_packages_and_all_that_they_ask_for() -> None:
    cut = packages.lock(["pandas", "PyTest_Cov"])
    assert {"pandas", "numpy", "python-dateutil", "pytest-cov", "pytest", "coverage"} <= set(listed.locked(cut))
    assert not {"fastapi", "mlflow", "catboost", "graphviz"} & set(listed.locked(cut))
    assert "coverage[toml]==" in cut, "extras are asked for as before"


def test_who_asks_for_a_package_and_was_cut_away_is_no_longer_said() -> None:
    cut = packages.lock(["typer"])
    assert "#   typer" in cut or "# via typer" in cut
    assert "fastapi" not in cut


def test_without_catboost_what_only_catboost_asks_for_is_gone() -> None:
    names = {kind: {each.key for each in packages.runtime((kind,), Stack())} for kind in ("lightgbm", "catboost")}
    light, cat = (set(listed.locked(packages.lock(names[kind]))) for kind in ("lightgbm", "catboost"))
    assert {"catboost", "graphviz"} <= cat
    assert not {"catboost", "graphviz"} & light


def test_what_runs_is_locked_apart_from_what_only_tests_need() -> None:
    stack = Stack()
    run, dev = ([each.key for each in of] for of in (packages.runtime(("linear",), stack), packages.dev(stack)))
    whole, part = (listed.locked(packages.lock(roots)) for roots in ([*run, *dev], run))
    assert part.items() < whole.items()
    assert {"pytest", "mypy", "ruff", "pandas-stubs", "coverage"} <= whole.keys() - part.keys()
    assert {"mlflow", "fastapi", "matplotlib"} <= part.keys()
    assert packages.lock(run).endswith(packages.lock(run, head=""))


def test_what_is_shipped_is_the_smaller_lock_and_the_whole_where_an_older_version_wrote_one() -> None:
    def shipped(**files: str) -> object:
        workspace = SimpleNamespace(owned=lambda: files, text=files.__getitem__)
        asked: Any = SimpleNamespace(workspace=workspace, cell=lambda lock: lock)
        return Context.shipped(asked)

    assert shipped(**{"requirements.lock": "all", "requirements-run.lock": "some"}) == "some"
    assert shipped(**{"requirements.lock": "all"}) is None
    assert {role.name for role in ROLES if role.shipped} == {"mlops", "observability"}


def test_the_whole_lock_is_cut_to_itself() -> None:
    roots = [each.key for each in (*packages.runtime(tuple(packages.MEMBERS), Stack()), *packages.dev(Stack()))]
    cut, again = packages.lock(roots), packages.lock(set(listed.locked(packages.lock(roots))))
    assert listed.locked(cut) == listed.locked(again)


def test_the_same_packages_are_cut_out_once() -> None:
    assert packages.lock(["typer", "Pandas"]) is packages.lock(("pandas", "typer"))
    assert packages.lock(["typer", "pandas"], head="") is packages.lock(["pandas", "typer"], head="")


def test_a_package_that_the_whole_lock_does_not_hold_is_named() -> None:
    with pytest.raises(KeyError, match="left-pad"):
        packages.lock(["left-pad"])


def test_an_option_brings_its_packages() -> None:
    stack = Stack(chosen=(Chosen(choice="serving", option="fastapi", confidence=1.0, reason="said"),))
    assert {"fastapi", "uvicorn"} <= {each.key for each in packages.runtime((), stack)}
    assert "httpx" in {each.key for each in packages.dev(stack)}
