"""The data scientist's judges turn red when what they judge is broken; what runs in a cell is tried by the gates."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from agent_graph.artifacts import Check, Problem
from agent_graph.bench import Findings
from agent_graph.measuring import signal
from agent_graph.measuring.landing import SINGLES, Lab
from agent_graph.measuring.signal import _older, _overlaps, _predictions, _uneven, against_chance
from agent_graph.roles.data_scientist.checks.gate import _differences, _row_by_row, _table, _unseen


def problem(task: str, classes: tuple[str, ...]) -> Problem:
    """Only what the judge of signals looks at."""
    target = {"column": "y", "rule": "as_is", "threshold": None, "values": (), "classes": classes}
    return Problem.model_validate(
        {
            "title": "", "unit": "", "moment": "", "rows": 1_000,
            "task": task, "metric": "roc_auc" if classes else "rmse",
            "secondary_metrics": (), "target": target, "wants_interval": False, "top_k": None,
            "calibrated_totals": False, "columns": (), "assumptions": (),
            "split": {"kind": "random", "columns": (), "holdout_share": 0.2},
        }
    )  # fmt: skip


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c"), ()])
def test_a_signal_is_told_from_chance(classes: tuple[str, ...]) -> None:
    random = np.random.default_rng(1)
    if classes:
        truth = np.array(classes, dtype=object)[random.integers(0, len(classes), 400)]
        knowing = np.column_stack([(truth == c) + random.normal(0, 1, 400) for c in classes])
        knowing = knowing[:, 1:] if len(classes) == 2 else knowing
    else:
        truth = random.normal(0, 1, 400)
        knowing = (truth + random.normal(0, 1, 400)).reshape(-1, 1)
    given = problem({2: "binary", 3: "multiclass", 0: "regression"}[len(classes)], classes)
    assert against_chance(given, truth, knowing)[1] > 6
    assert abs(against_chance(given, truth, random.normal(0, 1, knowing.shape))[1]) < 4


def write(path: Path, *lines: str) -> Path:
    """A small text file."""
    path.write_text("\n".join(lines) + "\n")
    return path


def test_tables_are_compared_digit_by_digit(tmp_path: Path) -> None:
    one = _table(write(tmp_path / "a.csv", "x,y", "1.0,2.0", "3.0,4.0"))
    assert _differences(one, one) == []
    assert _differences(one, _table(write(tmp_path / "b.csv", "x,y", "1.0,2.0", "3.0,4.0000000000000001"))) == ["y"]
    assert "rows" in _differences(one, _table(write(tmp_path / "c.csv", "x,y", "1.0,2.0")))[0]
    assert "names" in _differences(one, _table(write(tmp_path / "d.csv", "y,x", "1.0,2.0", "3.0,4.0")))[0]


def laboratory(tmp_path: Path, alone: str) -> Findings:
    """The verdict on two rows, of which the second stands alone as given."""
    batch = write(tmp_path / "command.csv", "x", "1.0", "2.0")
    write(tmp_path / "alone.csv", "x", "1.0", alone)
    write(tmp_path / "sparse.csv", "together,alone", "aa,aa", "bb,bb")
    for i in range(SINGLES):
        write(tmp_path / f"one_{i}.csv", "x", ("1.0", "2.0")[i * 2 // SINGLES])
    findings = Findings("data_scientist")
    lab = Lab(tmp_path, (0, 1), (), (), 2, np.arange(2))
    _row_by_row(findings, lab, tmp_path, _table(batch))
    write(tmp_path / "odd.csv", "x,y", "inf,1.0" if alone != "2.0" else "5.0,1.0", ",2.0")
    _unseen(findings, lab, tmp_path, {"odd_error": "", "odd_sparse_infinite": 0})
    _unseen(findings, lab, tmp_path, {"odd_error": "KeyError: 'new'", "odd_sparse_infinite": 0})
    return findings


def test_a_row_that_changes_with_its_company_is_found(tmp_path: Path) -> None:
    assert [check.verdict for check in laboratory(tmp_path, "2.0").checks] == ["passed", "passed", "failed"]
    broken = laboratory(tmp_path, "2.5").checks
    assert [check.verdict for check in broken] == ["failed", "failed", "failed"]
    assert "differing: x" in broken[0].evidence


def test_folds_that_cheat_are_found() -> None:
    first, second = np.arange(5), np.arange(5, 10)
    assert _overlaps([(first, second), (second, first)]) == []
    assert "both parts" in _overlaps([(np.arange(6), second)])[0]
    assert "validated twice" in _overlaps([(first, second), (first, second)])[0]
    moments = np.array([1.0, 2, 3, 4, np.nan, 6, 7, 8, 9, 10])
    assert _older(moments, first, second)
    assert not _older(moments, second, first)
    labels = np.array(["a"] * 100 + ["b"] * 100)
    assert _uneven(0, labels, (np.arange(0, 200, 2), np.arange(1, 200, 2))) == []
    assert len(_uneven(0, labels, (np.arange(100), np.arange(100, 200)))) == 1


def test_predictions_that_are_no_answer_are_refused(tmp_path: Path) -> None:
    good = ["row,p_0", *(f"{i},0.5" for i in range(30))]
    rows, predicted = _predictions(write(tmp_path / "good.csv", *good), 30)
    assert rows.shape == (30,)
    assert predicted.shape == (30, 1)
    for broken in ([*good, "0,0.5"], [*good[:-1], "29,nan"], [*good[:-1], "99,0.5"], good[:1]):
        with pytest.raises(ValueError, match=r"row numbers|finite"):
            _predictions(write(tmp_path / "broken.csv", *broken), 30)


def test_a_signal_that_so_few_rows_cannot_show_is_not_checked_and_none_in_many_rows_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(4)

    def verdict(rows: int, strength: float) -> str:
        truth = np.where(random.random(rows) < 0.2, "yes", "no")
        guess = random.normal(0, 1, rows) + strength * (truth == "yes")
        monkeypatch.setattr(signal, "_predictions", lambda path, most: (np.arange(rows), guess[:, None]))
        open_labels = tmp_path / "labels.parquet"
        pl.DataFrame({"label": truth}).write_parquet(open_labels)
        given = problem("binary", ("no", "yes"))
        bench: Any = SimpleNamespace(problem=given, sealed=SimpleNamespace(open_labels=str(open_labels)))
        lab: Any = SimpleNamespace(shuffled=random.permutation(rows))
        findings = Findings("data_scientist")
        signal.judge_signal(bench, findings, lab, tmp_path, None)
        return findings.checks[0].verdict

    assert verdict(12, 3.0) == "not_checked"
    assert verdict(170, 0.6) == "not_checked"
    assert verdict(170, 3.0) == "passed"
    assert verdict(6_000, 0.0) == "failed"
    assert verdict(6_000, 0.5) == "passed"


def test_a_few_validated_rows_of_many_are_no_excuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = np.array(["no", "yes"] * 300)
    pl.DataFrame({"label": truth}).write_parquet(tmp_path / "labels.parquet")
    monkeypatch.setattr(signal, "_predictions", lambda path, most: (np.arange(12), np.zeros((12, 1))))
    sealed = SimpleNamespace(open_labels=str(tmp_path / "labels.parquet"))
    bench: Any = SimpleNamespace(problem=problem("binary", ("no", "yes")), sealed=sealed)
    lab: Any = SimpleNamespace(shuffled=np.arange(600))
    findings = Findings("data_scientist")
    signal.judge_signal(bench, findings, lab, tmp_path, tmp_path)
    assert [check.verdict for check in findings.checks] == ["failed", "failed"]


def folds_by_time(when: np.ndarray, lines: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """The verdict on these folds of 300 rows with their moments, of which three parts are wanted."""
    monkeypatch.setattr(signal, "main_rows", lambda _: pl.DataFrame({"when": when}))
    monkeypatch.setattr(signal, "typed_column", lambda *_: when)
    write(folder / "folds.csv", *lines)
    given = problem("regression", ())
    split = given.split.model_copy(update={"kind": "time", "columns": ("when",)})
    bench: Any = SimpleNamespace(
        problem=given.model_copy(update={"split": split}), features=SimpleNamespace(folds=3),
        sealed=SimpleNamespace(open_rows=300),
    )  # fmt: skip
    findings = Findings("data_scientist")
    signal.judge_folds(bench, findings, folder)
    return findings.checks[0]


@pytest.mark.parametrize(("moments", "folds", "verdict"), [(6, 2, "passed"), (300, 2, "failed"), (300, 3, "passed")])
def test_parts_by_time_may_fall_together_only_where_moments_are_few(
    moments: int, folds: int, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    when = np.sort(np.arange(300) % moments).astype(float)
    lines = ["fold,part,row"]
    ends = (200, 240, 270, 300)[3 - folds :]
    for fold, (cut, end) in enumerate(pairwise(ends)):
        start = int(np.searchsorted(when, when[cut]))
        lines += [f"{fold},training,{row}" for row in range(start)]
        lines += [f"{fold},validation,{row}" for row in range(cut, end)]
    found = folds_by_time(when, lines, tmp_path, monkeypatch)
    assert found.verdict == verdict, found.evidence


@pytest.mark.parametrize(("last", "verdict"), [(300, "not_checked"), (290, "failed")])
def test_of_rows_of_one_moment_none_is_older(
    last: int, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    when = np.zeros(300)
    lines = ["fold,part,row"]
    for fold, (cut, end) in enumerate(pairwise((0, 100, 200, last))):
        lines += [f"{fold},training,{row}" for row in range(300) if not cut <= row < end]
        lines += [f"{fold},validation,{row}" for row in range(cut if last == 300 else 0, end)]
    found = folds_by_time(when, lines, tmp_path, monkeypatch)
    assert found.verdict == verdict, found.evidence
