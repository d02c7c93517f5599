"""What a column of texts is stored as."""

from __future__ import annotations

import polars as pl
import pytest

from agent_graph.errors import BadInput
from agent_graph.profiling.storage import SAMPLE, find_null_tokens, look, settle

FRACTIONS = ["2024-03-01 10:00:00", "2024-03-01 10:00:01.5"]


def settled(texts: list[str | None]) -> tuple[str, str | None, list[object]]:
    values = pl.Series("x", texts, dtype=pl.String)
    seen = look(values)
    stored, typed = settle(values, find_null_tokens([seen]), seen.numbers)
    return stored.storage, stored.datetime_format, typed.to_list()


def test_white_space_around_numbers_is_no_text_and_blank_cells_are_missing() -> None:
    assert settled([" 1", "2\t", "\u00a03", "  ", None]) == ("integer", None, [1, 2, 3, None, None])


def test_one_fraction_behind_many_whole_numbers_makes_all_of_them_floats() -> None:
    storage, _, values = settled(["1"] * SAMPLE * 2 + ["2.5"])
    assert (storage, values[-2:]) == ("float", [1.0, 2.5])


def test_one_leading_zero_behind_many_whole_numbers_makes_them_a_code() -> None:
    assert settled(["17"] * SAMPLE * 2 + [" 007"])[0] == "string"


def test_a_word_behind_many_numbers_makes_them_words() -> None:
    assert settled(["17"] * SAMPLE * 2 + ["many"])[0] == "string"


def test_not_a_number_among_numbers_is_missing() -> None:
    assert settled(["1.5", "NaN", "nan", "2.5"]) == ("float", None, [1.5, None, None, 2.5])


@pytest.mark.parametrize("texts", [["Infinity", "1.5", "2"], ["1", "2", "-inf"], ["infinity", "3", "4"]])
def test_an_infinite_number_is_refused_wherever_it_stands(texts: list[str | None]) -> None:
    with pytest.raises(BadInput, match="1 infinite values"):
        settled(texts)


@pytest.mark.parametrize(
    ("texts", "layout"),
    [
        (FRACTIONS[:1] * 300, "%Y-%m-%d %H:%M:%S"),
        (FRACTIONS * 150, "%Y-%m-%d %H:%M:%S.%f"),
        (FRACTIONS[:1] * 300 + FRACTIONS[1:] * 30, "%Y-%m-%d %H:%M:%S.%f"),
        (["2024-03-01T10:00:00.25Z"] * 9, "%Y-%m-%dT%H:%M:%S.%f%z"),
        (["Mar 1, 2024, 3:05 PM"] * 9, "%b %d, %Y, %I:%M %p"),
        (["01/02/2024"] * 300 + ["31/01/2024"] * 30, "%d/%m/%Y"),
    ],
)
def test_the_format_of_dates_is_the_one_that_all_rows_have(texts: list[str | None], layout: str) -> None:
    storage, found, values = settled(texts)
    assert found == layout
    assert storage == ("datetime" if ":" in layout else "date")
    assert None not in values
