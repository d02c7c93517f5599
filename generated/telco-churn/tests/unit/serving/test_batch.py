"""Chunks hold every record once and unchanged; a batch in chunks equals one in a single piece, stopped or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import saying
from synthetic import LABEL, ROW, write_raw

from telco_churn.config import load
from telco_churn.data.columns import Columns
from telco_churn.data.ingest import read_rows
from telco_churn.errors import BadInput
from telco_churn.problem.answers import Predictions
from telco_churn.serving import batch


@dataclass
class Counting:
    """An estimator whose answer depends on the row alone, and that counts its calls."""

    version: str = "1"
    calls: int = 0
    fail_at: int = 0

    def predict(self, columns: Columns) -> Predictions:
        """A number made of the row's content."""
        self.calls += 1
        if self.calls == self.fail_at:
            raise KeyboardInterrupt
        rows = zip(*(values.tolist() for values in columns.values()), strict=True)
        predicted = saying(np.array([len(repr(row)) % 97 / 100 for row in rows]))
        return Predictions.of(predicted)


@pytest.fixture
def incoming(project: Path, rows: Callable[..., pd.DataFrame], tmp_path: Path) -> Path:
    """A landing folder of 250 rows without labels."""
    folder = tmp_path / "incoming"
    write_raw(rows(250).drop(columns=[LABEL, ROW]), folder)
    return folder


@pytest.fixture
def estimator(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """What `batch` finds in place of the champion."""
    model = Counting()
    monkeypatch.setattr(batch, "champion", lambda: model)
    return model


def main_file(folder: Path) -> Path:
    """The main table's file."""
    return next(path for path in folder.iterdir() if path.name.startswith(load("data")["sources"][0]["table"] + "."))


def test_parts_hold_every_record_once_in_order(incoming: Path, tmp_path: Path) -> None:
    file = main_file(incoming)
    frames = [read_rows(part, labelled=False) for part in batch.parts(file, 100, tmp_path / "parts")]
    assert [len(frame) for frame in frames] == [100, 100, 50]
    pd.testing.assert_frame_equal(pd.concat(frames, ignore_index=True), read_rows(file, labelled=False))


def test_chunks_give_the_same_file_as_one_piece(incoming: Path, estimator: Counting, tmp_path: Path) -> None:
    whole, chunked = tmp_path / "whole.csv", tmp_path / "chunked.csv"
    assert batch.run(incoming, whole, chunk_rows=1000)["rows"] == 250
    assert batch.run(incoming, chunked, chunk_rows=90)["rows"] == 250
    assert whole.read_bytes() == chunked.read_bytes()
    assert list(pd.read_csv(whole)["row"]) == list(range(250))
    assert not chunked.with_name("chunked.csv.parts").exists()


def test_a_stopped_run_goes_on_where_it_was(incoming: Path, estimator: Counting, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    estimator.fail_at = 4
    with pytest.raises(KeyboardInterrupt):
        batch.run(incoming, output, chunk_rows=50)
    assert not output.exists()
    assert batch.run(incoming, output, chunk_rows=50)["chunks_resumed"] == 3
    assert estimator.calls == 4 + 2
    assert len(pd.read_csv(output)) == 250


def test_another_model_starts_anew(incoming: Path, estimator: Counting, tmp_path: Path) -> None:
    estimator.fail_at = 2
    with pytest.raises(KeyboardInterrupt):
        batch.run(incoming, tmp_path / "out.csv", chunk_rows=150)
    estimator.version = "2"
    assert batch.run(incoming, tmp_path / "out.csv", chunk_rows=150)["chunks_resumed"] == 0


def test_an_input_that_is_not_there_is_named(project: Path, estimator: Counting, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.csv"):
        batch.run(tmp_path / "nowhere.csv", tmp_path / "out.csv")
