"""Time that is counted in numbers is a feature where it pays on the stretch that comes, and only there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Problem, Split, Target
from agent_graph.roles.data_scientist.playbook.trend import clock_pays

ROWS, MONTHS = 1200, 30
RANDOM = np.random.default_rng(0)
MONTH = np.sort(RANDOM.integers(1, MONTHS + 1, ROWS)).astype(float)
POWER = RANDOM.normal(0, 1, ROWS)


def problem(kind: str = "time") -> Problem:
    """Only what is looked at."""
    split = Split.model_construct(kind=kind, columns=("month",), holdout_share=0.2)
    return Problem.model_construct(split=split, target=Target.model_construct(column="price"))


@pytest.mark.parametrize(
    ("price", "pays"),
    [
        (lambda: 100 * POWER - 30 * MONTH, True),  # cheaper by the month
        (lambda: 100 * POWER + 0 * MONTH, False),
        (lambda: 100 * POWER + 40 * np.sin(MONTH / 12 * 2 * np.pi), False),  # a season is no trend
        (lambda: 0 * POWER + np.where(MONTH % 7 < 3, 50.0, 0.0), False),
    ],
)
def test_a_trend_pays_and_a_season_does_not(price: Callable[[], np.ndarray], pays: bool, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 20, ROWS)
    table = pl.DataFrame({"month": MONTH.astype(int), "power": POWER, "shop": ["a", "b", None] * 400,
                          "price": price() + noise})  # fmt: skip
    table.write_csv(tmp_path / "t.csv")
    profile = profiling.profile([str(tmp_path / "t.csv")])
    assert clock_pays(profile, problem(), ["power", "shop"]) == ("month" if pays else None)
    assert clock_pays(profile, problem("random"), ["power", "shop"]) is None


def test_few_periods_or_few_rows_say_nothing(tmp_path: Path) -> None:
    for name, month in (("few rows", MONTH[:100]), ("few periods", np.minimum(MONTH, 4))):
        price = 100 - 30 * month
        pl.DataFrame({"month": month.astype(int), "price": price}).write_csv(tmp_path / f"{name}.csv")
        profile = profiling.profile([str(tmp_path / f"{name}.csv")])
        assert clock_pays(profile, problem(), []) is None
