"""The delivered answer is looked at from outside: all rows, once, the right list, what names them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from agent_graph.proof import answering
from agent_graph.sandbox import Result, SessionResult, StepResult
from tests.checks.test_ml_engineer import problem

ROWS, TOP = 50, 10
NAMES = [f"C{number:03}" for number in range(ROWS)]


def shares(seed: int = 0) -> np.ndarray:
    positive = np.random.default_rng(seed).permutation(ROWS) / ROWS
    return np.column_stack([1 - positive, positive])


def answers(values: np.ndarray) -> pl.DataFrame:
    said = ["yes" if p > 0.5 else "no" for p in values[:, 1]]
    return pl.DataFrame({"row": range(ROWS), "prediction": said, "p_0": values[:, 0], "p_1": values[:, 1]})


def delivered(folder: Path) -> tuple[Path, Path]:
    """A sound delivery, and the answers of `predict` that it has to agree with."""
    made = folder / "out" / answering.DELIVERIES / "2026-01-01-abc"
    made.mkdir(parents=True)
    values = shares()
    named = answers(values).select(pl.Series("customer", NAMES), pl.all())
    named.write_csv(made / answering.PREDICTIONS)
    answers(values).write_csv(folder / "predictions.csv")
    best = np.argsort(-values[:, 1], kind="stable")[:TOP]
    listed = {
        "rank": range(1, TOP + 1),
        "customer": [NAMES[row] for row in best],
        "row": best,
        "score": values[best, 1],
    }
    pl.DataFrame(listed).write_csv(made / answering.LIST)
    return made, folder / "predictions.csv"


@pytest.fixture
def verdicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """Verdicts on what a change makes of a sound delivery, and of what the two commands said."""
    monkeypatch.setattr(answering, "_raw", lambda _: pl.DataFrame({"customer": NAMES}))
    monkeypatch.setattr(answering, "_reasons", lambda *_: None)
    role = SimpleNamespace(name="customer", use="identifier")
    asked = problem().model_copy(update={"top_k": TOP, "columns": (role,)})
    column = SimpleNamespace(name="customer", kind="identifier")
    bench: Any = SimpleNamespace(
        problem=asked,
        data=SimpleNamespace(columns=(column,)),
        profile=SimpleNamespace(main=SimpleNamespace(columns=(column,)), column=lambda _: column),
        sealed=SimpleNamespace(holdout_rows=ROWS),
        scratch=tmp_path,
    )

    def judged(
        change: Callable[[Path], object] = lambda _: None, again: str = "", rc: int = 0, split: str = "random"
    ) -> dict[str, str]:
        made, predictions = delivered(tmp_path)
        bench.problem = asked.model_copy(update={"split": asked.split.model_copy(update={"kind": split})})
        change(made)
        first = {"delivery": made.name, "new": True}
        said = {answering.ONCE: json.dumps(first), answering.TWICE: again or json.dumps({**first, "new": False})}
        steps = tuple(StepResult(name, "exit", rc, 0.1, 0.1, 1, text, "") for name, text in said.items())
        session = SessionResult(Result.__new__(Result), steps, None)
        checks, _ = answering.judge(bench, session, tmp_path / "out", predictions)
        return {check.name: check.verdict for check in checks}

    return judged


def rewritten(name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Path], object]:
    """Another content of one file of the delivery."""

    def changed(folder: Path) -> None:
        path = folder / name
        change(pl.read_csv(path)).write_csv(path)

    return changed


def test_a_sound_delivery_is_believed(verdicts: Callable[..., dict[str, str]]) -> None:
    assert verdicts() == {"answer_delivered": "passed", "delivered_once": "passed"}


@pytest.mark.parametrize(
    "change",
    [
        rewritten(answering.PREDICTIONS, lambda t: t.head(ROWS - 1)),
        rewritten(answering.PREDICTIONS, lambda t: t.with_columns(p_0=pl.col("p_1"), p_1=pl.col("p_0"))),
        rewritten(answering.PREDICTIONS, lambda t: t.drop("customer")),
        rewritten(answering.PREDICTIONS, lambda t: t.with_columns(customer=pl.col("customer").reverse())),
        rewritten(answering.LIST, lambda t: t.drop("customer")),
        rewritten(answering.LIST, lambda t: t.head(TOP - 1)),
        rewritten(answering.LIST, lambda t: t.reverse()),
        rewritten(answering.LIST, lambda t: t.with_columns(row=pl.int_range(TOP))),
        rewritten(answering.LIST, lambda t: t.with_columns(score=pl.col("score") / 2)),
        lambda folder: (folder / answering.LIST).unlink(),
        lambda folder: (folder.parent / "2026-01-01-other").mkdir(),
    ],
    ids=["cut", "swapped", "nameless", "misnamed", "no-names", "short", "backwards", "others", "scores", "gone", "two"],
)
def test_what_a_delivery_lacks_is_seen(
    change: Callable[[Path], object], verdicts: Callable[..., dict[str, str]]
) -> None:
    assert verdicts(change)["answer_delivered"] == "failed"


@pytest.mark.parametrize("again", ['{"delivery": "2026-01-01-abc", "new": true}', '{"new": false}', "done"])
def test_the_same_rows_once_more_are_no_new_delivery(again: str, verdicts: Callable[..., dict[str, str]]) -> None:
    assert verdicts(again=again)["delivered_once"] == "failed"


def test_a_command_that_failed_delivered_nothing(verdicts: Callable[..., dict[str, str]]) -> None:
    assert verdicts(rc=3) == {"answer_delivered": "failed"}


@pytest.mark.parametrize(("rc", "verdict"), [(3, "not_checked"), (2, "failed"), (1, "failed")])
def test_rows_of_a_later_time_may_be_refused(rc: int, verdict: str, verdicts: Callable[..., dict[str, str]]) -> None:
    assert set(verdicts(rc=rc, split="time").values()) == {verdict}


def test_columns_of_a_reason_are_known_by_name_or_it_is_not_asked_about() -> None:
    told = {"reason_1": ["a = 1, b, c = x, d = y", "side.n = 2", None], "effect_1": [0.2, 0.1, None]}
    listed = pl.DataFrame({"row": [0, 1, 2], **told})
    assert [one.columns for one in answering._drawn(listed, ["a", "b, c"], [])] == []
    assert [one.columns for one in answering._drawn(listed, ["a", "b, c", "d"], [])] == [("a", "b, c", "d")]
    wide = answering._drawn(listed, ["a", "b, c", "d", "e"], [["x"], ["d", "a", "e", "b, c"]])
    assert [one.columns for one in wide] == [("a", "b, c", "d", "e")], "all columns that belong together"
    assert answering._drawn(listed.drop("reason_1"), ["a"], []) == []
