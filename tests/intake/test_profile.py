"""The profile says what is there, however it is written."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_graph import profiling
from agent_graph.profiling import reading
from agent_graph.profiling.sniff import is_pattern

ROWS = [
    {"id": f"k{k}", "amount": k / 4, "city": ["Köln", "Genève", "Łódź"][k % 3], "day": f"2020-01-{k % 28 + 1:02d}"}
    for k in range(120)
]
TABLE = pl.DataFrame(ROWS)


def kinds(profile: profiling.Profile) -> dict[str, str]:
    return {column.name: column.kind for column in profile.main.columns}


EXPECTED = {"id": "identifier", "amount": "number", "city": "category", "day": "datetime"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_delimiter_and_encoding_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "data.txt"
    path.write_bytes(TABLE.write_csv(separator=delimiter).encode(encoding))
    profile = profiling.profile([str(path)])
    assert kinds(profile) == EXPECTED
    assert profile.main.dialect.delimiter == delimiter
    assert {level.value for level in profile.main.column("city").levels} == {"Köln", "Genève", "Łódź"}


def test_a_latin_1_file_keeps_its_letters(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(TABLE.with_columns(pl.col("city").replace("Łódź", "Málaga")).write_csv().encode("latin-1"))
    profile = profiling.profile([str(path)])
    assert "Málaga" in {level.value for level in profile.main.column("city").levels}


@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz", "data.parquet", "data.jsonl", "data.jsonl.gz"])
def test_every_format_gives_the_same_kinds(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("parquet"):
        TABLE.write_parquet(path)
    else:
        content = (TABLE.write_csv() if ".csv" in name else TABLE.write_ndjson()).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    profile = profiling.profile([str(path)])
    assert kinds(profile) == EXPECTED
    assert profile.main.rows == 120
    assert profile.main.name == "data"


def test_a_folder_and_a_glob_of_parts_are_one_table(tmp_path: Path) -> None:
    for part in range(3):
        TABLE[part * 40 : part * 40 + 40].write_csv(tmp_path / f"part-{part}.csv")
    for path in (str(tmp_path), str(tmp_path / "part-*.csv")):
        assert profiling.profile([path]).main.rows == 120
    assert len(profiling.files([str(tmp_path)])) == 3


@pytest.mark.parametrize(("texts", "layout"), [
    (["31/12/2020", "01/02/2020"], "%d/%m/%Y"), (["12/31/2020", "01/02/2020"], "%m/%d/%Y"),
    (["Mar-2018", "Apr-2019"], "%b-%Y"),
    (["2020-01-31T10:00:00Z", "2020-02-28T11:30:00Z"], "%Y-%m-%dT%H:%M:%S%z"),
    (["2020-01-31 10:00:00", "2020-02-01 11:00:00"], "%Y-%m-%d %H:%M:%S"),
    (["31.12.2020", "28.02.2021"], "%d.%m.%Y"), (["2020-01", "2021-12"], "%Y-%m"),
])  # fmt: skip
def test_date_formats_are_found(tmp_path: Path, texts: list[str], layout: str) -> None:
    path = tmp_path / "data.csv"
    pl.DataFrame({"when": texts * 30, "x": range(len(texts) * 30)}).write_csv(path)
    column = profiling.profile([str(path)]).main.column("when")
    assert (column.kind, column.datetime_format) == ("datetime", layout)


@pytest.mark.parametrize(("values", "layout"), [
    ([2000 + k / 12 for k in range(60)], "decimal-year"), ([1_500_000_000 + k * 3600 for k in range(60)], "epoch-s"),
])  # fmt: skip
def test_moments_kept_as_numbers_are_found(tmp_path: Path, values: list[float], layout: str) -> None:
    path = tmp_path / "data.csv"
    pl.DataFrame({"date": values, "x": range(60)}).write_csv(path)
    column = profiling.profile([str(path)]).main.column("date")
    assert (column.kind, column.datetime_format) == ("datetime", layout)
    assert column.earliest is not None


def profiled(tmp_path: Path, **columns: list[object]) -> profiling.Profile:
    path = tmp_path / "data.csv"
    pl.DataFrame(columns, strict=False).write_csv(path)
    return profiling.profile([str(path)])


def test_na_among_numbers_is_missing(tmp_path: Path) -> None:
    profile = profiled(tmp_path, x=["NA" if k % 5 == 0 else str(k) for k in range(100)], y=list(range(100)))
    assert profile.main.column("x").storage == "integer"
    assert profile.main.column("x").missing == pytest.approx(0.2)
    assert "NA" in profile.main.dialect.null_tokens


def test_none_as_the_usual_word_is_a_value(tmp_path: Path) -> None:
    profile = profiled(tmp_path, damage=["None" if k % 10 else "Minor" for k in range(100)], y=list(range(100)))
    assert profile.main.column("damage").missing == 0
    assert "None" not in profile.main.dialect.null_tokens


def test_na_among_country_codes_is_a_value(tmp_path: Path) -> None:
    profile = profiled(tmp_path, country=["NA", "DE", "FR", "US"] * 25, y=list(range(100)))
    assert profile.main.column("country").missing == 0


def test_a_code_with_leading_zeros_stays_a_text(tmp_path: Path) -> None:
    profile = profiled(tmp_path, zip=[f"{k % 40:05d}" for k in range(100)], y=list(range(100)))
    assert profile.main.column("zip").storage == "string"


def test_a_nameless_first_column_gets_a_name(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(",a,b\n" + "\n".join(f"{k},{k % 7},{k % 3}" for k in range(100)))
    profile = profiling.profile([str(path)])
    assert [c.name for c in profile.main.columns] == ["row_number", "a", "b"]
    assert profile.main.column("row_number").kind == "identifier"


def test_side_tables_are_joined_by_name_by_pair_and_by_value(tmp_path: Path) -> None:
    main = pl.DataFrame(
        {
            "dest": [f"A{k % 9}" for k in range(300)],
            "place": ["x", "y", "z"] * 100,
            "hour": [k // 3 for k in range(300)],
            "y": range(300),
        }
    )
    main.write_csv(tmp_path / "trips.csv")
    pl.DataFrame({"code": [f"A{k}" for k in range(8)], "height": range(8)}).write_csv(tmp_path / "airports.csv")
    pairs = [(p, h) for p in "xyz" for h in range(100)]
    pl.DataFrame(
        {"place": [p for p, _ in pairs], "hour": [h for _, h in pairs], "rain": [h % 5 for _, h in pairs]}
    ).write_csv(tmp_path / "weather.csv")
    profile = profiling.profile([str(tmp_path / f"{n}.csv") for n in ("trips", "airports", "weather")])
    joins = {join.table: join for join in profile.joins}
    assert (joins["airports"].left, joins["airports"].right) == (("dest",), ("code",))
    assert joins["airports"].matched == pytest.approx(267 / 300, abs=0.01)
    assert joins["weather"].left == ("place", "hour")
    assert joins["weather"].matched == 1.0
    assert profile.column("weather.rain").distinct == 5


def test_a_shift_of_the_newest_rows_is_measured(tmp_path: Path) -> None:
    days = [f"2020-{1 + k // 84:02d}-{1 + k // 3 % 28:02d}" for k in range(1000)]
    profile = profiled(
        tmp_path,
        day=days,
        calm=[k % 17 for k in range(1000)],
        moved=[k % 17 + (30 if k > 800 else 0) for k in range(1000)],
    )
    psi = {drift.column: drift.psi for drift in profile.drift}
    assert psi["moved"] > 1 > 0.1 > psi["calm"]


def test_a_table_larger_than_memory_allows_gives_the_same_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, copy = tmp_path / "data.csv", tmp_path / "copy" / "data.csv"
    copy.parent.mkdir()
    TABLE.write_csv(path)
    TABLE.write_csv(copy)
    held = profiling.profile([str(path)])
    monkeypatch.setattr(reading, "IN_MEMORY_BYTES", 10)
    assert profiling.profile([str(copy)]).main.columns == held.main.columns


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(
        TEXT.filter(lambda t: t.strip() and not t[0].isdigit() and not is_pattern(t)),
        min_size=2,
        max_size=5,
        unique_by=lambda n: n.lower(),
    ),
    cells=st.lists(st.lists(TEXT, min_size=5, max_size=5), min_size=3, max_size=12),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_any_well_formed_csv_is_read_as_the_csv_module_reads_it(
    tmp_path: Path, names: list[str], cells: list[list[str]], delimiter: str
) -> None:
    rows = [row[: len(names)] for row in cells if any(row[: len(names)])]
    if (
        len(rows) < 2
        or sum(delimiter in name for name in names)
        or any("inf" in cell.lower() for row in rows for cell in row)
    ):
        return  # infinite numbers are refused
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([names, *rows])
    path = tmp_path / "data.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    profile = profiling.profile([str(path)])
    assert [column.name for column in profile.main.columns] == names
    texts = reading.texts(profile.main.files, profile.main.dialect).collect()
    assert [[cell or "" for cell in row] for row in texts.rows()] == rows
