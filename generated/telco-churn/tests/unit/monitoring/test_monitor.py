"""Alarms are raised for reasons, and their gauges can be scraped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from made_up import near
from prometheus_client.parser import text_string_to_metric_families
from synthetic import make_rows

from telco_churn.config import load
from telco_churn.data.ingest import LABEL
from telco_churn.errors import BadInput
from telco_churn.monitoring import decay, monitor
from telco_churn.monitoring.drift import Signal
from telco_churn.monitoring.monitor import PREFIX, write_textfile
from telco_churn.monitoring.reference import PredictionDrift, Reference, bars, sketch, sketch_predictions
from telco_churn.problem.answers import watched
from telco_churn.problem.labels import truth_of

QUIET = Signal("psi", 0.01, 0.1)
STILL = PredictionDrift(QUIET, Signal("shift", 0.01, 0.1))
COLUMN = "female"


def predictions_of(labels: np.ndarray) -> np.ndarray:
    """Predictions that are right more often than not."""
    return near(truth_of(labels))


@pytest.fixture(autouse=True)
def _independent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up rows know nothing of each other: each counts for one."""
    monkeypatch.setitem(load("monitoring")["chance"], "rows_per_independent_row", 1.0)


@pytest.fixture(scope="module")
def remembered() -> Reference:
    frame = make_rows(800)
    predicted = predictions_of(frame[LABEL].to_numpy())
    return Reference(
        created="2026-01-01T00:00:00+00:00",
        model_version="1",
        data_digest="d",
        trained_at="2026-01-01T00:00:00+00:00",
        rows=len(frame),
        batches=["a"],
        columns={bar.column: sketch(frame[bar.column], bar) for bar in bars()},
        predictions=sketch_predictions(watched(predicted)),
        score=decay.promise(frame[LABEL].to_numpy(), predicted, 400),
        kpi=decay.kpi(predicted),
    )


def test_the_business_number_follows_how_many_are_acted_upon(monkeypatch: pytest.MonkeyPatch) -> None:
    ranked = np.linspace(0.0, 1.0, 1000)
    predicted, before = np.column_stack([1 - ranked, ranked]), decay.kpi(np.column_stack([1 - ranked, ranked]))
    monkeypatch.setitem(load("project")["problem"], "top_k", 1)
    assert decay.kpi(predicted) == 1.0
    assert before < 1.0


def test_quiet_signals_raise_no_alarm() -> None:
    assert monitor.alarms({COLUMN: [QUIET]}, STILL, None) == []


def test_one_column_far_beyond_its_bar_raises_an_alarm_that_names_it() -> None:
    far = Signal("psi", 0.1 * load("monitoring")["alarm"]["strength"], 0.1)
    reasons = monitor.alarms({COLUMN: [far]}, STILL, None)
    assert len(reasons) == 1
    assert repr(COLUMN) in reasons[0]


def test_drifted_predictions_raise_an_alarm() -> None:
    moved = PredictionDrift(Signal("psi", 0.5, 0.2), Signal("shift", 0.3, 0.1))
    reasons = monitor.alarms({COLUMN: [QUIET]}, moved, None)
    assert len(reasons) == 1
    assert "predictions" in reasons[0]


def test_predictions_that_moved_for_certain_but_not_far_raise_no_alarm() -> None:
    near = PredictionDrift(Signal("psi", 0.5, 0.2), Signal("shift", 0.02, 0.1))
    assert near.ratio == pytest.approx(0.2)
    assert monitor.alarms({COLUMN: [QUIET]}, near, None) == []


def test_predictions_drift_when_they_move_and_not_when_they_are_drawn_again(remembered: Reference) -> None:
    values = watched(predictions_of(make_rows(800)[LABEL].to_numpy()))
    assert remembered.compare_predictions(np.sort(values)[::2]).ratio < 1
    moved = np.full(400, np.sort(values)[-1], dtype=values.dtype)
    assert remembered.compare_predictions(moved).ratio > 1


def test_the_reference_survives_its_file(project: Path, remembered: Reference) -> None:
    remembered.save()
    assert Reference.load() == remembered


def test_a_missing_reference_is_named_with_its_remedy(project: Path) -> None:
    with pytest.raises(BadInput, match="reference"):
        Reference.load()


@dataclass(frozen=True)
class Champion:
    """A model as far as its reference asks."""

    version: str
    data_digest: str


@pytest.mark.parametrize(("version", "digest"), [("2", "d"), ("1", "of other rows")])
def test_the_reference_of_another_model_is_refused_with_its_remedy(
    version: str, digest: str, project: Path, remembered: Reference
) -> None:
    remembered.save()
    assert Reference.of(Champion("1", "d")) == remembered  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="reference`"):
        Reference.of(Champion(version, digest))  # type: ignore[arg-type]


def test_rows_like_the_reference_do_not_drift(rows, remembered: Reference) -> None:
    found = remembered.compare(rows(800, seed=1))
    assert [
        name for name, column in found.items() if monitor.strength(column) >= load("monitoring")["alarm"]["strength"]
    ] == []


def test_a_column_that_is_gone_is_seen(rows, remembered: Reference) -> None:
    frame = rows(800, seed=1)
    frame[COLUMN] = None
    assert monitor.strength(remembered.compare(frame)[COLUMN]) >= load("monitoring")["alarm"]["strength"]


def test_labels_that_follow_the_predictions_keep_the_promise(rows, remembered: Reference) -> None:
    labels = rows(800)[LABEL].to_numpy()
    judgement = decay.judge(labels, predictions_of(labels), remembered.score)
    assert judgement is not None
    assert not judgement.decayed


def test_shuffled_labels_are_a_decay(rows, remembered: Reference) -> None:
    labels = rows(800)[LABEL].to_numpy()
    judgement = decay.judge(np.random.default_rng(0).permutation(labels), predictions_of(labels), remembered.score)
    assert judgement is not None
    assert judgement.decayed


def test_a_window_of_one_class_is_not_judged(remembered: Reference) -> None:
    labels = np.array(["No"] * 50, dtype=object)
    assert decay.judge(labels, predictions_of(labels), remembered.score) is None


def test_gauges_hold_what_the_report_says(tmp_path: Path) -> None:
    report = {
        "columns": {'odd "name"\n': {"psi": 0.25, "ratio": 2.5}},
        "drifted_columns": ['odd "name"\n'],
        "alarm": True,
        "predictions": {"psi": 0.02, "ratio": 0.1},
        "kpi": {"name": "rate", "value": 0.3, "reference": 0.2},
        "quality": {"error": 0, "warning": 1},
        "rows": 500,
        "timestamp": 1.0,
        "score": {"decay": 0.06, "decayed": False, "calibration_gap": -5.0, "concept_drift": True},
    }
    write_textfile(report, tmp_path / "monitor.prom")
    families = text_string_to_metric_families((tmp_path / "monitor.prom").read_text())
    samples = {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}
    assert samples[PREFIX + "drift_psi", 'odd "name"\n'] == 0.25
    assert samples[(PREFIX + "drift_alarm",)] == 1
    assert samples[PREFIX + "quality_breaches", "warning"] == 1
    assert samples[(PREFIX + "score_decay",)] == 0.06
    assert samples[(PREFIX + "score_decayed",)] == 0  # so far off by chance: no reason to wake anybody
    assert samples[(PREFIX + "concept_drift",)] == 1
