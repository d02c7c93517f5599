"""Dates as people write them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import ColumnProfile
from agent_graph.errors import BadInput
from agent_graph.profiling import reading

BOTH = [datetime(2024, 1, 2, 8, 20), datetime(2024, 7, 13, 9)]


def read(folder: Path, cells: list[str], name: str = "when") -> tuple[ColumnProfile, list[object]]:
    path = folder / "table.csv"
    rows = [f'"{cell}",{k % 7},{"ab"[k % 2]}' for k, cell in enumerate(cells)]
    path.write_text("\n".join([f"{name},x,y", *rows]) + "\n")
    main = profiling.profile([str(path)]).main
    return main.column(name), reading.typed(main).collect()[name].to_list()


@pytest.mark.parametrize(
    ("cells", "moments", "says"),
    [
        (["02.01.2024 08:20 CET", "13.07.2024 09:00 CEST"], BOTH, "local time"),
        (["2024-01-02 08:20:00 EST", "2024-07-13 09:00:00 EDT"], BOTH, "local time"),
        (
            ["2024-01-02 08:20 EST", "2024-07-13 09:00 PST"],
            [datetime(2024, 1, 2, 13, 20), datetime(2024, 7, 13, 17)], "to UTC",
        ),
        (["2024-01-02 08:20:00 UTC", "2024-07-13 09:00:00 UTC"], BOTH, "UTC"),
        (["2024-01-02 08:20 Europe/Berlin", "2024-07-13 09:00 Europe/Berlin"], BOTH, "local time"),
        (["02.01.2024 08:20 Uhr", "13.07.2024 09:00 Uhr"], BOTH, ""),
        (["12. März 2024", "1. Mai 2023"], [date(2024, 3, 12), date(2023, 5, 1)], "names of months"),
        (["12 août 2024", "1 février 2023"], [date(2024, 8, 12), date(2023, 2, 1)], "names of months"),
        (["12 de marzo de 2024", "1 de diciembre de 2023"], [date(2024, 3, 12), date(2023, 12, 1)], "names of months"),
        (["12-Okt-2023", "13-Mai-2023"], [date(2023, 10, 12), date(2023, 5, 13)], "names of months"),
        (["Mo 15.01.2024", "Di 16.01.2024"], [date(2024, 1, 15), date(2024, 1, 16)], ""),
        (["Mon, 15 Jan 2024", "Tue, 16 Jan 2024"], [date(2024, 1, 15), date(2024, 1, 16)], ""),
    ],
)  # fmt: skip
def test_zones_days_and_months_in_words_are_understood(
    tmp_path: Path, cells: list[str], moments: list[object], says: str
) -> None:
    column, values = read(tmp_path, cells * 30)
    assert column.kind == "datetime"
    assert values[:2] == moments
    assert says in " ".join(column.notes)


def test_day_and_month_are_told_by_one_row_and_else_doubted(tmp_path: Path) -> None:
    unclear, _ = read(tmp_path, [f"{k % 12 + 1:02d}/{k % 11 + 1:02d}/2024" for k in range(90)])
    assert "the other way round" in unclear.notes[0]
    clear, values = read(tmp_path, [*(f"{k % 12 + 1:02d}/{k % 11 + 1:02d}/2024" for k in range(90)), "03/25/2024"])
    assert clear.datetime_format == "%m/%d/%Y"
    assert clear.notes == ()
    assert values[-1] == date(2024, 3, 25)


def test_a_word_among_dates_is_missing_and_an_odd_date_is_shown(tmp_path: Path) -> None:
    days = [f"2024-01-{k % 28 + 1:02d}" for k in range(90)]
    column, values = read(tmp_path, [*days, "pending", "pending"])
    assert column.storage == "date"
    assert values[-2:] == [None, None]
    assert "'pending'" in column.notes[0]
    with pytest.raises(BadInput, match="31st of May"):
        read(tmp_path, [*days, "31st of May"])


def test_months_as_values_are_no_dates(tmp_path: Path) -> None:
    column, values = read(tmp_path, ["May", "June", "July"] * 30)
    assert (column.storage, column.kind, values[0]) == ("string", "category", "May")


@pytest.mark.parametrize(
    ("numbers", "layout", "earliest"),
    [
        (range(45_000, 45_090), "serial-day", "2023-03-15"),
        ([45_000.25 + k for k in range(90)], "serial-day", "2023-03-15T06:00:00"),
        (range(1_700_000_000, 1_700_090_000, 1000), "epoch-s", "2023-11-14"),
        (range(1_700_000_000_000_000, 1_700_000_090_000_000, 1_000_000), "epoch-ms", "2023-11-14"),
        (range(10**18 + 7 * 10**17, 10**18 + 7 * 10**17 + 90 * 10**9, 10**9), "epoch-ms", "2023-11-14"),
    ],
)
def test_days_of_a_spreadsheet_and_moments_since_1970_are_dates(
    tmp_path: Path, numbers: list[float], layout: str, earliest: str
) -> None:
    column, _ = read(tmp_path, [str(number) for number in numbers], "visit_date")
    assert (column.kind, column.datetime_format) == ("datetime", layout)
    assert (column.earliest or "").startswith(earliest)


def test_numbers_in_that_range_under_another_name_are_numbers(tmp_path: Path) -> None:
    column, values = read(tmp_path, [str(k) for k in range(45_000, 45_090)], "salary")
    assert column.datetime_format is None
    assert values[0] == 45_000
    assert pl.Series(values).dtype == pl.Int64
