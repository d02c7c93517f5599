"""The feature pipeline: row by row, bit for bit, and undisturbed by what it never saw."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from synthetic import _as_text as as_text

from telco_churn.config import load, settings
from telco_churn.data.columns import Columns, from_frame, from_records, row_count, take
from telco_churn.errors import BadInput
from telco_churn.features.definition import Feature, Output, features, version_of
from telco_churn.features.linear_view import LinearView
from telco_churn.features.pipeline import FeaturePipeline


@pytest.fixture
def frame(rows: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Made-up rows."""
    return rows(300)


@pytest.fixture
def columns(frame: pd.DataFrame) -> Columns:
    """The same as columns."""
    return from_frame(frame)


@pytest.fixture
def pipeline(columns: Columns) -> FeaturePipeline:
    """Fitted on these."""
    return FeaturePipeline().fit(columns)


def emptied(columns: Columns) -> Columns:
    """One row in which every value is missing."""
    blank = {"f": np.nan, "M": np.datetime64("NaT"), "O": None}
    return {name: np.array([blank[values.dtype.kind]], dtype=values.dtype) for name, values in columns.items()}


def test_many_rows_are_many_single_rows(pipeline: FeaturePipeline, columns: Columns) -> None:
    together = pipeline.transform(columns)
    assert together.sparse is not None
    for row in range(0, row_count(columns), 7):
        alone = pipeline.transform(take(columns, slice(row, row + 1)))
        assert alone.sparse is not None
        np.testing.assert_array_equal(alone.dense[0], together.dense[row])
        np.testing.assert_array_equal(alone.sparse.toarray()[0], together.sparse[[row]].toarray()[0])


def test_every_feature_of_the_definition_is_in_the_matrix(pipeline: FeaturePipeline, columns: Columns) -> None:
    matrix = pipeline.transform(columns)
    assert matrix.dense.shape == (row_count(columns), len(matrix.names))
    assert len(set(matrix.names)) == len(matrix.names)
    assert list(dict.fromkeys(pipeline.importance_names)) == [feature.name for feature in features()]
    assert not np.isinf(matrix.dense).any()


def test_categorical_columns_hold_codes(pipeline: FeaturePipeline, columns: Columns) -> None:
    codes = pipeline.transform(columns).dense[:, list(pipeline.categorical)]
    assert (codes >= 0).all()
    assert (codes == codes.astype(int)).all()


def test_a_row_without_any_value_gets_finite_linear_features(pipeline: FeaturePipeline, columns: Columns) -> None:
    matrix = pipeline.transform(emptied(columns))
    assert matrix.sparse is not None
    assert np.isfinite(matrix.sparse.data).all()


def test_values_beyond_all_experience_stay_finite_in_the_linear_view(
    pipeline: FeaturePipeline, columns: Columns
) -> None:
    wild = take(columns, slice(0, 1))
    for name, values in wild.items():
        if values.dtype.kind == "f":
            wild[name] = np.array([1e300])
        elif values.dtype.kind == "O":
            wild[name] = np.array(["never seen \N{SNOWMAN} before"], dtype=object)
    matrix = pipeline.transform(wild)
    assert matrix.sparse is not None
    assert np.isfinite(matrix.sparse.data).all()
    assert np.abs(matrix.sparse.data).max() <= 6.0


def test_an_absent_column_is_named(pipeline: FeaturePipeline, columns: Columns) -> None:
    name = features()[0].columns[0]
    with pytest.raises(BadInput, match="absent") as refusal:
        pipeline.transform({other: values for other, values in columns.items() if other != name})
    assert repr(name) in str(refusal.value)


