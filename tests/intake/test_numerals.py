"""Numbers as every country writes them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.artifacts import ColumnProfile, Written
from agent_graph.profiling import numerals, plain


def found(cells: list[str], country: numerals.Sign | None = None) -> numerals.Found | None:
    return numerals.find(pl.Series("x", cells), country)


def rewritten(cells: list[str | None], written: Written) -> list[str | None]:
    frame = pl.DataFrame({"x": cells}, schema={"x": pl.String})
    return frame.select(plain.texts(pl.col("x"), written, ("",)).alias("x"))["x"].to_list()


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["$14,525.87", "$-", "($892.45)", "$7.00"], [14525.87, 0, -892.45, 7]),
        (["1.234,50 €", "12,00 €", "-1.000,00 €", "7,25 €"], [1234.5, 12, -1000, 7.25]),
        (["€ 1.234,50", "€ 12,00", "€ 7,25"], [1234.5, 12, 7.25]),
        (["1\u202f234,50", "12,5", "2\u00a0000,75"], [1234.5, 12.5, 2000.75]),
        (["CHF 1'234.50", "CHF 12.–".replace(".–", ".00"), "CHF 7.25"], [1234.5, 12, 7.25]),
        (["₹1,23,456.00", "₹12,34,567.50", "₹999.00"], [123456, 1234567.5, 999]),
        (["R$ 1.234,50", "R$ 12,00", "R$ 7,25"], [1234.5, 12, 7.25]),
        (["1 234,50 kr", "12,00 kr", "7,25 kr."], [1234.5, 12, 7.25]),
        (["12.5%", "-3 %", "0.0%", "100%"], [12.5, -3, 0, 100]),
        (["12,5 %", "−3,25 %", "0 %"], [12.5, -3.25, 0]),
        (["12,50-", "1.250,00", "7,5"], [-12.5, 1250, 7.5]),
        (["(1,234.5)", "2,345.0", "(77.0)"], [-1234.5, 2345, -77]),
        (["12.5 kg", "13", "7.25 kg"], [12.5, 13, 7.25]),
        (["12 m²", "13.5 m²", "14 m²"], [12, 13.5, 14]),
        (["1 year", "12 years", "7 years"], [1, 12, 7]),
        (["<0.5", "0.75", "1.25"], [0.5, 0.75, 1.25]),
        (["1.2k", "3M", "980"], [1200, 3000000, 980]),
        (["1.234.567", "2.345", "950"], [1234567, 2345, 950]),
        (["0,123", "1,5", "12,345"], [0.123, 1.5, 12.345]),
        (["1,234", "0,567", "12.345,678"], [1.234, 0.567, 12345.678]),
        (["USD 1,200.50", "950.25 USD", "7.00 USD"], [1200.5, 950.25, 7]),
    ],
)
def test_numbers_are_read_as_their_column_writes_them_and_plain_ones_stay(
    cells: list[str], values: list[float]
) -> None:
    seen = found(cells * 20)
    assert seen is not None
    assert seen.written is not None
    once = rewritten(list(cells), seen.written)
    assert [float(text or "nan") for text in once] == values
    assert rewritten(once, seen.written) == once
    assert "read as" in seen.written.says[0]


@pytest.mark.parametrize(
    "cells",
    [
        ["01234", "90210", "12345"],  # zip codes
        ["P7", "P8", "P9"],
        ["1.2.3", "1.3.4", "2.0.0"],  # versions
        ["10.0.0.1", "10.0.0.2", "192.168.0.1"],
        ["071 123 456", "079 222 333", "078 222 333"],  # telephones
        ["12:30", "13:40", "07:15"],
        ["10-20", "20-30", "30-40"],
        ["12 Main St", "14 High Rd", "3 Elm Rd"],
        ["(1)", "(2)", "(3)"],  # things that are numbered
        ["1a", "1b", "2a"],
        ["12345678901234567890", "12345678901234567891", "12345678901234567892"],
        ["S", "M", "L", "40"],
        ["red", "blue (dark)", "green"],
        ["first visit (2 cats)", "second (1 dog)", "third"],
        ["May", "June", "July"],
        ["52.5, 13.4", "52.6, 13.5", "48.1, 11.5"],
    ],
)
def test_what_only_looks_a_little_like_numbers_is_none(cells: list[str]) -> None:
    assert found(cells * 20) is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["$5.00", "€6.00", "$7.00"], ("$", "€", "one currency")),
        (["12 kg", "500 g", "13 kg"], ("'12 kg'", "'500 g'", "one unit")),
        (["1.234,50", "1,234.50", "7,25"], ("'1.234,50'", "'1,234.50'", "one way")),
        (["12%", "0.12", "0.5", "50%"], ("percentages and shares", "one way")),
        ([*(f"{k}.5" for k in range(40)), "12o.5"], ("'12o.5'", "correct or empty")),
    ],
)
def test_what_cannot_be_read_is_said_with_a_value_and_what_to_do(cells: list[str], words: tuple[str, ...]) -> None:
    seen = found(cells)
    assert seen is not None
    assert seen.written is None
    assert all(word in seen.doubts[0] for word in words)


def test_a_comma_that_may_be_either_is_settled_by_the_other_columns_or_said() -> None:
    cells = ["1,234", "2,345", "950"] * 20
    for country, value in ((None, "1234"), (".", "1234"), (",", "1.234")):
        seen = found(cells, country)  # type: ignore[arg-type]
        assert seen is not None
        assert seen.written is not None
        assert rewritten(["1,234"], seen.written) == [value]
        assert bool(seen.doubts) == (country is None)


def test_sums_of_money_have_no_three_decimals() -> None:
    seen = found(["€ 1.234", "€ 950", "€ 12.345"] * 20)
    assert seen is not None
    assert seen.written is not None
    assert rewritten(["€ 1.234"], seen.written) == ["1234"]


def test_words_among_numbers_are_missing_values() -> None:
    seen = found([*(f"{k},5" for k in range(40)), "offline", "offline"])
    assert seen is not None
    assert seen.written is not None
    assert seen.written.missing == ("offline",)
    assert rewritten(["offline", "3,5"], seen.written) == [None, "3.5"]


def column(folder: Path, header: str, rows: list[str], name: str) -> ColumnProfile:
    path = folder / "table.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return profiling.profile([str(path)]).main.column(name)


def test_dots_between_thousands_are_known_by_the_commas_of_another_column(tmp_path: Path) -> None:
    rows = [f"{k % 9 + 1}.{k * 7 % 1000:03d};{k % 8},5;{'a' if k % 2 else 'b'}" for k in range(90)]
    whole = column(tmp_path, "people;height;kind", rows, "people")
    assert (whole.storage, whole.minimum) == ("integer", 1000.0)


def test_a_fraction_that_could_be_thousands_is_said(tmp_path: Path) -> None:
    rows = [f"{k % 9 + 1}.{k * 7 % 1000:03d},{k % 9},{'a' if k % 2 else 'b'}" for k in range(90)]
    doubtful = column(tmp_path, "length,height,kind", rows, "length")
    assert doubtful.storage == "float"
    assert "thousands" in doubtful.notes[0]
    clear = column(tmp_path, "length,height,kind", [*rows, "0.25,3,a"], "length")
    assert clear.notes == ()


@pytest.mark.parametrize("first", ["12345678901234567890", "1234567890123456", "00012"])
def test_long_numbers_and_leading_zeros_stay_texts_and_that_is_said(tmp_path: Path, first: str) -> None:
    rows = [f"{str(int(first) + k).zfill(len(first))},{k % 9},{'a' if k % 2 else 'b'}" for k in range(90)]
    account = column(tmp_path, "account,height,kind", rows, "account")
    assert account.storage == "string"
    assert account.distinct == 90
    assert repr(first) in account.notes[0]
