"""The whole pipeline on made-up rows: raw files in, a champion and its predictions out."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synthetic import LABEL, make_rows, write_raw

from telco_churn.cli import main

NEW_ROWS = 40


@pytest.fixture
def new_rows(root: Path) -> Path:
    """A raw file of rows without labels."""
    return write_raw(make_rows(NEW_ROWS, seed=1).drop(columns=[LABEL]), root / "new")


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"prediction": "str"})


def test_every_step_leaves_what_the_next_one_needs(root: Path) -> None:
    made = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert "data/processed/lineage.json" in made
    assert "artifacts/oof.csv" in made
    assert "artifacts/reports/evaluation.json" in made
    assert any(name.startswith("artifacts/serving/") for name in made)


@pytest.mark.parametrize("command", ["predict", "batch"])
def test_new_rows_get_predictions_that_keep_their_contract(command: str, root: Path, new_rows: Path) -> None:
    output = root / f"{command}.csv"
    assert main([command, "--input", str(new_rows), "--output", str(output)]) == 0
    predictions = _read(output)
    assert predictions["row"].tolist() == list(range(NEW_ROWS))
    _hold_the_contract(predictions)


@pytest.mark.parametrize("command", ["batch"])
def test_chunks_give_the_numbers_of_the_whole(command: str, root: Path, new_rows: Path) -> None:
    whole, chunked = root / "whole.csv", root / "chunked.csv"
    assert main(["predict", "--input", str(new_rows), "--output", str(whole)]) == 0
    assert main([command, "--input", str(new_rows), "--output", str(chunked), "--chunk-rows", "7"]) == 0
    pd.testing.assert_frame_equal(_read(whole), _read(chunked), rtol=1e-9)


def test_training_again_gives_the_same_predictions(root: Path, new_rows: Path) -> None:
    first, second = root / "first.csv", root / "second.csv"
    assert main(["predict", "--input", str(new_rows), "--output", str(first)]) == 0
    assert main(["train"]) == 0
    assert main(["promote", "--force"]) == 0
    assert main(["predict", "--input", str(new_rows), "--output", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes()


def _hold_the_contract(predictions: pd.DataFrame) -> None:
    """Probabilities of every class that add up to one, and the label of the likeliest."""
    classes = ("No", "Yes")
    shares = predictions[[f"p_{k}" for k in range(len(classes))]].to_numpy()
    assert np.isfinite(shares).all()
    assert ((shares >= 0) & (shares <= 1)).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-6)
    assert set(predictions["prediction"]) <= set(classes)
    likeliest = np.array(classes, dtype=object)[shares.argmax(axis=1)]
    assert (likeliest == predictions["prediction"].to_numpy()).mean() > 0.99  # equal shares may go either way


def test_a_prediction_without_a_champion_says_what_to_do(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = write_raw(make_rows(5, seed=1).drop(columns=[LABEL]), project / "new")
    assert main(["predict", "--input", str(new), "--output", str(project / "out.csv")]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("error: ")
    assert "promote" in said
    assert not (project / "out.csv").exists()


def test_a_second_ingest_finds_nothing_new(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest"]) == 0
    files = sorted(path.stat().st_mtime_ns for path in (project / "data" / "processed").rglob("*.parquet"))
    assert main(["ingest"]) == 0
    assert sorted(path.stat().st_mtime_ns for path in (project / "data" / "processed").rglob("*.parquet")) == files
    assert all(isinstance(json.loads(line), dict) for line in capsys.readouterr().out.splitlines())
