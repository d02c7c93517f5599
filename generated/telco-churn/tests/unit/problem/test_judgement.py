"""What a score is worth: thresholds, intervals, reliability, slices."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from made_up import honest

from telco_churn import config
from telco_churn.errors import BadInput
from telco_churn.problem.answers import said_and_came
from telco_churn.problem.judgement import GAIN, bins, gain, intervals_of, slices, verdicts
from telco_churn.problem.metrics import METRIC, all_scores

ROWS = 600


def with_bars(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """This project's feature configuration with some entries changed."""
    shutil.copytree(config.settings().config_dir, folder)
    plan = config.load("features") | changes
    (folder / "features.yaml").write_text(yaml.safe_dump(plan))
    monkeypatch.setenv(config.ENV_PREFIX + "CONFIG_DIR", str(folder))
    config.reset()


def test_a_bar_is_met_or_missed_and_unmeasured_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars = [
        {"metric": METRIC, "direction": "min", "value": 0.5},
        {"metric": METRIC, "direction": "max", "value": 0.5},
        {"metric": "unknown", "direction": "min", "value": 0.0},
        {"metric": GAIN, "direction": "min", "value": 0.1},
    ]
    with_bars(tmp_path / "config", monkeypatch, thresholds=bars)
    trained = {"linear": {METRIC: 0.5}, "gain": {"over_linear": 0.04, "noise": 0.0}}
    found = verdicts({METRIC: 0.6}, trained)
    assert [one["passed"] for one in found] == [True, False, False, False]
    assert [one["measured"] for one in found] == [0.6, 0.6, None, pytest.approx(0.08)]
    noisy = trained | {"gain": {"over_linear": 0.04, "noise": 0.01}}
    assert verdicts({METRIC: 0.6}, noisy)[3]["passed"]
    assert [one["passed"] for one in verdicts({METRIC: 0.6}, trained, 0.5)][:3] == [True, True, False]
    assert gain(trained) == pytest.approx(0.08)


def test_an_interval_holds_its_score() -> None:
    truth, predictions = honest(ROWS)
    ends = intervals_of(truth, predictions, 0)
    value = all_scores(truth, predictions)[METRIC]
    low, high = ends[METRIC]
    assert low < value < high


def test_tenths_hold_every_row_once_and_honest_ones_come_near_what_they_say() -> None:
    truth, predictions = honest(ROWS)
    found = bins(truth, predictions)
    assert sum(one["rows"] for one in found) == ROWS
    assert all(abs(one["predicted"] - one["observed"]) < 0.35 for one in found)


def test_slices_are_the_levels_with_enough_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truth, predictions = honest(ROWS)
    levels = ["a"] * 300 + ["b"] * 295 + ["few"] * 5
    frame = pd.DataFrame({"level": levels, "number": np.arange(float(ROWS)), "flag": [0.0, 1.0, 1.0] * (ROWS // 3)})
    with_bars(tmp_path / "config", monkeypatch, slices=["level", "number", "flag"], minimum_slice_rows=50)
    found = slices(frame, truth, predictions)
    assert [(one["level"], one["rows"]) for one in found if one["column"] == "level"] == [("a", 300), ("b", 295)]
    assert [one["rows"] for one in found if one["column"] == "number"] == [150] * 4
    assert [(one["level"], one["rows"]) for one in found if one["column"] == "flag"] == [("1.0", 400), ("0.0", 200)]
    with_bars(tmp_path / "other", monkeypatch, slices=["absent"], minimum_slice_rows=50)
    with pytest.raises(BadInput, match="slices names 'absent'"):
        slices(frame, truth, predictions)
    own = all_scores(truth[:300], predictions[:300])[METRIC]
    assert found[0]["score"] == pytest.approx(own)
    said, came = said_and_came(truth[:300], predictions[:300])
    assert (found[0]["mean_predicted"], found[0]["mean_observed"]) == pytest.approx((said.mean(), came.mean()))
