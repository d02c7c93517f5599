"""Limits that a column's name and values reveal, and those that a name alone must not invent."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.roles.data_engineer.playbook.contract import numeric_range


def limits(folder: Path, name: str, values: list[float]) -> tuple[float, float]:
    file = folder / "cases.csv"
    pl.DataFrame({name: values, "other": list(range(len(values)))}).write_csv(file)
    column = profiling.profile((str(file),)).column(name)
    return numeric_range(column, time=False, margin=0.5)[:2]


@pytest.mark.parametrize(
    ("name", "values", "wanted"),
    [
        ("month", [1, 4, 12], (1, 12)),
        ("start_hour", [0, 11, 23], (0, 23)),
        ("pickupLatitude", [-12.5, 40.25, 70.5], (-90, 90)),
        ("long", [-136.9, -60.2, 13.5], (-180, 180)),
        ("yearacc", [1997, 1999, 2002], (1992, 2012)),
        ("yearVeh", [1953.0, 1990.0, 2003.5], (1928, 2054)),
    ],
)
def test_a_whole_cycle_and_degrees_keep_their_natural_limits(
    tmp_path: Path, name: str, values: list[float], wanted: tuple[float, float]
) -> None:
    assert limits(tmp_path, name, values * 20) == wanted


@pytest.mark.parametrize(
    ("name", "values"),
    [("month", [1, 7, 30]), ("day", [1, 120, 365]), ("hour", [0, 30, 52]), ("long", [2, 90, 170]),
     ("years_in_job", [0, 4, 30]), ("latitude", [1.5, 200.5, 300.5])],
)  # fmt: skip
def test_values_beyond_what_the_name_suggests_are_only_widened(tmp_path: Path, name: str, values: list[float]) -> None:
    low, high = limits(tmp_path, name, values * 20)
    assert low <= min(values)
    assert high > max(values)
