"""A new model needs a reason, and must hold its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from made_up import near, truths

from telco_churn.config import load
from telco_churn.errors import QualityGateFailed
from telco_churn.monitoring import decay, retrain
from telco_churn.monitoring.reference import Reference, sketch_predictions
from telco_churn.monitoring.retrain import look
from telco_churn.problem.answers import watched
from telco_churn.problem.metrics import HIGHER_IS_BETTER

BETTER = 0.05 if HIGHER_IS_BETTER else -0.05


class Trained:
    """A champion as far as triggers ask before there are new rows."""

    trained_rows = 1000


def reference(trained: datetime) -> Reference:
    score = decay.PromisedScore.model_construct(metric="score", value=0.8, spread=0.01, rows=500, constant=0.5)
    return Reference(
        created=datetime.now(UTC).isoformat(),
        model_version="1",
        data_digest="d",
        trained_at=trained.isoformat(),
        rows=1000,
        batches=[],
        columns={},
        predictions=sketch_predictions(watched(near(truths(0)))),
        score=score,
        kpi=0.2,
    )


def fired(triggers: list) -> set[str]:
    return {trigger.kind for trigger in triggers if trigger.fired}


def test_nothing_new_and_a_young_model_give_no_reason(rows) -> None:
    assert fired(look(rows(10)[:0], Trained(), reference(datetime.now(UTC)))) == set()


def test_an_old_model_is_a_reason(rows) -> None:
    days = next(entry["threshold"] for entry in load("monitoring")["retraining"] if entry["kind"] == "age_days")
    assert "age_days" in fired(look(rows(10)[:0], Trained(), reference(datetime.now(UTC) - timedelta(days=days + 1))))


@pytest.mark.parametrize(("gain", "wins"), [(BETTER, True), (-BETTER, False)])
def test_the_better_one_wins_beyond_the_spread(gain: float, wins: bool) -> None:
    assert retrain.verdict("new rows", 100, 0.8, 0.8 + gain, 0.01).wins is wins


@pytest.mark.parametrize(("when", "wins"), [("not_worse", True), ("better", False)])
def test_who_wins_a_tie_stands_in_the_configuration(when: str, wins: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(load("training"), "promote_when", when)
    assert retrain.verdict("new rows", 100, 0.8, 0.8, 0.01).wins is wins


def test_a_candidate_that_fails_its_own_evaluation_is_refused() -> None:
    def evaluate() -> None:
        raise QualityGateFailed("below the threshold")

    won = retrain.verdict("new rows", 100, 0.8, 0.8 + BETTER, 0.01)
    assert retrain.refusal(won, evaluate) == "below the threshold"
    assert retrain.refusal(won, dict) is None


def test_the_spread_of_identical_predictions_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrain, "RESAMPLES", 10)
    truth = truths(60)
    predicted = near(truth)
    assert retrain.paired_spread(truth, predicted, predicted) == 0
