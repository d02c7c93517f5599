"""What so few rows can't show is neither passed nor failed; what they can is judged as ever."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from agent_graph.artifacts import Check, manifest_for
from agent_graph.bench import Findings
from agent_graph.roles.observability.checks import fair, windows
from agent_graph.roles.observability.checks.fair import Fair
from agent_graph.roles.observability.checks.judge import judge_decay, judge_retraining, judge_windows
from agent_graph.roles.observability.checks.windows import Landed, Window, _new_names, _not_known
from agent_graph.sandbox import StepResult

KINDS = {"age": "number", "plan": "category", "note": "text", "who": "code"}


def bench(split: str = "random", **more: Any) -> Any:
    """Only what is looked at: kinds of columns, how rows are split."""
    columns = ["who"] if split == "group" else []
    return SimpleNamespace(
        profile=SimpleNamespace(column=lambda name: SimpleNamespace(kind=KINDS[name], minimum=0, maximum=99)),
        problem=SimpleNamespace(split=SimpleNamespace(kind=split, columns=columns)),
        **more,
    )


def table(rows: int, seed: int, groups: int = 10**9) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    words = ["red", "blue", "green", "small", "large"]
    return pl.DataFrame(
        {
            "age": random.normal(50, 9, rows).round(3).astype(str),
            "plan": random.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1]),
            "note": [" ".join(random.choice(words, random.integers(2, 9))) for _ in range(rows)],
            "who": (np.arange(rows) % groups).astype(str),
        }
    )


COLUMNS = ("age", "plan", "note")


@pytest.mark.parametrize("rows", [40, 200, 2_000])
def test_clean_samples_never_stand_out(rows: int) -> None:
    given = Fair(bench(), table(rows * 3, 0), COLUMNS)
    assert not any(given.tells(table(rows, seed)) for seed in range(1, 51))


@pytest.mark.parametrize(
    "change",
    [
        pl.lit("1000").alias("age"),
        pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("never seen")).otherwise(pl.col("plan")).alias("plan"),
        pl.col("note").str.split(" ").list.head(1).list.join(" ").alias("note"),
        pl.when(pl.int_range(pl.len()) % 5 < 2).then(None).otherwise(pl.col("age")).alias("age"),
    ],
)
def test_a_drift_stands_out_of_enough_rows_and_not_of_a_handful(change: pl.Expr) -> None:
    assert Fair(bench(), table(3_000, 0), COLUMNS).tells(table(1_000, 1).with_columns(change))
    assert not Fair(bench(), table(12, 0), COLUMNS).tells(table(4, 1).with_columns(change))


def test_names_that_are_always_new_show_nothing_but_one_new_name_in_many_rows_does() -> None:
    def named(rows: int, start: int) -> pl.DataFrame:
        return pl.DataFrame({"plan": [f"name {place}" for place in range(start, start + rows)]})

    given = Fair(bench(), named(1_000, 0), ("plan",))
    assert not given.tells(named(300, 1_000))
    same = pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("one and the same")).otherwise(pl.col("plan"))
    assert given.tells(named(300, 1_000).with_columns(same.alias("plan")))


@pytest.mark.parametrize(("rows", "size"), [(865, 145), (400, 145), (5_000, 300)])
def test_rows_that_land_later_will_all_be_validated(rows: int, size: int) -> None:
    now = pl.DataFrame({"day": np.arange(rows), "label": np.ones(rows)})
    given = bench("time", features=SimpleNamespace(folds=3, validation_share=0.11))
    late, most = windows._late(given, now, rows, size)
    landed = late.sample(min(most, len(late)), seed=0)
    together = np.sort(np.concatenate([now["day"].to_numpy(), landed["day"].to_numpy()]))
    first_validated = together[int(len(together) * (1 - 0.33))]
    assert most <= len(late)
    assert (landed["day"].to_numpy() >= first_validated).all()
    plain = bench("random", features=given.features)
    assert windows._late(plain, now, rows, size)[0] is now


def test_rows_that_land_are_the_highest_of_every_class() -> None:
    random = np.random.default_rng(0)
    size = random.normal(size=900)
    frame = pl.DataFrame({"size": size.astype(str), "label": np.where(size > 0.2, "yes", "no")})
    target: Any = SimpleNamespace(column="label", classes=("no", "yes"))
    part = windows._highest(frame, "size", 1 / 3, target)
    assert len(part) == pytest.approx(300, abs=2)
    assert (part["label"] == "yes").mean() == pytest.approx((frame["label"] == "yes").mean(), abs=0.02)
    assert part["size"].cast(pl.Float64).mean() > frame["size"].cast(pl.Float64).mean() + 0.3
    plain = windows._highest(frame, "size", 1 / 3, SimpleNamespace(column="label", classes=()))
    assert set(plain["label"]) == {"yes"}


def test_rows_of_few_groups_show_less() -> None:
    older = (pl.col("age").cast(pl.Float64) + 20).cast(pl.String).alias("age")
    plain, grouped = (Fair(bench("group"), table(300, 0, groups), COLUMNS) for groups in (300, 10))
    window = table(300, 1).with_columns(older)
    assert plain.tells(window)
    assert not grouped.tells(window)


def test_shuffled_labels_of_a_strong_model_stand_out_and_of_a_handful_of_rows_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 1_000)
    shares = np.clip(0.5 + 0.35 * (truth - 0.5) * 2 + random.normal(0, 0.35, 1_000), 0.01, 0.99)
    answer = SimpleNamespace(values=np.column_stack([1 - shares, shares]))
    monkeypatch.setattr(fair, "read_out_of_fold", lambda *_: (answer, truth))
    given = bench(store=tmp_path, sealed=None)
    given.problem.metric = "roc_auc"
    given.problem.target, given.problem.task = SimpleNamespace(classes=("no", "yes")), "binary"
    assert (fair.noticed_shuffles(given, 500, 1.0) or 0) > fair.NEARLY_ALWAYS
    assert (fair.noticed_shuffles(given, 8, 1.0) or 0) < fair.NEARLY_ALWAYS
    assert (fair.noticed_shuffles(given, 20, 20.0) or 0) < fair.NEARLY_ALWAYS


def test_a_promise_by_time_is_held_against_the_rows_that_it_was_made_on(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table(50, 0)
    rows: Any = SimpleNamespace(frame=frame)
    answer = SimpleNamespace(rows=np.arange(40, 50))
    monkeypatch.setattr(windows, "out_of_fold", lambda _: (answer, np.zeros(10)))
    assert windows._promised(bench("time"), rows, frame).equals(frame[40:])
    assert windows._promised(bench("group"), rows, frame).equals(frame)
    monkeypatch.setattr(windows, "out_of_fold", lambda _: None)
    assert windows._promised(bench("time"), rows, frame).equals(frame)


def window(name: str, *, alarm: bool, labelled: bool = False, telling: bool = True, trained: bool = False) -> Window:
    return Window(name, f"change {name}", alarm, labelled, Path(name), 40, telling, trained)


def session(**ended: tuple[int, dict[str, Any]]) -> Any:
    """Steps by name, each with its exit code and what it printed."""
    steps = {"reference": (0, {}), **{name.replace("_", " "): how for name, how in ended.items()}}
    made = {n: StepResult(n, "exit", code, 0.1, 0.1, 1, json.dumps(out), "") for n, (code, out) in steps.items()}
    return SimpleNamespace(step=lambda name: made[name])


def judged(given: Sequence[Window], **ended: tuple[int, dict[str, Any]]) -> dict[str, Check]:
    findings = Findings("observability")
    judge_windows(findings, given, session(**ended))
    return {check.name: check for check in findings.checks}


def test_only_drifts_that_stand_out_are_asked_for() -> None:
    given = [window("a", alarm=True), window("b", alarm=True, telling=False), window("c", alarm=False)]
    found = judged(given, a=(3, {}), b=(0, {}), c=(0, {}))
    assert found["drift_detected"].verdict == "passed"
    assert "too few rows (40 in a window) for 1 of 2 drifts" in found["drift_detected"].evidence
    assert judged(given, a=(0, {}), b=(3, {}), c=(0, {}))["drift_detected"].verdict == "failed"
    assert judged(given[1:], b=(0, {}), c=(0, {}))["drift_detected"].verdict == "not_checked"


def test_only_predictions_of_rows_that_were_trained_on_may_move_in_a_clean_sample() -> None:
    bold: dict[str, Any] = {"reasons": ["predictions drifted"], "drifted_columns": []}
    given = [window("d", alarm=True), window("c", alarm=False, trained=True)]
    assert judged(given, d=(3, {}), c=(0, {}))["clean_raises_no_alarm"].verdict == "passed"
    assert judged(given, d=(3, {}), c=(3, bold))["clean_raises_no_alarm"].verdict == "not_checked"
    drifted = bold | {"drifted_columns": ["age"]}
    assert judged(given, d=(3, {}), c=(3, drifted))["clean_raises_no_alarm"].verdict == "failed"
    new_rows = [given[0], window("c", alarm=False)]
    assert judged(new_rows, d=(3, {}), c=(3, bold))["clean_raises_no_alarm"].verdict == "failed"


@pytest.mark.parametrize(("telling", "verdict"), [(True, "failed"), (False, "not_checked")])
def test_a_decay_that_so_few_labels_cannot_show_is_not_judged(telling: bool, verdict: str) -> None:
    given = [window(n, alarm=n == "s", labelled=True, telling=telling) for n in ("k", "s")]
    quiet = (0, {"score": {"score": 0.7, "decayed": False}})
    findings = Findings("observability")
    judge_decay(findings, given, session(k=quiet, s=quiet))
    assert findings.checks[0].verdict == verdict


@pytest.mark.parametrize(("telling", "verdict"), [(True, "failed"), (False, "not_checked")])
def test_retraining_need_not_be_for_a_drift_that_so_few_rows_cannot_show(telling: bool, verdict: str) -> None:
    manifest = manifest_for("shop")
    before = {"versions": ["1"], "aliases": {manifest.champion: "1"}}
    after = {"versions": ["1", "2"], "aliases": {manifest.champion: "2"}}
    contest = {"champion": 0.7, "candidate": 0.7, "spread": 0.1, "rows": 200, "basis": "out of fold", "metric": "r2"}
    report = {"triggered": True, "reasons": ["new_rows 0.5"], "comparison": contest, "promoted": True}
    ended = session(retrain=(0, {}), registry_at_rest=(0, before), registry_after=(0, after))
    findings = Findings("observability")
    judge_retraining(findings, ended, Landed(40, telling), manifest, report, higher=True)
    assert findings.checks[0].verdict == verdict, findings.checks[0].evidence
    findings = Findings("observability")
    lost = contest | {"candidate": 0.2}
    judge_retraining(findings, ended, Landed(40, telling), manifest, report | {"comparison": lost}, higher=True)
    assert findings.checks[0].verdict == "failed", "whatever can be told is still judged"


def test_landed_rows_are_of_groups_that_nobody_knows_and_stay_together() -> None:
    given = bench("group", data=SimpleNamespace(key=()))
    before = table(60, 0, groups=12)
    after = before.with_columns(_new_names(given, before))
    assert not set(before["who"]) & set(after["who"])
    assert after["who"].n_unique() == 12
    named = before.with_columns(("G" + pl.col("who")).alias("who"))
    assert not set(named["who"]) & set(named.with_columns(_new_names(given, named))["who"])


def test_landed_rows_are_not_known_as_a_whole() -> None:
    random = np.random.default_rng(0)
    known = table(60, 0, groups=3).with_columns(who=pl.when(pl.col("who") == "1").then(None).otherwise("who"))
    unread = SimpleNamespace(columns=[SimpleNamespace(name="note", use="unused")])
    part = known.head(30).vstack(table(30, 5, groups=3))
    kept = _not_known(SimpleNamespace(problem=SimpleNamespace(columns=[])), part, known, part.columns, random)  # type: ignore[arg-type]
    assert kept.equals(part.tail(30))
    made = _not_known(SimpleNamespace(problem=unread), part, known, part.columns, random)  # type: ignore[arg-type]
    assert len(made) > 50
    assert not len(made.join(known, on=known.columns, how="semi", nulls_equal=True))
