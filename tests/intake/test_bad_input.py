"""Bad input gets one clear line that names the thing and the remedy; names and values are never more than data."""

from __future__ import annotations

import datetime as dt
import gzip
import os
from collections.abc import Callable
from csv import reader
from pathlib import Path

import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.errors import BadInput, NotBuiltYet
from agent_graph.intake import sealing
from tests.intake.conftest import Framed, frame_paths

Frame = Callable[..., Framed]
ROWS = "\n".join(f"{k},{k % 7},{'yes' if k % 3 else 'no'}" for k in range(100))


def refused(run: Callable[[], object], *words: str, error: type[Exception] = BadInput) -> None:
    with pytest.raises(error) as caught:
        run()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    for word in words:
        assert word in message, message


def csv(tmp_path: Path, content: str | bytes, name: str = "data.csv") -> list[str]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [str(path)]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    refused(lambda: profiling.profile([str(tmp_path / "gone.csv")]), "gone.csv", "check the path")


def test_a_glob_without_files_is_named(tmp_path: Path) -> None:
    refused(lambda: profiling.profile([str(tmp_path / "*.csv")]), "*.csv", "pattern")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    refused(lambda: profiling.profile([str(tmp_path)]), tmp_path.name)


def test_no_data_at_all_is_refused() -> None:
    refused(lambda: profiling.profile([]), "no data given")


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, "")), "data.csv", "empty")


@pytest.mark.parametrize("name", ["*", "^a.*$"])
def test_a_name_that_is_taken_for_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, f'a,b,"{name}"\n{ROWS}')), repr(name), "pattern", "rename it")


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, "a,b,c\n")), "no rows")


def test_one_row_is_refused(tmp_path: Path) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, "a,b\n1,2\n")), "one row")


def test_one_column_is_refused(tmp_path: Path) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, "a\n1\n2\n3\n")), "at least two")


def test_fewer_than_fifty_rows_are_refused(tmp_path: Path) -> None:
    content = "x,y,churn\n" + "\n".join(ROWS.split("\n")[:30])
    refused(lambda: frame_paths(csv(tmp_path, content)), "30 rows", "50")


def test_an_unknown_target_gets_the_nearest_names(customers: pl.DataFrame, framed: Frame) -> None:
    refused(lambda: framed(customers, target="chrun"), "'chrun'", "did you mean 'churn'")


def test_a_target_that_differs_by_case_alone_is_understood(customers: pl.DataFrame, framed: Frame) -> None:
    assert framed(customers, target="CHURN")[2].target.column == "churn"


def test_a_constant_target_is_refused(customers: pl.DataFrame, framed: Frame) -> None:
    refused(lambda: framed(customers.with_columns(churn=pl.lit("No")), target="churn"), "'churn'", "one value")


def test_a_target_that_is_all_missing_is_refused(customers: pl.DataFrame, framed: Frame) -> None:
    refused(lambda: framed(customers.with_columns(churn=pl.lit(None, pl.String)), target="churn"), "'churn'", "empty")


def test_a_target_that_few_rows_have_is_refused_when_it_was_read_too(customers: pl.DataFrame, framed: Frame) -> None:
    table = customers.with_columns(churn=pl.when(pl.int_range(pl.len()) < 30).then(pl.col("churn")))
    refused(lambda: framed(table), "'churn'", "in 30 of 200 rows", "at least 50")


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04" + bytes(100), b"\x89PNG\r\n\x1a\n" + bytes(200), bytes(range(256)) * 20, b"\x7fELF" + bytes(90)],
)
def test_a_binary_file_named_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, content)), "data.csv", "export it")


def test_a_text_named_parquet_is_refused(tmp_path: Path) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, "a,b\n1,2\n", "data.parquet")), "not a Parquet file")


