"""Chance stays quiet, change is seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from telco_churn.monitoring import Bar
from telco_churn.monitoring.drift import Chance, LevelSketch, NumberSketch, ks, psi, texts
from telco_churn.monitoring.reference import bars, chance, compare, sketch

QUIET = Chance(level=1e-4)
NUMBER = Bar(column="length", kind="number", bins=10, psi=0.1, ks=0.1, unseen=1.0, missing=0.02)
CATEGORY = Bar(column="colour", kind="category", bins=3, psi=0.1, ks=1.0, unseen=0.01, missing=0.02)


def signals(found: list) -> dict[str, float]:
    return {signal.measure: signal.ratio for signal in found}


def test_equal_counts_have_no_psi() -> None:
    assert psi(np.array([10, 20, 30]), np.array([1, 2, 3])) == pytest.approx(0, abs=1e-2)


def test_psi_agrees_with_its_formula_on_large_samples() -> None:
    expected, observed = np.array([500_000, 500_000]), np.array([800_000, 200_000])
    assert psi(expected, observed) == pytest.approx(0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5), rel=1e-3)


def test_ks_of_disjoint_samples_is_one() -> None:
    assert ks(np.array([1.0, 2.0]), np.array([0.5, 1.0]), np.array([5.0, 6.0])) == 1.0


def test_clean_samples_of_every_size_stay_below_the_bars() -> None:
    random = np.random.default_rng(0)
    remembered = NumberSketch.of(random.lognormal(size=5_000), 10)
    for rows in (100, 500, 2_000):
        found = remembered.compare(random.lognormal(size=rows), NUMBER, QUIET)
        assert max(signals(found).values()) < 1


@pytest.mark.parametrize(
    "change", [lambda x: x + 1, lambda x: x * 3, lambda x: np.where(x > 1, np.nan, x), lambda x: x * 0]
)
def test_a_changed_number_is_beyond_a_bar(change) -> None:
    random = np.random.default_rng(0)
    remembered = NumberSketch.of(random.lognormal(size=5_000), 10)
    assert max(signals(remembered.compare(change(random.lognormal(size=500)), NUMBER, QUIET)).values()) > 1


def test_a_new_level_is_seen_and_a_known_rare_one_is_not() -> None:
    column = pd.Series(["red"] * 500 + ["green"] * 400 + ["blue"] * 95 + ["violet"] * 5, dtype="str")
    remembered = LevelSketch.of(texts(column), 3)
    assert signals(remembered.compare(texts(column.sample(300, random_state=0)), CATEGORY, QUIET))["unseen"] < 1
    column[:100] = "ultraviolet"
    assert signals(remembered.compare(texts(column), CATEGORY, QUIET))["unseen"] > 1


def test_one_new_level_is_seen_where_new_ones_are_usual() -> None:
    names = pd.Series([f"name {place}" for place in range(1_000)], dtype="str")
    remembered, later = LevelSketch.of(texts(names), 3), names + " of the next window"
    assert signals(remembered.compare(texts(later), CATEGORY, QUIET))["unseen"] < 1
    later[:100] = "one and the same"
    assert signals(remembered.compare(texts(later), CATEGORY, QUIET))["unseen"] > 1


def test_a_code_is_the_same_level_as_int_and_as_float() -> None:
    assert texts(pd.Series([20, 60])).tolist() == texts(pd.Series([20.0, 60.0])).tolist() == ["20", "60"]


def test_smaller_windows_get_higher_bars() -> None:
    assert QUIET.psi(10, 5_000, 200) > QUIET.psi(10, 5_000, 2_000)


def test_grouped_rows_count_for_less() -> None:
    assert Chance(0.01, rows_per_independent_row=4.0).psi(10, 1_000, 1_000) == pytest.approx(
        4 * Chance(0.01).psi(10, 1_000, 1_000)
    )


def test_every_watched_column_can_be_remembered_and_compared_with_itself(rows) -> None:
    frame = rows(600)
    for bar in bars():
        found = compare(sketch(frame[bar.column], bar), frame[bar.column], bar, chance())
        assert max(signal.ratio for signal in found) < 1, bar.column
