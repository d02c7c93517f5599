"""Files by what they are for: rows to learn from, rows to predict, forms for answers, dictionaries."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.errors import BadInput
from tests.intake.conftest import frame_paths

ROWS = 120
ASKED = "One row a house. What will it sell for (price)?"


def houses(rows: int, first: int = 0) -> pl.DataFrame:
    numbers = range(first, first + rows)
    return pl.DataFrame({
        "house_id": [f"H{k:04d}" for k in numbers], "rooms": [k % 7 + 1 for k in numbers],
        "area": [40 + k * 37 % 90 for k in numbers], "street": [["oak", "elm", "ash"][k % 3] for k in numbers],
        "fee": [k * 13 % 40 for k in numbers], "price": [90_000 + k * 977 % 50_000 for k in numbers],
    })  # fmt: skip


def saved(folder: Path, **tables: pl.DataFrame) -> list[str]:
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv")
    return [str(folder / f"{name}.csv") for name in tables]


@pytest.mark.parametrize("order", ["train first", "test first"])
@pytest.mark.parametrize("empty", [False, True])
def test_the_file_without_the_target_is_to_be_predicted(tmp_path: Path, order: str, empty: bool) -> None:
    test = houses(40, ROWS)
    test = test.with_columns(price=pl.lit(None, pl.Int64)) if empty else test.drop("price")
    paths = saved(tmp_path, train=houses(ROWS), test=test)
    _, profile, problem = frame_paths(paths if order == "train first" else paths[::-1], ASKED)
    assert [table.name for table in profile.tables] == ["train"]
    assert [table.name for table in profile.to_predict] == ["test"]
    assert problem.target.column == "price"
    assert "test has the columns of train without price" in profile.main.notes[0]


def test_what_the_rows_to_predict_lack_is_no_feature(tmp_path: Path) -> None:
    paths = saved(tmp_path, train=houses(ROWS), test=houses(40, ROWS).drop("price", "fee"))
    _, _, problem = frame_paths(paths, ASKED, target="price")
    assert problem.used("leak") == ("fee",)


def test_a_form_for_the_answers_is_no_side_table(tmp_path: Path) -> None:
    test = houses(40, ROWS)
    paths = saved(tmp_path, train=houses(ROWS), test=test.drop("price"),
                  sample_submission=test.select("house_id", price=pl.lit(0)))  # fmt: skip
    profile = profiling.profile(paths)
    assert [table.name for table in profile.tables] == ["train"]
    assert any("sample_submission is a form" in note for note in profile.main.notes)


def test_a_second_file_with_answers_is_refused_with_the_remedy(tmp_path: Path) -> None:
    paths = saved(tmp_path, one=houses(ROWS), two=houses(ROWS, ROWS).drop("fee"))
    with pytest.raises(BadInput, match=r"'two'.*'fee'.*holds the target 'price' too"):
        frame_paths(paths, ASKED, target="price")


WORDINGS = {
    "name and description": ("name", "description", lambda name: name),
    "other words": ("Feature", "Bedeutung", str.upper),
    "a dictionary with a type": ("variable", "what it means", lambda name: f" {name} "),
}
MEANT = {"rooms": "number of rooms", "area": "square metres", "street": "where it stands", "price": "what it sold for"}


@pytest.mark.parametrize("wording", WORDINGS)
def test_a_dictionary_is_no_side_table_and_describes_the_columns(tmp_path: Path, wording: str) -> None:
    name, said, spelled = WORDINGS[wording]
    book = pl.DataFrame({name: [spelled(column) for column in MEANT], "type": ["int", "int", "text", "int"],
                         said: list(MEANT.values())})  # fmt: skip
    paths = saved(tmp_path, houses=houses(ROWS), dictionary=book)
    _, profile, _ = frame_paths(paths, ASKED)
    assert [table.name for table in profile.tables] == ["houses"]
    assert {c.name: c.description for c in profile.main.columns if c.description} == MEANT
    assert any("described in dictionary" in note for note in profile.main.notes)


def test_a_dictionary_without_a_header_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "columns.csv").write_text("\n".join(f"{name};{said}" for name, said in MEANT.items()))
    paths = [*saved(tmp_path, houses=houses(ROWS)), str(tmp_path / "columns.csv")]
    profile = profiling.profile(paths)
    assert profile.main.column("rooms").description == "number of rooms"
    assert profile.main.column("price").description == "what it sold for"
