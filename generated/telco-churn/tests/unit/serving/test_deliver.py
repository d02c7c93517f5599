"""An answer is delivered once, beside what names its rows, and no later one touches it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import saying
from synthetic import LABEL, ROW, make_rows, write_raw

from telco_churn.config import load, settings
from telco_churn.data.columns import Columns, from_frame, row_count
from telco_churn.data.validate import Breach
from telco_churn.errors import BadInput, QualityGateFailed
from telco_churn.problem.answers import Predictions
from telco_churn.serving import batch, deliver, reasons


@dataclass
class Reading:
    """An estimator that looks at one column only."""

    column: str
    version: str = "1"
    broken: bool = False

    def predict(self, columns: Columns) -> Predictions:
        """A number that grows with the value's place among all values there are."""
        if self.broken:
            raise KeyboardInterrupt
        values = [str(value) for value in columns[self.column].tolist()]
        shares = np.array([sum(map(ord, value)) % 89 / 100 for value in values])
        assert len(shares) == row_count(columns)
        predicted = saying(shares)
        return Predictions.of(predicted)


@pytest.fixture
def estimator(project: Path, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """A champion of two columns, of which it reads the first."""
    first, second = make_rows(5).columns[:2]
    model = Reading(first)
    export(model, [first, second])
    monkeypatch.setattr(batch, "champion", lambda: model)
    monkeypatch.setattr(reasons, "champion", lambda: model)
    return model


def export(model: Reading, columns: list[str]) -> None:
    """What promotion would leave of it."""
    folder = settings().serving_dir / f"{model.version}-export"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "importance.json").write_text(
        json.dumps({"groups": [{"columns": [name], "low": 0.1} for name in columns]}), encoding="utf-8"
    )
    (settings().serving_dir / "current.json").write_text(json.dumps({"folder": folder.name}), encoding="utf-8")


@pytest.fixture
def incoming(project: Path) -> Path:
    """data/incoming with rows that have no label yet."""
    folder = project / "data" / deliver.INCOMING
    land(folder, 0)
    return folder


def land(folder: Path, seed: int, rows: int = 120) -> None:
    """New files in place of the old ones."""
    write_raw(make_rows(rows, seed).drop(columns=[LABEL, ROW]), folder)


def deliveries(project: Path) -> list[Path]:
    """Finished ones, in no order."""
    return list((project / "data" / deliver.OUTGOING).glob(f"*/{deliver.FACTS}"))


def test_the_same_rows_are_delivered_once_and_other_ones_beside_them(
    project: Path, incoming: Path, estimator: Reading
) -> None:
    assert deliver.newest() == 0.0
    first = deliver.run()
    (kept,) = deliveries(project)
    assert deliver.newest() == pytest.approx(time.time(), abs=600)
    before = {file.name: file.read_bytes() for file in kept.parent.iterdir()}
    assert deliver.run() == {**first, "new": False}
    land(incoming, 1)
    assert deliver.run()["new"]
    assert len(deliveries(project)) == 2
    assert {file.name: file.read_bytes() for file in kept.parent.iterdir()} == before


