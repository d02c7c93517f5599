"""Kinds of problem: found by their folders, told from others, named in a clear line where they aren't built."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import agent_graph.kinds
from agent_graph import profiling, register
from agent_graph.artifacts import Specification
from agent_graph.errors import BadInput, NotBuiltYet
from agent_graph.intake import framing, sealing
from agent_graph.intake.by_model.naming import schema
from agent_graph.intake.evidence.columns import SHAPES
from agent_graph.intake.reading import read
from agent_graph.intake.specifying import specify
from agent_graph.measuring.baseline import dummy
from agent_graph.measuring.metrics import score
from agent_graph.measuring.predictions import encoded
from agent_graph.prompting.statement import statement_prompt
from agent_graph.telling import readings

PARTS = """
from dataclasses import replace

from agent_graph.kind import Claim
from agent_graph.kinds.regression import KIND as AMOUNTS


def claim(column, said):
    held = column.storage == "float" and column.minimum >= 0 and column.maximum <= 1
    return Claim("part", 0.9, "numbers from 0 to 1") if held and "what part" in said.wish.lower() else None


def judged(text, column):
    return Claim("mae", 0.9, "parts are off by parts")


COLUMN = replace(AMOUNTS.column, takes=(), claim=claim)
KIND = replace(AMOUNTS, name="part", many="questions of what part", column=COLUMN, judged=judged)
"""
STUB = """
from agent_graph.kind import Kind

KIND = Kind(
    name="layering",
    line="which layer lies on which",
    many="questions of which layer lies on which",
    asked=lambda text, profile: "strata" in text,
    built=False,
    remedy="ask how deep each one lies, and add --task regression",
)
"""
ASKED = "In which order do the strata lie in a core?"


@pytest.fixture
def placed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], str]]:
    """Lay a kind of problem that nobody heard of as a folder among the others."""
    names: list[str] = []

    def place(name: str, text: str) -> str:
        folder = tmp_path / "more" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(text, "utf-8")
        monkeypatch.setattr(agent_graph.kinds, "__path__", [*agent_graph.kinds.__path__, str(folder.parent)])
        register.kinds.cache_clear()
        names.append(name)
        return name

    yield place
    for name in names:
        sys.modules.pop(f"agent_graph.kinds.{name}", None)
    register.kinds.cache_clear()


@pytest.fixture
def layering(placed: Callable[[str, str], str]) -> str:
    """A kind that isn't built."""
    return placed("layering", STUB)


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


def test_a_folder_more_is_a_kind_more(layering: str, cores: str) -> None:
    assert layering in register.kinds()
    prompt = statement_prompt(
        Specification(name="c", statement=ASKED, data=(cores,)), profiling.profile((cores,)), [ASKED]
    )
    assert "which layer lies on which is layering" in prompt.system
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


def test_a_folder_more_that_is_built_claims_its_questions_and_is_sealed_and_scored(
    placed: Callable[[str, str], str], tmp_path: Path
) -> None:
    placed("part", PARTS)
    rng = np.random.default_rng(0)
    size = rng.normal(9, 2, 120).round(2)
    sold = (1 / (1 + np.exp(-(size - 9) / 2)) + rng.normal(0, 0.02, 120)).clip(0, 1).round(3)
    pl.DataFrame({"size": size, "sold": sold}).write_csv(tmp_path / "lots.csv")
    data = (str(tmp_path / "lots.csv"),)
    asked = Specification(
        name="lots", statement="Tell us what part of each lot will be sold.", data=data, target="sold"
    )
    profile = profiling.profile(data)
    problem = framing.frame(asked, profile)
    assert (problem.task, problem.metric, problem.target.classes) == ("part", "mae", ())
    assert framing.frame(asked.model_copy(update={"statement": "Tell us the sold of a lot."}), profile).task != "part"
    sealed = sealing.seal(asked, profile, problem, tmp_path / "data")
    labels = pl.read_parquet(sealed.labels)["label"]
    truth = encoded(labels, problem)
    assert len(truth) == sealed.holdout_rows
    assert score(problem, problem.metric, truth, dummy(problem, truth, len(truth))) > 0


def test_kinds_ask_for_columns_of_shapes_that_there_are_and_never_for_the_same() -> None:
    taken = [shape for kind in register.kinds().values() for shape in kind.column.takes]
    assert set(taken) <= set(SHAPES)
    assert len(set(taken)) == len(taken)