def test_a_stored_pipeline_gives_the_same_features(pipeline: FeaturePipeline, columns: Columns, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there" / "yet"
    pipeline.save(folder)
    again = FeaturePipeline.load(folder)
    assert again.version == pipeline.version
    assert again.fitted_rows == row_count(columns)
    facts = json.loads((folder / "pipeline.json").read_text(encoding="utf-8"))
    assert (facts["version"], facts["names"]) == (pipeline.version, list(pipeline.names))
    np.testing.assert_array_equal(again.transform(columns).dense, pipeline.transform(columns).dense)
    with pytest.raises(BadInput, match="no fitted features"):
        FeaturePipeline.load(tmp_path / "elsewhere")


def test_the_version_changes_with_the_definition_only() -> None:
    definition = features()
    assert version_of(definition) == version_of(tuple(definition))
    renamed = Feature("another_name", definition[0].transform, definition[0].columns, definition[0].parameters)
    assert version_of((renamed, *definition[1:])) != version_of(definition)


def as_json(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as a client would send them."""
    contract = {column["name"]: column for column in load("data")["columns"]}
    written = {name: as_text(frame[name], column) for name, column in contract.items()}
    return [{name: values.iloc[row] for name, values in written.items()} for row in range(len(frame))]


def test_json_rows_give_the_features_of_the_table(
    pipeline: FeaturePipeline, frame: pd.DataFrame, columns: Columns
) -> None:
    served = pipeline.transform(from_records(as_json(frame)))
    np.testing.assert_array_equal(served.dense, pipeline.transform(columns).dense)


def test_a_field_that_is_absent_or_of_another_type_is_named(frame: pd.DataFrame) -> None:
    record = as_json(frame.head(1))[0]
    for column in load("data")["columns"]:
        name = column["name"]
        if column["required"]:
            with pytest.raises(BadInput, match="is missing") as refusal:
                from_records([{key: value for key, value in record.items() if key != name}])
            assert repr(name) in str(refusal.value)
        if column["dtype"] != "string":
            with pytest.raises(BadInput, match="is no") as refusal:
                from_records([{**record, name: "many"}])
            assert repr(name) in str(refusal.value)


def test_the_linear_view_scales_flags_and_spreads_out() -> None:
    dense = np.array([[1.0, 2.0], [3.0, 0.0], [np.nan, 3.0], [5.0, 2.0]])
    view = LinearView()
    view.fit(dense, (Output("size", "number"), Output("kind", "code", 4)))
    linear = view.transform(dense, []).toarray()
    assert linear.shape == (4, 3 + 4)
    np.testing.assert_array_equal(linear[:, 2], [0, 0, 1, 0])
    np.testing.assert_array_equal(linear[:, 3:].argmax(axis=1), [2, 0, 3, 2])
    assert linear[0, 0] < linear[1, 0] < linear[3, 0]
    assert linear[2, 0] == linear[1, 0]  # a missing value counts as the median
    assert (np.diff(linear[[0, 1, 3], 1]) > 0).all()


def test_rare_new_and_missing_levels_have_codes_of_their_own() -> None:
    from telco_churn.features.transforms import Category

    feature = Feature("kind", "category", ("kind",), {"min_count": "2", "max_levels": "10"})
    category = Category(feature)
    category.fit({"kind": np.array(["b", "a", "a", "a", "b", "once", None, np.nan, np.nan], dtype=object)})
    out = np.empty((5, 1))
    category.fill({"kind": np.array(["a", "b", "once", "new", None], dtype=object)}, out)
    np.testing.assert_array_equal(out[:, 0], [2, 3, 1, 1, 0])
    assert category.outputs[0].size == 4


def test_levels_with_an_order_become_ranks() -> None:
    from telco_churn.features.transforms import Ordinal

    ordinal = Ordinal(Feature("size", "ordinal", ("size",), {"small": "0", "large": "1"}))
    out = np.empty((4, 1))
    ordinal.fill({"size": np.array(["large", "small", "huge", None], dtype=object)}, out)
    np.testing.assert_array_equal(out[:, 0], [1, 0, np.nan, np.nan])
    assert ordinal.outputs[0].size == 2


def test_ratio_of_two_columns() -> None:
    from telco_churn.features.transforms import Pair

    pair = Pair(Feature("both", "ratio", ("left", "right")))
    out = np.empty((3, 1))
    pair.fill({"left": np.array([6.0, 6.0, np.nan]), "right": np.array([3.0, 0.0, 1.0])}, out)
    np.testing.assert_array_equal(out[:, 0], [2.0, np.nan, np.nan])


def test_the_command_stores_a_table_and_transforms_files(project: Path) -> None:
    from telco_churn.data import ingest
    from telco_churn.features import store

    ingest.run()
    fitted = store.run(input=None, output=None)
    table = pd.read_parquet(project / "data" / "features" / "features.parquet")
    assert len(table) == fitted["rows"]
    names = list(FeaturePipeline.load(settings().pipeline_dir).names)
    assert list(table.columns) == [ingest.LABEL, ingest.ROW, ingest.BATCH, *names]
    output = project / "features.csv"
    transformed = store.run(input=project / "data" / "raw", output=output)
    assert transformed["version"] == fitted["version"]
    assert len(pd.read_csv(output)) == transformed["rows"]
    assert list(pd.read_csv(output).columns) == names
    with pytest.raises(BadInput, match="belong together"):
        store.run(input=project / "data" / "raw", output=None)
    with pytest.raises(BadInput, match=r"parquet or \.csv"):
        store.run(input=project / "data" / "raw", output=project / "features.xlsx")