def test_a_cut_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(("a,b,c\n" + ROWS).encode())
    refused(lambda: profiling.profile(csv(tmp_path, whole[: len(whole) // 2], "data.csv.gz")), "data.csv.gz")


@pytest.mark.parametrize("line", ["1,2,no,extra", "1,2"])
def test_a_ragged_row_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    rows = ROWS.split("\n")
    content = "\n".join(["a,b,churn", *rows[:40], line, *rows[40:]])
    refused(lambda: profiling.profile(csv(tmp_path, content)), "data.csv", "42", "correct that line")


def test_a_column_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, "a,b,a\n" + ROWS)), "'a'", "twice")


def test_a_nameless_column_in_the_middle_is_refused(tmp_path: Path) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, "a,,c\n" + ROWS)), "column 2", "no name")


def test_a_table_without_a_header_is_refused(tmp_path: Path) -> None:
    refused(lambda: profiling.profile(csv(tmp_path, "\n".join(f"{k},{k * 2},{k * 3}" for k in range(90)))), "no header")


def test_more_than_ten_thousand_columns_are_refused_with_the_limit(tmp_path: Path) -> None:
    names = ",".join(f"c{k}" for k in range(12_000))
    row = ",".join("1" for _ in range(12_000))
    refused(lambda: profiling.profile(csv(tmp_path, f"{names}\n{row}\n{row}\n")), "12,000", "10,000")


@pytest.mark.parametrize("text", ["inf", "-inf", "Infinity"])
def test_infinite_values_are_refused_with_their_column(tmp_path: Path, text: str) -> None:
    content = "x,amount,churn\n" + "\n".join(
        f"{k},{text if k == 50 else k / 4},{'yes' if k % 3 else 'no'}" for k in range(100)
    )
    refused(lambda: profiling.profile(csv(tmp_path, content)), "'amount'", "infinite")


def test_a_date_that_is_none_is_shown(tmp_path: Path) -> None:
    content = "when,x,churn\n" + "\n".join(
        f"{'31st of May' if k == 50 else f'2020-01-{k % 28 + 1:02d}'},{k},{'yes' if k % 3 else 'no'}"
        for k in range(100)
    )
    refused(lambda: profiling.profile(csv(tmp_path, content)), "'when'", "31st of May")


def test_a_future_date_is_refused_where_it_orders_the_rows(customers: pl.DataFrame, framed: Frame) -> None:
    days = pl.date_range(dt.date(2020, 1, 1), dt.date(2020, 7, 18), eager=True)
    table = customers.with_columns(day=pl.when(pl.int_range(pl.len()) == 7).then(dt.date(2190, 1, 1)).otherwise(days))
    refused(lambda: framed(table, time_column="day"), "'day'", "2190-01-01")


def test_a_target_of_mixed_types_is_refused(customers: pl.DataFrame, framed: Frame) -> None:
    mixed = pl.int_range(pl.len(), eager=False).cast(pl.String)
    table = customers.with_columns(churn=pl.when(pl.int_range(pl.len()) % 9 == 0).then(pl.lit("much")).otherwise(mixed))
    refused(lambda: framed(table, target="churn"), "'churn'")


def test_a_numeric_task_on_texts_is_refused(customers: pl.DataFrame, framed: Frame) -> None:
    refused(lambda: framed(customers, target="churn", task="regression"), "'churn'", "numeric")


def test_a_metric_that_does_not_fit_is_refused_with_those_that_do(customers: pl.DataFrame, framed: Frame) -> None:
    refused(lambda: framed(customers, target="churn", metric="rmse"), "'rmse'", "roc_auc")


def test_one_of_two_numbers_with_one_row_is_refused(customers: pl.DataFrame, framed: Frame, tmp_path: Path) -> None:
    settled = framed(customers.with_columns(plan=(pl.int_range(pl.len()) == 3).cast(pl.Int64)), target="plan")
    refused(lambda: sealing.seal(*settled, tmp_path / "sealed"), "'1'", "one row")
    assert not (tmp_path / "sealed").exists()


