"""Evidence for a reading: pieces of a statement, words by their letters, columns, scores from named numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Specification
from agent_graph.errors import BadInput
from agent_graph.intake.evidence.letters import abbreviates, alike, fold, spelled_out
from agent_graph.intake.evidence.segments import segments
from agent_graph.intake.reading import read
from agent_graph.intake.scorer.opinion import Opinion, Scene
from agent_graph.intake.scorer.weighing import Scorer
from agent_graph.intake.scorer.weights import fitted

STATEMENT = (
    "We run a gym. Age, plan and visits are known when somebody joins. Which members will cancel their contract? "
    "The refund is only paid afterwards, so leave it out."
)


@pytest.fixture
def members(tmp_path: Path) -> Path:
    """300 members of a gym, with a refund that only those get who cancelled."""
    rng = np.random.default_rng(3)
    gone = rng.random(300) < 0.4
    table = pl.DataFrame({
        "member_no": np.arange(300) + 71_000, "age": rng.integers(18, 70, 300), "plan": rng.choice(["a", "b"], 300),
        "visits": rng.poisson(5, 300), "cancelled": np.where(gone, "yes", "no"),
        "refund": np.where(gone, rng.integers(5, 90, 300), 0),
    })  # fmt: skip
    path = tmp_path / "members.csv"
    table.write_csv(path)
    return path


def test_a_statement_is_cut_at_sentences_lists_and_turns_and_no_word_is_lost() -> None:
    text = "Dr. Smith asks: who will leave? We know age, e.g. in years (and the plan they took); the rest comes later."
    pieces = [piece.text for piece in segments(text)]
    assert pieces[:2] == ["Dr. Smith asks", "who will leave?"]
    assert sorted("".join(pieces).replace(" ", "")) == sorted(sign for sign in text if sign not in " :;()")


@pytest.mark.parametrize(
    ("short", "words", "least"),
    [
        ("wks", "weeks paid", 0.6),
        ("lbw", "low birth weight", 0.8),
        ("medv", "median value", 0.5),
        ("xyz", "weeks", 0.0),
    ],
)
def test_abbreviations_are_told_by_their_letters(short: str, words: str, least: float) -> None:
    found = abbreviates(short, words.split())
    assert found >= least
    assert (found == 0.0) == (least == 0.0)


def test_words_meet_without_accents_capitals_and_endings() -> None:
    assert fold("GRÖSSE") == fold("grosse")
    assert alike("kundigung", "kundigungen") > 0.8
    assert alike("price", "prison") < 0.5
    assert spelled_out("SoldForEUR_2024") == "sold for eur 2024"


def test_a_scorer_adds_steps_and_weights_and_misses_no_evidence() -> None:
    scorer = Scorer.of({"constant": 1.0, "trees": [["a", 0.5, -1.0, ["b", 2.0, 0.25, 0.75]]], "linear": {"b": 0.1}})
    assert scorer.logits({"a": np.array([0.0, 1.0, 1.0]), "b": np.array([1.0, 1.0, 3.0])}).tolist() == pytest.approx(
        [0.1, 1.35, 2.05]
    )
    with pytest.raises(KeyError):
        scorer.logits({"a": np.array([1.0])})


def test_the_fitted_weights_ask_for_no_evidence_that_is_not_measured(members: Path) -> None:
    opinion = Opinion(Scene(STATEMENT, profiling.profile((str(members),))), fitted())
    assert Scorer.of(fitted()["target"]).names() <= set(opinion.evidence)
    assert Scorer.of(fitted()["bar"]).names() <= set(opinion.bar_evidence(4, ()))
    assert Scorer.of(fitted()["event"]).names() <= set(opinion.event_evidence(4))
    assert Scorer.of(fitted()["doubt"]).names() <= set(opinion.doubt_evidence(1.0, 1.0, np.zeros(5)))


def test_probabilities_of_a_reading_add_up_and_the_same_words_read_alike(members: Path) -> None:
    profile = profiling.profile((str(members),))
    one, other = (Opinion(Scene(STATEMENT, profile), fitted()) for _ in range(2))
    assert one.targets.sum() == pytest.approx(1.0)
    assert one.tasks(4).sum() == pytest.approx(1.0)
    assert sum(sure for _, sure in one.events(4)) == pytest.approx(1.0)
    assert one.targets.tolist() == other.targets.tolist()
    assert len(one.kinds) == len(one.tasks(0))


@pytest.fixture
def reading(members: Path) -> Callable[..., object]:
    """Read the members' file."""

    def run(statement: str = STATEMENT, **wishes: object) -> object:
        words = {"name": "gym", "statement": statement, "data": (str(members),), **wishes}
        return read(Specification.model_validate(words), profiling.profile((str(members),)))

    return run


def test_a_named_target_is_read_with_its_event_and_what_only_comes_afterwards_is_out(
    reading: Callable[..., object],
) -> None:
    found = reading(target="cancelled")
    assert (found.target, found.task, found.positive, found.asks) == ("cancelled", "binary", "yes", ())  # type: ignore[attr-defined]
    out = {each.column: each.why for each in found.never}  # type: ignore[attr-defined]
    assert set(out) >= {"member_no", "refund"}
    assert "afterwards" in out["refund"]
    assert not {"age", "plan", "visits"} & set(out)


def test_a_column_that_is_kept_by_name_stays(reading: Callable[..., object]) -> None:
    found = reading(target="cancelled", options=({"key": "keep", "value": "refund"},))
    assert "refund" not in {each.column for each in found.never}  # type: ignore[attr-defined]


def test_every_piece_of_the_statement_is_accounted_for(reading: Callable[..., object]) -> None:
    found = reading()
    assert [entry.words for entry in found.ledger] == [piece.text for piece in segments(STATEMENT)]  # type: ignore[attr-defined]
    assert json.loads(found.model_dump_json())["ledger"]  # type: ignore[attr-defined]


def test_a_reading_that_is_not_sure_enough_asks_and_ranks_what_could_be_meant(reading: Callable[..., object]) -> None:
    found = reading("Make something useful of it.")
    assert found.confidence < float(fitted()["taken_from"])  # type: ignore[attr-defined]
    assert 1 <= len(found.asks) <= 3  # type: ignore[attr-defined]
    sure = [each.confidence for each in found.alternatives]  # type: ignore[attr-defined]
    assert sure == sorted(sure, reverse=True)
    assert len(sure) >= 3


def test_an_unknown_target_is_refused_with_the_nearest_names(reading: Callable[..., object]) -> None:
    with pytest.raises(BadInput, match=r"'canceled'.*'cancelled'"):
        reading(target="canceled")
