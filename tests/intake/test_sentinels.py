"""Numbers, dates and words that stand for "no value"."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import Profile
from agent_graph.profiling import reading, sentinels

DICE = np.random.default_rng(4)
AGES, SENSOR, LARGE = DICE.integers(0, 99, 400), DICE.normal(20, 8, 400), DICE.integers(9_000, 11_000, 400)
INCOME = np.concatenate([np.zeros(900), DICE.integers(0, 41_310, 300)])


@pytest.mark.parametrize(
    ("values", "marks", "found"),
    [
        (SENSOR, [-200] * 9, (-200.0,)),
        (AGES, [999] * 9, (999.0,)),
        (AGES, [-1] * 9, ()),  # often a value of its own
        (AGES, [99] * 9, ()),  # the oldest
        (LARGE, [9999] * 40, ()),  # a value among its like
        (INCOME, [99_999] * 20, ()),  # the top of a long tail
        ([1, 2, 3, 4, 5] * 30, [88] * 4 + [99] * 4, (88.0, 99.0)),
        (SENSOR, [-999] * 3 + [9999] * 3, (-999.0, 9999.0)),
        (SENSOR, [1000] * 5, ()),  # far, but nobody writes so
        ([0, 1] * 90, [], ()),
    ],
)
def test_a_mark_is_known_by_its_look_and_its_isolation(
    values: list[float], marks: list[float], found: tuple[float, ...]
) -> None:
    assert sentinels.find(pl.Series("x", [*map(float, values), *map(float, marks)])) == found


def profile(folder: Path, header: str, rows: list[str]) -> Profile:
    path = folder / "table.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return profiling.profile([str(path)])


def test_marks_are_missing_in_every_column_and_in_the_target_and_said(tmp_path: Path) -> None:
    rows = [
        f"{-200 if k % 11 == 0 else k % 37},{-200 if k % 13 == 0 else 900 + 13 * (k % 90)},"
        f"{-200 if k % 50 == 0 else k % 20}"
        for k in range(500)
    ]
    table = profile(tmp_path, "temperature,carbon,benzene", rows)
    for name, times in (("temperature", 46), ("carbon", 39), ("benzene", 10)):
        column = table.main.column(name)
        assert column.missing == pytest.approx(times / 500)
        assert column.minimum is not None
        assert column.minimum >= 0
        assert f"-200 ({times} rows)" in column.notes[0]
    typed = reading.typed(table.main).collect()
    assert typed["benzene"].null_count() == 10


@pytest.mark.parametrize(
    ("mark", "says"), [("1900-01-01", "far from all other dates"), ("9999-12-31", "read as missing")]
)
def test_dates_that_mean_none_are_missing(tmp_path: Path, mark: str, says: str) -> None:
    rows = [
        f"{mark if k % 9 == 0 else f'2021-{k % 12 + 1:02d}-{k % 28 + 1:02d}'},{k % 7},{'a' if k % 2 else 'b'}"
        for k in range(180)
    ]
    until = profile(tmp_path, "until,x,y", rows).main.column("until")
    assert until.storage == "date"
    assert until.missing == pytest.approx(20 / 180)
    assert (until.earliest or "")[:4] == (until.latest or "")[:4] == "2021"
    assert says in until.notes[0]


def test_a_birthday_in_1900_among_others_is_one(tmp_path: Path) -> None:
    rows = [f"{1895 + k % 100}-01-01,{k % 7},{'a' if k % 2 else 'b'}" for k in range(300)]
    assert profile(tmp_path, "born,x,y", rows).main.column("born").missing == 0


def test_a_token_is_missing_among_numbers_and_a_word_among_words(tmp_path: Path) -> None:
    rows = [
        f"{'unknown' if k % 9 == 0 else k},{('red', 'blue', 'unknown')[k % 3]},"
        f"{('yes', 'no', 'unknown')[k * k % 5 % 3]}"
        for k in range(300)
    ]
    table = profile(tmp_path, "x,colour,came", rows)
    assert table.main.column("x").storage == "integer"
    assert table.main.column("x").missing > 0.1
    assert {level.value for level in table.main.column("colour").levels} == {"red", "blue", "unknown"}
    assert {level.value for level in table.main.column("came").levels} == {"yes", "no"}
