"""Kinds of problem: found by their folders, told from others, named in a clear line where they aren't built."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import agent_graph.kinds
from agent_graph import profiling, register
from agent_graph.artifacts import Specification
from agent_graph.errors import BadInput, NotBuiltYet
from agent_graph.intake import framing
from agent_graph.intake.by_model.naming import schema
from agent_graph.intake.reading import read
from agent_graph.intake.specifying import specify
from agent_graph.telling import readings

STUB = """
from agent_graph.kind import Kind

KIND = Kind(
    name="layering",
    many="questions of which layer lies on which",
    asked=lambda text, profile: "strata" in text,
    built=False,
    remedy="ask how deep each one lies, and add --task regression",
)
"""
ASKED = "In which order do the strata lie in a core?"


@pytest.fixture
def layering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A kind of problem that nobody heard of, as a folder among the others."""
    folder = tmp_path / "more" / "layering"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(STUB, "utf-8")
    monkeypatch.setattr(agent_graph.kinds, "__path__", [*agent_graph.kinds.__path__, str(folder.parent)])
    register.kinds.cache_clear()
    yield "layering"
    sys.modules.pop("agent_graph.kinds.layering", None)
    register.kinds.cache_clear()


@pytest.fixture
def cores(tmp_path: Path) -> str:
    """A table of drilled cores."""
    rng = np.random.default_rng(0)
    table = {"depth": rng.normal(9, 2, 120).round(2), "grain": rng.choice(["fine", "coarse", "mixed"], 120)}
    pl.DataFrame(table).write_csv(tmp_path / "cores.csv")
    return str(tmp_path / "cores.csv")


def test_the_kinds_are_the_folders() -> None:
    folders = {path.parent.name for path in Path(agent_graph.kinds.__file__).parent.glob("*/__init__.py")}
    assert set(register.kinds()) == folders - {register.SHAPES}
    assert all(kind.name == name for name, kind in register.kinds().items())


def test_a_metric_points_the_same_way_wherever_it_judges() -> None:
    for kind in register.kinds().values():
        for metric in kind.measured:
            assert metric.higher_is_better == register.metrics()[metric.name].higher_is_better


def test_a_kind_that_is_built_says_by_what_it_is_judged() -> None:
    for kind in register.kinds().values():
        assert bool(kind.metrics) == kind.built == (kind.refusal == "")
        assert len({metric.name for metric in kind.measured}) == len(kind.measured)


def test_a_folder_more_is_a_kind_more(layering: str) -> None:
    assert layering in register.kinds()
    assert layering in schema().model_json_schema()["properties"]["task"]["enum"]
    with pytest.raises(BadInput, match=r"task 'sing' is unknown; there are binary, .*layering"):
        specify("Who leaves?", (__file__,), options={}, name="some", task="sing")


def test_it_is_read_where_its_own_words_and_data_ask_it(layering: str, cores: str) -> None:
    specification = Specification(name="cores", statement=ASKED, data=(cores,))
    reading = read(specification, profiling.profile((cores,)))
    assert reading.task == layering
    assert readings.unbuilt(reading) == (
        "questions of which layer lies on which aren't built yet: ask how deep each one lies, and add --task regression"
    )


def test_it_is_read_where_it_is_asked_by_name(layering: str, cores: str) -> None:
    specification = Specification(name="cores", statement="How deep is it?", data=(cores,), task=layering)
    profile = profiling.profile((cores,))
    assert read(specification, profile).task == layering
    with pytest.raises(NotBuiltYet, match=r"which layer lies on which aren't built yet"):
        framing.frame(specification, profile)


def test_without_its_folder_nobody_knows_it(cores: str) -> None:
    reading = read(Specification(name="cores", statement=ASKED, data=(cores,)), profiling.profile((cores,)))
    assert reading.task != "layering"


@pytest.mark.parametrize(
    ("words", "name"),
    [("PR AUC", "pr_auc"), ("AUC; also show log loss", "roc_auc"), ("log loss; also show AUC", "log_loss")],
)
def test_the_metric_that_a_statement_names_first_judges(words: str, name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = {"tenure": rng.integers(0, 60, 120), "churn": rng.choice(["Yes", "No"], 120)}
    pl.DataFrame(table).write_csv(tmp_path / "members.csv")
    data = (str(tmp_path / "members.csv"),)
    asked = Specification(name="m", statement=f"Which members churn? We are judged by {words}.", data=data)
    assert framing.frame(asked, profiling.profile(data)).metric == name
