"""Lines of a text table that are no rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph import profiling
from agent_graph.artifacts import Profile
from agent_graph.errors import BadInput
from agent_graph.profiling import layout
from agent_graph.resources import resource

ROWS = [f"p{k},{k % 7}.5,{k % 5},{'u' if k % 2 else 'v'}" for k in range(120)]
HEADER = "plot,rain,wind,kind"


def read(folder: Path, *lines: str, encoding: str = "utf-8", end: str = "\n") -> Profile:
    path = folder / "table.csv"
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return profiling.profile([str(path)])


def names(profile: Profile) -> list[str]:
    return [column.name for column in profile.main.columns]


@pytest.mark.parametrize(
    ("before", "header", "rows", "after"),
    [
        (["Monthly report"], HEADER, ROWS, []),
        (["Report, plant 2,,", "Printed 12/02/2024 07:45,,,", ",,,"], HEADER, ROWS, []),
        (["sep=,"], HEADER, ROWS, []),
        (["# made by a tool, version 2, on a Monday, late, x", "# second line"], HEADER, ROWS, []),
        ([], HEADER, ROWS, [",,,", "Mean,3.2,2.1,", "n = 120,,,", "Released by the head,,,"]),
        ([], HEADER, ROWS, ["", "Source: our own sheets", "Prepared by", "Somebody"]),
        ([], HEADER, ROWS, ["Total,420,240,"]),
        ([], HEADER, ROWS, ["Summe,420,240,"]),
        (["Bericht"], HEADER, ROWS, ["", "© the office"]),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_before_the_header_and_after_the_data_are_no_rows(
    tmp_path: Path, before: list[str], header: str, rows: list[str], after: list[str], end: str
) -> None:
    profile = read(tmp_path, *before, header, *rows, *after, end=end)
    layout = profile.main.layout
    assert names(profile) == HEADER.split(",")
    assert profile.main.rows == 120
    assert [column.storage for column in profile.main.columns] == ["string", "float", "integer", "string"]
    assert layout is not None
    assert (layout.before, layout.after) == (len(before), len(after))
    assert ("begins in line" in " ".join(profile.main.notes)) == bool(before)
    assert ("after the data left out" in " ".join(profile.main.notes)) == bool(after)


def test_a_plain_file_has_no_layout_and_nothing_to_say(tmp_path: Path) -> None:
    profile = read(tmp_path, HEADER, *ROWS)
    assert profile.main.layout is None
    assert profile.main.notes == ()
    assert profile.odd == ()


def test_a_report_in_windows_1252_keeps_its_degree_sign(tmp_path: Path) -> None:
    profile = read(tmp_path, "Bericht Grün;;", "a;Temp (°C);kind",
                   *(f"{k};{k % 9},5;{'u' if k % 2 else 'v'}" for k in range(90)), encoding="cp1252")  # fmt: skip
    assert names(profile) == ["a", "Temp (°C)", "kind"]
    assert profile.main.column("Temp (°C)").maximum == 8.5


def test_merged_cells_above_and_a_second_line_below_make_the_names_where_they_repeat(tmp_path: Path) -> None:
    merged = read(
        tmp_path, ",Weather,,Crop", "plot,temp,rain,temp", *(f"p{k},{k % 9},{k % 5},{k % 4}.5" for k in range(90))
    )
    assert names(merged) == ["plot", "Weather temp", "Weather rain", "Crop temp"]
    two = read(tmp_path, "Temp,Temp,Out", "min,max,y", *(f"{k % 9},{k % 5},{k % 2}" for k in range(90)))
    assert names(two) == ["Temp min", "Temp max", "Out y"]


def test_a_line_of_units_is_no_row_and_is_told(tmp_path: Path) -> None:
    profile = read(tmp_path, HEADER, ",[mm],(m/s),", *ROWS)
    assert profile.main.rows == 120
    assert profile.main.column("rain").storage == "float"
    assert "rain in mm, wind in m/s" in profile.main.notes[0]


def test_missing_values_in_the_first_row_are_no_units(tmp_path: Path) -> None:
    profile = read(tmp_path, HEADER, "p,NA,NA,u", *ROWS)
    assert profile.main.layout is None
    assert profile.main.rows == 121


def test_delimiters_at_the_end_of_each_line_make_empty_columns(tmp_path: Path) -> None:
    profile = read(tmp_path, HEADER + ",,", *(row + ",," for row in ROWS))
    assert [column.kind for column in profile.main.columns][-2:] == ["empty", "empty"]


@pytest.mark.parametrize("last", ["p120", "p120,3.5"])
def test_a_file_that_was_cut_off_is_refused_with_its_line(tmp_path: Path, last: str) -> None:
    with pytest.raises(BadInput, match="122"):
        read(tmp_path, HEADER, *ROWS, last)


def test_a_ragged_row_below_a_preamble_is_named_by_its_line_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 44"):
        read(tmp_path, "A report", "", HEADER, *ROWS[:40], "1,2,3,4,5", *ROWS[40:])


def test_a_last_row_that_looks_like_others_is_a_row(tmp_path: Path) -> None:
    brands = [f"{('Shell', 'Total', 'Max')[k % 3]},{k},{k % 5},u" for k in range(90)]
    assert read(tmp_path, HEADER, *brands, "Total,1,2,v").main.rows == 91
    nearly_empty = [f"p{k},{'' if k % 3 else k},,u" for k in range(90)]
    assert read(tmp_path, HEADER, *nearly_empty, "p90,,,").main.rows == 91


def test_a_quoted_field_over_several_lines_at_the_end_is_no_note(tmp_path: Path) -> None:
    profile = read(tmp_path, HEADER, *ROWS, '"a name: with', 'two lines",1.5,2,u')
    assert profile.main.rows == 121


def test_parts_of_a_table_may_each_have_their_own_preamble(tmp_path: Path) -> None:
    folder = tmp_path / "months"
    folder.mkdir()
    for k in range(2):
        text = "\n".join([*(["Report"] * (k + 1)), HEADER, *ROWS[k::2], "", f"Source: month {k}"])
        (folder / f"m{k}.csv").write_text(text)
    assert profiling.profile([str(folder)]).main.rows == 120


def test_names_that_differ_in_capitals_or_letters_alone_stay_apart(tmp_path: Path) -> None:
    header = "Temp,TEMP,temp (°C),class,температура,select,churn"
    rows = [f"{k % 7},{k % 9},{k % 4}.25,a,{k % 11},{k % 3},{'yes' if k % 3 else 'no'}" for k in range(90)]
    profile = read(tmp_path, header, *rows)
    assert names(profile) == header.split(",")
    assert profile.main.column("TEMP").maximum == 8


def test_the_project_knows_the_same_words_for_totals_and_notes() -> None:
    host = Path(layout.__file__).read_text("utf-8")
    told = resource("templates") / "data_engineer/common/src/__package__/data/plain.py.jinja"
    begin, end = host.index("TOTALS = "), host.index("COMMENTS = ")
    assert host[begin:end] in told.read_text("utf-8")
    assert layout.NUMBER.pattern in told.read_text("utf-8")


def test_looking_for_units_takes_no_longer_a_column_the_wider_a_table_is(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []

    def filled(record: layout.Record) -> int:
        counted.append("")
        return sum(1 for field in record.fields if field.strip())

    monkeypatch.setattr(layout.Record, "filled", property(filled))
    seen = []
    for width in (20, 200):
        lines = [",".join(f"c{k}" for k in range(width)), *[",".join(["1"] * width)] * 60]
        counted.clear()
        assert layout.find("\n".join(lines), [], ",", '"') is None
        seen.append(len(counted))
    assert seen[0] == seen[1], "each record is looked at, and not once a column"
