"""What the host computes of answers, beside what a generated project computes of the same: written apart, and equal."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from agent_graph import register
from agent_graph.artifacts import Stack, Target
from agent_graph.kind import InvalidPredictions, Kind
from agent_graph.writing import rendering

BUILT = [kind for kind in register.kinds().values() if kind.built]
CLASSES = {"two": ("no", "yes"), "several": ("a", "b", "c", "d")}


def target_of(kind: Kind) -> Target:
    """A column that such a problem asks for."""
    classes = () if kind.numeric else CLASSES["two"] if kind.event else CLASSES["several"]
    return Target(column="answer", rule="as_is", threshold=None, values=(), classes=classes)


def drawn(kind: Kind, seed: int, rows: int = 120) -> tuple[Any, Any]:
    """Random truth and random answers; every class is there."""
    rng = np.random.default_rng(seed)
    classes = len(target_of(kind).classes)
    if classes:
        return np.arange(rows) % classes, rng.dirichlet(np.ones(classes), rows)
    truth = rng.poisson(3, rows) if kind.counts else rng.gamma(3, 20, rows)
    return truth.astype(float), rng.gamma(3, 20, rows)


def generated(kind: Kind, metric: str) -> Any:
    """The module of a project's metrics, as it would be written for that one."""
    target = target_of(kind)
    problem = SimpleNamespace(task=kind.name, metric=metric, target=target, top_k=None, rows=120, unit="row")
    place = "src/__package__/problem/metrics.py.jinja"
    *_, folder = (one for one in rendering.folders("data_scientist", Stack(), kind) if (one.path / place).is_file())
    template = rendering.for_files().get_template(f"{folder.name}/{place}")
    features = SimpleNamespace(metric=metric, secondary_metrics=[])
    space: dict[str, Any] = {"__name__": "metrics"}
    exec(template.render(problem=problem, features=features, kind=kind), space)  # noqa: S102  # our own template
    return SimpleNamespace(**space)


@pytest.mark.parametrize(
    ("kind", "metric"),
    [(kind, each.name) for kind in BUILT for each in kind.measured],
    ids=lambda one: getattr(one, "name", one),
)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("alike", [1, 10])
def test_host_and_project_compute_the_same_of_the_same_answers(kind: Kind, metric: str, seed: int, alike: int) -> None:
    truth, answer = drawn(kind, seed)
    answer = answer.repeat(alike, axis=0)[: len(truth)]  # so many rows get the same one
    theirs, ours = generated(kind, metric), kind.metric(metric)
    assert math.isclose(theirs.score(truth, answer), ours.score(truth, answer), rel_tol=1e-12)
    assert ours.higher_is_better == theirs.HIGHER_IS_BETTER


@pytest.mark.parametrize("kind", BUILT, ids=lambda kind: kind.name)
def test_no_metric_likes_noise_better_than_the_truth(kind: Kind) -> None:
    truth, answer = drawn(kind, 0)
    classes = len(target_of(kind).classes)
    right = np.eye(classes)[truth] if classes else truth
    for metric in kind.measured:
        assert metric.gain(metric.score(truth, right), metric.score(truth, answer)) > 0, metric.name


@pytest.mark.parametrize("kind", BUILT, ids=lambda kind: kind.name)
def test_a_file_of_what_is_answered_is_read_back_and_an_unsound_one_is_refused(kind: Kind) -> None:
    target = target_of(kind)
    _, answer = drawn(kind, 0)
    if target.classes:
        said = {f"p_{k}": list(map(repr, map(float, answer[:, k]))) for k in range(len(target.classes))}
        said["prediction"] = [target.classes[k] for k in answer.argmax(axis=1)]
    else:
        said = {"prediction": list(map(repr, map(float, answer)))}
    table = pl.DataFrame(said)
    assert set(kind.shape.columns(target)) == set(table.columns)
    assert np.array_equal(kind.shape.read(table, target), answer)
    for name in table.columns:
        broken = table.with_columns(
            pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("inf")).otherwise(name).alias(name)
        )
        with pytest.raises(InvalidPredictions):
            kind.shape.read(broken, target)


@pytest.mark.parametrize("kind", BUILT, ids=lambda kind: kind.name)
def test_answers_that_know_the_truth_stand_far_above_chance(kind: Kind) -> None:
    target, (truth, answer) = target_of(kind), drawn(kind, 0)
    labels = np.array([target.classes[k] for k in truth], dtype=object) if target.classes else truth
    right = (np.eye(len(target.classes))[truth] if target.classes else truth).reshape(len(truth), -1)
    signal = kind.shape.signal
    best = signal.score(*signal.ranked(target, labels, right))
    chance = signal.score(*signal.ranked(target, labels, answer.reshape(len(truth), -1)))
    assert best > chance + signal.fair


@pytest.mark.parametrize(
    ("classes", "values"),
    [(("-1.0", "0.0", "1.0"), [-1.0, 0.0, 1.0]), (("1", "2", "12345678"), [1.0, 2.0, 12345678.0]),
     (("0.25", "0.5"), [0.25, 0.5]), (("1e3", "2e3"), [1000.0, 2000.0])],
)  # fmt: skip
@pytest.mark.parametrize(
    "kind", [kind for kind in BUILT if not kind.numeric and not kind.event], ids=lambda one: one.name
)
def test_classes_that_are_numbers_are_called_as_their_file_writes_them(
    kind: Kind, classes: tuple[str, ...], values: list[float]
) -> None:
    target = Target(column="answer", rule="as_is", threshold=None, values=(), classes=classes)
    problem, data = SimpleNamespace(target=target), SimpleNamespace(target=SimpleNamespace(dtype="float"))
    place = "rows.labels.jinja"
    (template,) = [
        rendering.for_files().from_string((each / place).read_text("utf-8"))
        for each in kind.shape.folder.rglob("joints") if (each / place).is_file()
    ]  # fmt: skip
    space: dict[str, Any] = {"pd": pd}
    exec(template.render(problem=problem, data=data), space)  # noqa: S102  # our own template
    named = space["labels"](pd.Series([*values, 7.0, np.nan]))
    assert [*named[: len(values)]] == [*classes]
    assert named.iloc[-2] == "7", "an unknown one is the contract's business"
    assert pd.isna(named.iloc[-1])
