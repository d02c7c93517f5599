"""The decision is judged at the share that is acted upon: hits beside simpler ways, and ties are said as ties."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import DecisionScore, Specification
from agent_graph.intake import framing, sealing
from agent_graph.measuring.baseline import baseline
from agent_graph.measuring.deciding import Way, decided, ranked
from agent_graph.measuring.predictions import Answer
from agent_graph.measuring.thumb import acted, best_rule, hits
from agent_graph.telling.words import decision_rows, decision_words

ROWS, SHARE = 1_000, 0.1
CAME = (np.random.default_rng(0).random(ROWS) < 0.3).astype(np.float64)
NOISE = np.random.default_rng(1).normal(size=ROWS)


def score(*ways: Way, came: np.ndarray = CAME, share: float = SHARE, **more: Any) -> DecisionScore:
    """The ways judged on made-up rows, random picks the last of them."""
    found = ranked([*ways, Way("random", "as many picked at random", np.zeros(len(came)))], came, share, **more)
    return DecisionScore(
        top_k=500, table_rows=5_000, rows=len(came), acted=acted(len(came), share), rate=float(came.mean()), ways=found
    )


def problem(**kinds: str) -> Any:
    return SimpleNamespace(features=[SimpleNamespace(name=name, kind=kind) for name, kind in kinds.items()])


def test_hits_are_counted_among_the_highest_and_ties_are_shared_as_by_chance() -> None:
    came, scores = np.array([1.0, 0.0, 1.0, 0.0]), np.array([4.0, 3.0, 2.0, 1.0])
    assert [hits(came, scores, share) for share in (0.25, 0.5, 0.75, 1.0)] == [1.0, 1.0, 2.0, 2.0]
    assert hits(came, np.zeros(4), 0.5) == 1.0  # what random picks bring
    assert hits(came, np.array([1.0, 1.0, 0.0, 0.0]), 0.25) == 0.5


def test_a_project_that_ranks_well_is_better_than_chance_and_than_a_weak_rule() -> None:
    project, rule = Way("project", "this project", CAME + 0.5 * NOISE), Way("rule", "age first", CAME + 9 * NOISE)
    judged = score(project, rule)
    own, thumb, chance = judged.ways
    assert (thumb.standing, chance.standing) == ("better", "better")
    assert chance.precision.value == pytest.approx(CAME.mean())
    assert chance.lift.value == pytest.approx(1.0)
    assert chance.captured.value == pytest.approx(SHARE)
    assert own.captured.value == pytest.approx(own.precision.value * 100 / CAME.sum())
    for estimate in (own.precision, own.lift, own.captured, thumb.precision):
        assert estimate.low < estimate.value <= estimate.high
    assert own.precision.high <= 1.0


def test_a_tie_is_said_as_a_tie_and_never_as_better() -> None:
    ordered = CAME + 1.5 * NOISE
    alike = ordered + 0.3 * np.random.default_rng(2).normal(size=ROWS)
    judged = score(Way("project", "this project", ordered), Way("baseline", "a line", alike))
    assert judged.ways[1].standing == "even"
    _, standing, measured = decision_words(judged)
    assert standing == (
        "That is better than as many picked at random; a tie with the plain baseline (the difference may be chance)."
    )
    assert measured == "Measured on the 100 highest of 1,000 sealed rows, a share as large."
    assert [row[-1] for row in decision_rows(judged)] == ["", "a tie", "the project is better"]


def test_a_project_that_is_worse_is_said_to_be_worse() -> None:
    judged = score(Way("project", "this project", -CAME + 0.1 * NOISE), Way("baseline", "a line", CAME + 0.1 * NOISE))
    assert [way.standing for way in judged.ways[1:]] == ["worse", "worse"]
    assert "worse than the plain baseline and as many picked at random" in decision_words(judged)[1]


def test_what_is_told_is_counted_in_the_number_acted_upon() -> None:
    judged = score(Way("project", "this project", CAME), Way("rule", "contract = \x1b[31mMonth first", CAME * 0))
    brings = decision_words(judged)[0]
    assert brings.startswith("Of the 500 highest of 5,000 rows, about 500 are hits (")
    assert f"Chosen otherwise: as many picked at random {500 * CAME.mean():.0f}, the best rule of thumb" in brings
    assert "\x1b" not in brings
    assert decision_words(None) == [] == decision_rows(None)


def test_few_rows_that_are_all_hits_are_no_certainty() -> None:
    came = np.zeros(60)
    came[:3] = 1.0
    judged = score(Way("project", "this project", came), came=came, share=0.05)
    assert judged.acted == 3
    assert judged.ways[0].precision.low < 0.5
    assert judged.ways[1].standing == "even"  # three hits more than none may be chance
    many = (np.arange(60) < 30).astype(np.float64)
    sure = score(Way("project", "this project", many), came=many, share=0.05).ways[0]
    assert sure.precision.value == 1.0
    assert (
        sure.precision.low < 0.5
    )  # whichever rows are drawn again, all three are hits: Wilson's interval still doubts
    assert sure.lift.low < 1.0


def test_rows_that_hang_together_make_the_interval_wider() -> None:
    groups = np.random.default_rng(3).random(50)
    came = np.repeat((groups < 0.3).astype(np.float64), 20)
    ordered = came + 0.8 * np.repeat(np.random.default_rng(4).normal(size=50), 20)
    alone, together = (
        score(Way("project", "this project", ordered), came=came, blocks=blocks).ways[0].precision
        for blocks in (None, np.repeat(np.arange(50), 20))
    )
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_the_rule_of_thumb_is_chosen_on_the_open_rows_alone() -> None:
    opened = pl.DataFrame({"age": CAME + NOISE, "size": NOISE})
    held = pl.DataFrame({"age": NOISE, "size": CAME})
    rule = best_rule(problem(age="number", size="number"), opened, CAME, held, SHARE)
    assert rule is not None
    assert rule.name == "highest age first"
    assert rule.held.tolist() == NOISE.tolist()
    turned = best_rule(problem(age="number"), opened.with_columns(-pl.col("age")), CAME, held, SHARE)
    assert turned is not None
    assert turned.name == "lowest age first"


def test_a_rule_may_be_a_level_but_not_one_of_a_few_lucky_rows() -> None:
    level = np.where(CAME * (NOISE < 1) + (NOISE > 1.2) > 0, "monthly", "yearly").astype(object)
    level[np.flatnonzero(CAME)[:2]] = "lucky"
    opened = pl.DataFrame({"contract": level})
    rule = best_rule(
        problem(contract="category"), opened, CAME, pl.DataFrame({"contract": ["monthly", "new", None]}), SHARE
    )
    assert rule is not None
    assert rule.name == "contract = monthly first"
    assert rule.held[0] > rule.held[1] == rule.held[2] == CAME.mean()


def test_numbers_that_are_missing_come_last_and_columns_that_tell_nothing_are_no_rule() -> None:
    opened = pl.DataFrame({"age": [None, 3.0, 2.0, 1.0], "one": [1.0] * 4})
    came = np.array([0.0, 1.0, 0.0, 0.0])
    rule = best_rule(problem(age="number"), opened, came, opened, 0.25)
    assert rule is not None
    assert rule.held[0] == -np.inf
    assert best_rule(problem(one="number", side="number"), opened, came, opened, 0.25) is None


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    """A sealed table of customers, of whom 100 in 1,000 are called and one row in fifty has no label."""
    labels = np.where(CAME > 0, "yes", "no").astype(object)
    labels[::50] = None
    table = pl.DataFrame(
        {
            "age": (50 + 5 * CAME + 3 * NOISE).round(2),
            "contract": np.where(NOISE > 0, "month", "year"),
            "left": labels.tolist(),
        }
    )
    table.write_csv(tmp_path / "customers.csv")
    statement = "Predict which customers leave, we call the 100 most at risk."
    specification = Specification(
        name="calls", statement=statement, data=(str(tmp_path / "customers.csv"),), target="left"
    )
    profile = profiling.profile([str(tmp_path / "customers.csv")])
    settled = framing.frame(specification, profile)
    assert settled.top_k == 100
    sealed = sealing.seal(specification, profile, settled, tmp_path / "sealed")
    return SimpleNamespace(profile=profile, problem=settled, sealed=sealed, cache=tmp_path / "cache")


def test_sealed_rows_are_judged_at_the_share_beside_a_rule_of_the_open_ones(bench: Any) -> None:
    labels = pl.read_parquet(bench.sealed.labels)["label"]
    truth = (labels == "yes").fill_null(value=False).to_numpy().astype(np.float64)
    answer = Answer(np.arange(len(truth)), np.column_stack([1 - truth, truth]))
    judged = decided(bench, answer, baseline(bench))
    assert judged is not None
    assert (judged.top_k, judged.table_rows, judged.rows) == (100, ROWS, labels.drop_nulls().len())
    assert judged.acted == round(0.1 * judged.rows)
    assert [way.kind for way in judged.ways] == ["project", "baseline", "rule", "random"]
    assert judged.ways[0].precision.value == 1.0
    assert judged.ways[2].name == "highest age first"
    assert judged.rate < judged.ways[2].precision.value <= 1.0


def test_where_nobody_acts_on_a_number_no_decision_is_judged(bench: Any) -> None:
    bench.problem = bench.problem.model_copy(update={"top_k": None})
    assert decided(bench, Answer(np.arange(1), np.zeros((1, 2))), baseline(bench)) is None
