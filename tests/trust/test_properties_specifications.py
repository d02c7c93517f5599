"""Any text in any wish gives a specification or one line, never anything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent_graph.artifacts import Specification
from agent_graph.cli.wishes import KNOWN, gather
from agent_graph.errors import BadInput
from agent_graph.intake.specifying import specify
from tests.trust.hostile import ATTACKS, bounded, clear

ANY = st.one_of(st.text(max_size=40), st.sampled_from(ATTACKS), st.just(""), st.text("\ud800\udfffa", max_size=4))
WORDS = st.one_of(ANY, st.sampled_from(("binary", "regression", "roc_auc", "rmse", "churn", "random", "docker")))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "customers.csv"
    path.write_text("a,b\n1,2\n")
    return str(path)


@bounded(300)
@given(
    ANY | st.just("Which customers will leave?"),
    st.none() | ANY,
    st.dictionaries(st.sampled_from(("split", "keep", "platform", "x")) | ANY, ANY, max_size=2),
    st.dictionaries(st.sampled_from(("target", "task", "metric", "time_column", "group_column")), WORDS, max_size=3),
    st.floats() | st.sampled_from((1.0, 60.0)),
    st.integers() | st.sampled_from((0, 7)),
)
def test_any_wish_is_a_specification_or_one_line(
    table: str,
    statement: str,
    name: str | None,
    options: dict[str, str],
    wishes: dict[str, str],
    budget: float,
    seed: int,
) -> None:
    try:
        made = specify(statement, (table,), options=options, name=name, budget_s=budget, seed=seed, **wishes)
    except BadInput as error:
        sound = clear(error)
    else:
        sound = Specification.model_validate_json(made.model_dump_json()) == made and _plain(made.name)
    assert sound


def _plain(name: str) -> bool:
    return bool(name) and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@bounded(200)
@given(ANY)
def test_any_path_is_there_or_refused(path: str) -> None:
    with pytest.raises(BadInput):
        specify("Which customers will leave?", (f"/nowhere/{path}",), options={}, name="x")


@bounded(300)
@given(st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=6), PLAIN, max_size=5) | PLAIN)
def test_any_specification_file_is_understood_or_refused_in_one_line(tmp_path: Path, table: str, document: Any) -> None:
    path = tmp_path / "wish.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert _gathered(path, table)


@bounded(300)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: json.dumps({"statement": text}).encode()))
def test_any_bytes_as_a_specification_file_are_understood_or_refused(
    tmp_path: Path, table: str, content: bytes
) -> None:
    path = tmp_path / "wish.yaml"
    path.write_bytes(content)
    assert _gathered(path, table)


def _gathered(path: Path, table: str) -> bool:
    """Whether the file becomes a specification, or its fault is said as a person may be told."""
    try:
        wishes = gather(path, data=[table], options=None)
        options, budget = wishes.pop("options"), wishes.pop("budget_s", 60.0)
        given_name, statement = wishes.pop("name", None), wishes.pop("statement")
        data = tuple(wishes.pop("data"))
        specify(statement, data, options=options, name=given_name, budget_s=budget, **wishes)
    except BadInput as error:
        return clear(error)
    return True
