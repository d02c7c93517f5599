"""The online experiment: its size, and what is concluded from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from telco_churn import config
from telco_churn.errors import BadInput
from telco_churn.evaluation.experiment import analyse, holm, plan, sample_size, two_proportions

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.ENV_PREFIX + "ROOT", str(ROOT))
    config.reset()


def finished(change: float, worse: float = 0.0, share: float = 1.0) -> pd.DataFrame:
    """A finished experiment with the same luck in both arms: only `change` and `worse` make a difference."""
    design, random = plan(), np.random.default_rng(7)
    n = int(design["sample_size_per_arm"] * share)
    metric = design["primary_metric"]
    arm = np.repeat(["control", "treatment"], n)
    treated = arm == "treatment"
    outcome = (np.tile(random.random(n), 2) < metric["baseline"] + change * treated).astype(float)
    guardrails = {name: np.tile(random.normal(1.0, 0.5, n), 2) + worse * treated for name in design["guardrails"]}
    return pd.DataFrame({"arm": arm, "outcome": outcome, **guardrails})


def test_the_plan_is_as_large_as_its_formula_says() -> None:
    design = plan()
    metric = design["primary_metric"]
    size = sample_size(metric["std"], metric["minimum_effect"], design["alpha"], design["power"])
    assert size == design["sample_size_per_arm"]
    assert sample_size(1.0, 0.5, 0.05, 0.8) == 63  # Cohen 1988: medium effect, 63 per arm by the normal formula


def test_arms_that_answer_alike_to_the_last_unit_show_nothing() -> None:
    everyone = np.ones(20)
    assert two_proportions(everyone, everyone, 0.05) == (0.0, 0.0, 0.0, 1.0)


def test_a_large_effect_is_shown() -> None:
    change = -2 * plan()["primary_metric"]["minimum_effect"]
    verdict = analyse(finished(change))
    assert verdict.decision == "effect shown"
    assert verdict.low < change < verdict.high < 0
    assert verdict.p_value < 0.05


def test_a_large_move_the_wrong_way_is_harm_and_no_effect_to_be_proud_of() -> None:
    verdict = analyse(finished(2 * plan()["primary_metric"]["minimum_effect"]))
    assert verdict.decision.startswith("harm shown")
    assert verdict.low > 0


def test_the_plan_says_whether_there_are_units_enough() -> None:
    design = plan()
    metric, said = design["primary_metric"], design["feasibility"]
    assert said["units_needed"] == 2 * design["sample_size_per_arm"]
    assert said["feasible"] == (said["units_needed"] <= said["units_at_hand"])
    reachable = sample_size(metric["std"], said["detectable_effect"], design["alpha"], design["power"])
    assert 2 * reachable == pytest.approx(said["units_at_hand"], rel=2 / design["sample_size_per_arm"], abs=4)
    assert said["feasible"] == (said["detectable_effect"] <= metric["minimum_effect"])


def test_one_of_several_guardrails_needs_more_evidence_than_a_single_one() -> None:
    assert holm({"a": 0.03}, 0.05) == ("a",)
    assert holm({"a": 0.03, "b": 0.04, "c": 0.2}, 0.05) == ()
    assert holm({"a": 0.024, "b": 0.001, "c": 0.2}, 0.05) == ("b", "a")
    assert holm({}, 0.05) == ()


def test_no_effect_is_not_shown() -> None:
    verdict = analyse(finished(0.0))
    assert verdict.decision == "no effect shown"
    assert verdict.low < 0 < verdict.high


def test_a_broken_guardrail_stops_the_experiment() -> None:
    verdict = analyse(finished(0.0, worse=0.2))
    assert verdict.decision.startswith("stop")
    assert set(verdict.guardrails_broken) == set(plan()["guardrails"])


def test_nothing_is_decided_before_the_planned_size() -> None:
    assert analyse(finished(0.0, share=0.5)).decision.startswith("wait")


def test_an_uneven_split_invalidates_the_result() -> None:
    results = finished(0.0)
    fewer = results.drop(index=results.index[results["arm"] == "treatment"][: len(results) // 4])
    assert analyse(fewer).decision.startswith("invalid")


def test_results_that_cannot_be_analysed_are_refused() -> None:
    results = finished(0.0)
    with pytest.raises(BadInput, match="absent: outcome"):
        analyse(results.drop(columns="outcome"))
    with pytest.raises(BadInput, match="both arms"):
        analyse(results[results["arm"] == "control"])
    with pytest.raises(BadInput, match="every unit"):
        analyse(results.assign(outcome=np.nan))
    with pytest.raises(BadInput, match="0 or 1"):
        analyse(results.assign(outcome=0.5))
