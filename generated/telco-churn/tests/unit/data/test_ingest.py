"""From landing files to the processed layer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synthetic import write_raw

from telco_churn.data import ingest, processed
from telco_churn.data.casts import cast
from telco_churn.data.ingest import BATCH, LABEL, ROW
from telco_churn.data.landing import main_source, table_files
from telco_churn.errors import BadInput

Rows = Callable[..., pd.DataFrame]


def landed_file(root: Path) -> Path:
    return table_files(root / "data" / "raw", main_source())[0]


def test_rows_come_back_as_they_were_written(rows: Rows, tmp_path: Path) -> None:
    expected = rows(150, seed=3)
    write_raw(expected, tmp_path)
    found = ingest.read_rows(tmp_path, labelled=True)
    assert list(found.columns) == list(expected.columns)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-9)


def test_a_second_ingest_adds_nothing(project: Path) -> None:
    first = ingest.run()
    before = {path: path.read_bytes() for path in (project / "data/processed").rglob("*.parquet")}
    second = ingest.run()
    assert (first["new_rows"], first["batches"]) == (300, 1)
    assert second["new_batches"] == []
    assert {path: path.read_bytes() for path in (project / "data/processed").rglob("*.parquet")} == before


def test_a_new_file_adds_its_own_rows_only(project: Path, rows: Rows) -> None:
    ingest.run()
    write_raw(rows(120, seed=9), project / "data" / "raw", name="later")
    assert ingest.run()["new_rows"] == 120
    frame = ingest.load_processed()
    assert len(frame) == 420
    assert frame[BATCH].nunique() == 2
    assert frame.groupby(BATCH)[ROW].apply(lambda row: row.is_monotonic_increasing).all()


def test_the_same_content_under_another_name_is_no_new_batch(project: Path) -> None:
    ingest.run()
    source = landed_file(project)
    copy = source.parent / main_source()["table"] / ("copy" + "".join(source.suffixes))
    copy.parent.mkdir()
    copy.write_bytes(source.read_bytes())
    assert ingest.run()["new_batches"] == []


def test_a_rewritten_landing_file_is_refused(project: Path, rows: Rows) -> None:
    ingest.run()
    write_raw(rows(80, seed=5), project / "data" / "raw")
    with pytest.raises(BadInput, match="has changed since it was ingested"):
        ingest.run()
    assert ingest.run(rebuild=True)["rows"] == 80


def test_lineage_tells_file_digest_rows_and_contract(project: Path) -> None:
    ingest.run()
    source = landed_file(project)
    (batch,) = json.loads((project / "data/processed/lineage.json").read_text())["batches"]
    assert batch["sha256"] == processed.sha256(source)
    assert batch["file"] == source.name
    assert batch["rows_in"] - sum(batch["dropped"].values()) == batch["rows_out"] == 300
    assert batch["contract"] == ingest.load("data")["version"]


def test_a_lost_batch_is_made_again(project: Path) -> None:
    batch = ingest.run()["new_batches"][0]
    processed.remove_batch(batch)
    with pytest.raises(BadInput, match="is gone"):
        ingest.load_processed()
    assert ingest.run()["new_batches"] == [batch]


def test_rows_without_a_label_are_left_out_and_counted(rows: Rows, tmp_path: Path) -> None:
    frame = rows(100)
    frame[LABEL] = frame[LABEL].mask(frame[ROW] < 7)
    write_raw(frame, tmp_path)
    found = ingest.read_rows(tmp_path, labelled=True)
    assert found[ROW].tolist() == list(range(7, 100))
    assert found.attrs["rows"] == 100


def test_prediction_rows_need_no_target_and_keep_their_order(rows: Rows, tmp_path: Path) -> None:
    frame = rows(60)
    path = write_raw(frame.drop(columns=LABEL), tmp_path)
    found = ingest.read_rows(path, labelled=False)
    assert LABEL not in found
    pd.testing.assert_frame_equal(found, frame[found.columns], check_dtype=False, rtol=1e-9)


def test_a_missing_column_is_named(rows: Rows, tmp_path: Path) -> None:
    frame = rows(30)
    path = write_raw(frame, tmp_path)
    text = path.read_bytes()
    path.write_bytes(text[:20])
    with pytest.raises(BadInput, match=path.name):
        ingest.read_rows(path, labelled=True)


def test_records_become_the_same_rows_as_files(rows: Rows, tmp_path: Path) -> None:
    frame = rows(40, seed=2)
    expected = ingest.read_rows(write_raw(frame, tmp_path), labelled=False)
    moments = expected.select_dtypes("datetime").columns
    given = expected.astype(object)
    for column in ingest.load("data")["columns"]:
        if column["name"] in moments and column["datetime_format"] is not None:
            pytest.skip("records are written in the file's own date format, which JSON values here don't show")
        if column["name"] in moments:
            given[column["name"]] = expected[column["name"]].map(lambda moment: moment.isoformat(), na_action="ignore")
    records = given.where(expected.notna(), None).replace({np.nan: None}).to_dict("records")
    pd.testing.assert_frame_equal(ingest.type_records(records), expected)


@pytest.mark.parametrize("value", [None, float("nan"), ""])
def test_a_json_value_that_says_nothing_is_missing(value: object) -> None:
    columns = ingest.load("data")["columns"]
    assert [cast(value, column, [""]) for column in columns] == [None] * len(columns)


def test_a_record_without_a_needed_field_is_refused_by_name(rows: Rows) -> None:
    with pytest.raises(BadInput, match="is missing"):
        ingest.type_records([{}])


def test_a_word_among_numbers_is_refused_with_its_field(rows: Rows) -> None:
    record = dict.fromkeys((column["name"] for column in ingest.load("data")["columns"]), None)
    record["female"] = "twelve"
    with pytest.raises(BadInput, match="record 0: field"):
        ingest.type_records([record])


def test_a_word_among_the_numbers_of_a_file_is_refused_with_its_row(rows: Rows, tmp_path: Path) -> None:
    name, dialect = "female", main_source()["dialect"]
    path = write_raw(rows(30), tmp_path)
    raw = pd.read_csv(path, sep=dialect["delimiter"], encoding=dialect["encoding"], dtype=str, keep_default_na=False)
    raw.loc[6, name] = "twelve"
    raw.to_csv(path, sep=dialect["delimiter"], encoding=dialect["encoding"], index=False)
    with pytest.raises(BadInput, match=r"1 value\(s\) that are no .* first in row 7"):
        ingest.read_rows(path, labelled=True)