def test_one_delivery_runs_at_a_time(project: Path, incoming: Path, estimator: Reading) -> None:
    output = project / "data" / deliver.OUTGOING
    output.mkdir(parents=True)
    other = os.open(output, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(BadInput, match="is running"):
        deliver.run()
    assert not deliveries(project)
    os.close(other)
    assert deliver.run()["new"]


def test_another_model_is_another_answer(project: Path, incoming: Path, estimator: Reading) -> None:
    deliver.run()
    estimator.version = "2"
    export(estimator, [estimator.column])
    before = deliver.newest()
    assert deliver.run()["model_version"] == "2"
    assert len(deliveries(project)) == 2
    assert deliver.newest() == before, "another model's answer for the same rows is no news"


def test_a_delivery_that_was_stopped_is_none_and_is_made_whole_later(
    project: Path, incoming: Path, estimator: Reading
) -> None:
    estimator.broken = True
    with pytest.raises(KeyboardInterrupt):
        deliver.run()
    assert not deliveries(project)
    estimator.broken = False
    assert deliver.run()["rows"] == 120
    assert [folder.name for folder in (project / "data" / deliver.OUTGOING).iterdir()] == [
        deliveries(project)[0].parent.name
    ]


def test_every_row_is_answered_beside_what_names_it(project: Path, incoming: Path, estimator: Reading) -> None:
    deliver.run()
    table = pd.read_csv(deliveries(project)[0].with_name(deliver.PREDICTIONS), keep_default_na=False)
    frame = pd.concat(deliver._frames(incoming, deliver._inputs(incoming)[:1]))
    names = deliver._named(incoming, deliver._inputs(incoming)[:1])
    assert table["row"].tolist() == list(range(120))
    assert list(table)[: len(names.columns)] == list(names)
    for name in names:
        shown = frame[name].dt.strftime("%Y-%m-%d") if frame[name].dtype.kind == "M" else frame[name].astype("str")
        assert table[name].astype("str").str.slice(0, 10).tolist()[:1] == [shown.iloc[0][:10].removesuffix(".0")]


def test_what_no_model_reads_stands_beside_the_answers(project: Path, incoming: Path, estimator: Reading) -> None:
    (file,) = deliver._inputs(incoming)
    table = pd.read_csv(file, dtype=str, keep_default_na=False, sep=load("data")["sources"][0]["dialect"]["delimiter"])
    table["their number"] = [f"N{place}" for place in range(len(table))]
    table.to_csv(file, index=False, sep=load("data")["sources"][0]["dialect"]["delimiter"])
    deliver.run()
    made = pd.read_csv(deliveries(project)[0].with_name(deliver.PREDICTIONS))
    assert made["their number"].tolist() == [f"N{row}" for row in made["row"]]


def test_the_same_file_twice_is_refused(project: Path, incoming: Path, estimator: Reading) -> None:
    (file,) = deliver._inputs(incoming)
    parts = incoming / load("data")["sources"][0]["table"]
    parts.mkdir()
    (parts / f"a{file.suffix}").write_bytes(file.read_bytes())
    with pytest.raises(BadInput, match="twice"):
        deliver.run()


def test_an_export_that_was_cut_off_is_not_answered_unasked(project: Path, incoming: Path, estimator: Reading) -> None:
    deliver.run()
    land(incoming, 2, rows=50)
    with pytest.raises(QualityGateFailed, match="50 rows came, 120 the last time"):
        deliver.run()
    assert len(deliveries(project)) == 1
    assert deliver.run(force=True)["rows"] == 50


def test_without_rows_one_is_told_where_they_belong(project: Path, estimator: Reading) -> None:
    with pytest.raises(BadInput, match=deliver.INCOMING):
        deliver.run()


def test_rows_that_break_the_contract_are_not_answered(
    project: Path, incoming: Path, estimator: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    breach = Breach(estimator.column, "in_range", 3, 0.5, "error", "far out")
    monkeypatch.setattr(deliver, "breaches", lambda frame, labelled: [breach])
    with pytest.raises(QualityGateFailed, match="in_range"):
        deliver.run()
    assert not deliveries(project)


def test_the_rows_to_act_on_are_the_highest_in_order(
    project: Path, incoming: Path, estimator: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(load("project")["problem"], "top_k", 15)
    told = deliver.run()
    folder = deliveries(project)[0].parent
    table, listed = pd.read_csv(folder / deliver.PREDICTIONS), pd.read_csv(folder / deliver.LIST)
    scores = reasons.strength(reasons.read(table.astype({"prediction": "str"})))
    best = np.argsort(-scores, kind="stable")[:15]
    assert listed["row"].tolist() == best.tolist()
    assert listed["rank"].tolist() == list(range(1, 16))
    assert told["listed"] == 15
    assert listed["expected_total"].iloc[-1] == pytest.approx(scores[best].sum(), abs=0.02)
    assert told["expected_total"] == pytest.approx(scores[best].sum(), abs=0.02)


def test_the_reasons_of_a_row_are_of_that_row_however_they_are_read(
    project: Path, incoming: Path, estimator: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(load("project")["problem"], "top_k", 60)
    monkeypatch.setitem(load("serving")["batch"], "chunk_rows", 40)
    deliver.run()
    folder = deliveries(project)[0].parent
    table, listed = pd.read_csv(folder / deliver.PREDICTIONS), pd.read_csv(folder / deliver.LIST)
    assert len(table) == 120
    scores = reasons.strength(reasons.read(table.astype({"prediction": "str"})))
    assert set(listed["row"]) == set(np.argsort(-scores, kind="stable")[:60].tolist())
    frame = pd.concat(deliver._frames(incoming, deliver._inputs(incoming)[:1]), ignore_index=True)
    columns = from_frame(frame)
    told = listed.dropna(subset=["reason_1"])
    assert len(told) > 10
    for row, reason in zip(told["row"], told["reason_1"], strict=True):
        assert reason == f"{estimator.column} = {reasons._value(columns[estimator.column][row])}"


def test_a_reason_is_what_the_answer_would_lack_with_other_values(
    estimator: Reading, rows: Callable[..., pd.DataFrame]
) -> None:
    frame = rows(60)
    columns = from_frame(frame)
    names = list(frame.columns[:2])
    found = reasons.effects(estimator, columns, columns, [[names[0]], [names[1]]])  # type: ignore[arg-type]
    answers = reasons.strength(estimator.predict(columns).predicted)
    np.testing.assert_allclose(found[:, 0], answers - answers.mean(), atol=1e-12)  # so few others are all drawn
    np.testing.assert_array_equal(found[:, 1], 0.0)
    together = reasons.effects(estimator, columns, columns, [names])  # type: ignore[arg-type]
    np.testing.assert_allclose(together[:, 0], found[:, 0])


def test_only_what_raises_an_answer_is_told(estimator: Reading, rows: Callable[..., pd.DataFrame]) -> None:
    frame = rows(60)
    told = pd.DataFrame(reasons.explained(estimator, frame, frame))  # type: ignore[arg-type]
    effects = reasons.effects(estimator, from_frame(frame), from_frame(frame), reasons.grouped())[:, 0]  # type: ignore[arg-type]
    assert told["reason_1"].notna().tolist() == (effects > 0).tolist()
    assert told["reason_1"].dropna().str.startswith(f"{estimator.column} = ").all()
    assert told["reason_2"].isna().all()
