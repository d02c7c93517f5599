"""Spellings of one value are one value."""

from __future__ import annotations

import polars as pl
import pytest

from agent_graph.profiling import plain, spellings


def classes(cells: list[str | None]) -> dict[str | None, int] | None:
    values = pl.Series("x", cells)
    written = spellings.find(values.drop_nulls())
    if written is None:
        return None
    frame = values.to_frame()
    once = frame.select(plain.texts(pl.col("x"), written, ("",)).alias("x"))
    again = once.select(plain.texts(pl.col("x"), written, ("",)).alias("x"))
    assert again.equals(once)
    assert all("united" in says or "missing" in says for says in written.says)
    return dict(once["x"].value_counts().iter_rows())


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (
            ["Yes"] * 3 + ["yes", "YES", "Y", "y", "Yes "] + ["No"] * 3 + ["no", "NO", "N", "n", "No "],
            {"Yes": 8, "No": 8},
        ),
        (["Ja"] * 3 + ["ja", "J"] + ["Nein"] * 3 + ["nein", "N"], {"Ja": 5, "Nein": 5}),
        (["Oui"] * 3 + ["oui", "O"] + ["Non"] * 3 + ["non", "n"], {"Oui": 5, "Non": 5}),
        (["Sí"] * 3 + ["si", "S"] + ["No"] * 3 + ["no", "n"], {"Sí": 5, "No": 5}),
        (["true"] * 3 + ["True", "1", "T"] + ["false"] * 3 + ["FALSE", "0"], {"true": 6, "false": 5}),
        (["Yes"] * 3 + ["1"] * 2 + ["No"] * 3 + ["0"] * 2, {"Yes": 5, "No": 5}),
        (["yes"] * 4 + ["no"] * 4 + ["unknown"] * 2, {"yes": 4, "no": 4, None: 2}),
        (["M"] * 3 + ["m", "Male"] + ["F"] * 3 + ["f", "female"], {"M": 5, "F": 5}),
        (["Part-time"] * 3 + ["part time", "PART_TIME"] + ["full"] * 3, {"Part-time": 5, "full": 3}),
        (["MÜNCHEN"] * 2 + ["München"] * 3 + ["Köln"] * 3, {"München": 5, "Köln": 3}),
    ],
)
def test_spellings_of_one_value_are_united_under_the_most_frequent(cells: list[str], found: dict[str, int]) -> None:
    assert classes(cells * 10) == {name: times * 10 for name, times in found.items()}


@pytest.mark.parametrize(
    "cells",
    [
        ["Yes", "No"], ["Y", "N"], ["1", "0"],
        ["T", "F", "N"],  # N may be "not applicable" as well as "no"
        ["N", "S", "E", "W"],
        ["A", "B", "AB", "0"],
        ["red", "blue", "unknown"],  # a class like the others
        ["S", "M", "L", "XL"],
        ["May", "June"],
        ["A-1", "A-2", "B-1"],
        [" b ", " c "],  # all are written so
    ],
)  # fmt: skip
def test_what_is_different_stays_apart(cells: list[str]) -> None:
    assert classes(cells * 10) is None


def test_names_of_nearly_every_row_are_not_compared() -> None:
    assert classes([f"Name {k}" for k in range(500)] + [f"name {k}" for k in range(500)]) is None


def test_a_spelling_to_come_is_understood_by_its_fold() -> None:
    written = spellings.find(pl.Series("x", ["Yes", "yes", "No"] * 20))
    assert written is not None
    assert {spelling.folded: spelling.meant for spelling in written.spellings} == {"yes": "Yes", "no": "No"}
    new = pl.DataFrame({"x": ["yES ", "NO", "perhaps"]}).select(plain.texts(pl.col("x"), written, ("",)).alias("x"))
    assert new["x"].to_list() == ["Yes", "No", "perhaps"]
