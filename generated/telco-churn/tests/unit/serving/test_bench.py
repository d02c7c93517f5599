"""Measuring speed: rows are made up, the stand-in for the champion is a sum."""

import numpy as np
import pytest
from synthetic import make_rows

from telco_churn.config import load
from telco_churn.data.columns import Columns, from_frame, row_count
from telco_churn.errors import BadInput
from telco_churn.serving.bench import MEGABYTE, Speed, at_least, hot_spots, measure, over_budget, single_row_seconds


class Counting:
    """Predicts nothing, but remembers how many rows it was asked for each time."""

    def __init__(self, hold: int = 0) -> None:
        self.asked: list[int] = []
        self.hold = hold

    def predict(self, columns: Columns) -> None:
        self.asked.append(row_count(columns))
        if self.hold and row_count(columns) > 1:
            np.ones(self.hold, dtype=np.uint8)


def test_single_rows_are_timed_one_by_one_after_a_few_that_only_warm_up() -> None:
    model = Counting()
    seconds = single_row_seconds(model, from_frame(make_rows(3)), repeats=10)
    assert len(seconds) == 10
    assert model.asked == [1] * 15


def test_a_measurement_covers_every_row_and_sees_the_memory_it_took() -> None:
    model = Counting(hold=150 * MEGABYTE)
    speed = measure(model, from_frame(make_rows(30)))
    assert model.asked[-1] == speed.rows == 30
    assert speed.single_row_ms <= speed.single_row_p99_ms < 1000
    assert speed.batch_rows_per_second > 0
    assert speed.memory_mb > 50


def test_few_rows_are_repeated_and_many_are_cut() -> None:
    assert len(at_least(make_rows(7), 20)) == 20
    assert len(at_least(make_rows(20), 7)) == 7


def test_no_rows_at_all_are_refused() -> None:
    with pytest.raises(BadInput, match="no rows"):
        at_least(make_rows(1).iloc[:0], 5)


def test_each_missed_budget_is_told_with_both_numbers() -> None:
    budgets = load("performance")["budgets"]
    row, rate, memory = budgets["single_row_ms"], budgets["batch_rows_per_second"], budgets["memory_mb"]
    assert over_budget(Speed(row, row, rate, memory, 10)) == []
    misses = over_budget(Speed(row * 2, row, rate / 2, memory * 2, 10))
    assert [str(limit) in miss for miss, limit in zip(misses, (row, rate, memory), strict=True)] == [True] * 3


def test_hot_spots_are_functions_of_this_project_slowest_first() -> None:
    class Slow(Counting):
        def predict(self, columns: Columns) -> None:
            single_row_seconds(Counting(), columns, repeats=50)

    spots = hot_spots(Slow(), from_frame(make_rows(3)))
    assert spots[0].function == "serving.bench.single_row_seconds"
    assert [spot.share for spot in spots] == sorted((spot.share for spot in spots), reverse=True)
    assert all(0 <= spot.share <= 1 for spot in spots)