@pytest.mark.parametrize("statement", ["", "  \n\t ", "x" * 100_000])
def test_a_statement_of_no_or_too_many_characters_is_refused(
    customers: pl.DataFrame, framed: Frame, statement: str
) -> None:
    refused(lambda: framed(customers, statement), "statement")


def test_a_statement_that_names_nothing_asks_for_a_target(framed: Frame) -> None:
    table = pl.DataFrame(
        {
            "id": range(100),
            "bmi": [k % 31 + 0.5 for k in range(100)],
            "skin": [k % 17 for k in range(100)],
            "uuid": [f"u{k}" for k in range(100)],
        }
    )
    refused(lambda: framed(table, "Please do something clever."), "--target")


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    paths = csv(tmp_path, "a,b,c\n" + ROWS)
    os.chmod(paths[0], 0)
    if os.access(paths[0], os.R_OK):
        pytest.skip("root reads everything")
    refused(lambda: profiling.profile(paths), "data.csv", "permission")


def test_parts_with_other_columns_are_refused(tmp_path: Path) -> None:
    csv(tmp_path, "a,b,c\n" + ROWS, "part-1.csv")
    csv(tmp_path, "a,b,d\n" + ROWS, "part-2.csv")
    refused(lambda: profiling.profile([str(tmp_path)]), "part-2.csv")


def test_a_forecast_is_said_not_to_be_built_yet(framed: Frame) -> None:
    days = pl.date_range(dt.date(2020, 1, 1), dt.date(2021, 12, 31), eager=True)
    table = pl.DataFrame({"day": days, "sales": [100 + k % 7 * 10 for k in range(len(days))]})
    refused(
        lambda: framed(table, "We need a forecast of the sales of the next seven days."),
        "forecasts of series",
        "--task",
        error=NotBuiltYet,
    )


def test_survival_is_said_not_to_be_built_yet(customers: pl.DataFrame, framed: Frame) -> None:
    table = customers.with_columns(futime=pl.int_range(pl.len()) * 3, death=(pl.col("churn") == "Yes").cast(pl.Int8))
    refused(
        lambda: framed(table, "Tell us how long they live; many were still alive when the study closed."),
        "survival",
        error=NotBuiltYet,
    )


def test_a_split_that_leaves_no_rows_is_refused_and_writes_nothing(
    customers: pl.DataFrame, framed: Frame, tmp_path: Path
) -> None:
    table = customers.with_columns(
        day=pl.when(pl.int_range(pl.len()) < 100).then(dt.date(2020, 1, 1))
        .when(pl.int_range(pl.len()) < 195).then(dt.date(2020, 1, 2)).otherwise(dt.date(2020, 2, 1))
    )  # fmt: skip
    settled = framed(table, target="churn", time_column="day")
    refused(lambda: sealing.seal(*settled, tmp_path / "sealed"), "'day'")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["table.csv"]


@pytest.mark.parametrize("name", [
    "two words", 'quo"te', "apo'strophe", "comma, semi;", "ümlaut", "名前", "new\nline", "{{ 7 * 7 }}",
    '"); import os; os.system("x', "../../etc/passwd", "a\tb", "%s{0}",
])  # fmt: skip
def test_any_column_name_works(customers: pl.DataFrame, framed: Frame, tmp_path: Path, name: str) -> None:
    settled = framed(customers.rename({"plan": name}))
    assert settled[2].target.column == "churn"
    assert name in [role.name for role in settled[2].features]
    sealed = sealing.seal(*settled, tmp_path / "sealed")
    with next(Path(sealed.holdout_dir).iterdir()).open(encoding="utf-8", newline="") as stream:
        assert name in next(reader(stream))


@pytest.mark.parametrize("name", ["the target", 'a "b" c', "{{ churn }}", "'; drop table x; --"])
def test_any_target_name_works(customers: pl.DataFrame, framed: Frame, name: str) -> None:
    assert framed(customers.rename({"churn": name}), target=name)[2].target.column == name
