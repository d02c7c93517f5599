"""The ml-engineer's judges: sound files are believed, every kind of broken one is not, and arithmetic is the host's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from agent_graph.artifacts import Problem, Sealed
from agent_graph.bench import Findings
from agent_graph.measuring import scoring
from agent_graph.measuring.baseline import Baseline, dummy
from agent_graph.measuring.metrics import calibration_error, score
from agent_graph.measuring.predictions import Answer, InvalidPredictions, difference, read_predictions
from agent_graph.roles.ml_engineer.checks.drill import judge_drill
from agent_graph.roles.ml_engineer.checks.drill_steps import first_model, other_model
from agent_graph.roles.ml_engineer.checks.scores import _calibrated
from agent_graph.roles.ml_engineer.checks.tuned import InvalidTuned, read_tuned
from agent_graph.sandbox import Result, SessionResult, StepResult

ROWS = 400


def problem(task: str = "binary", metric: str = "roc_auc") -> Problem:
    """Only what a judge looks at."""
    classes = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c")}.get(task, ())
    target = {"column": "y", "rule": "as_is", "threshold": None, "values": (), "classes": classes}
    split = {"kind": "random", "columns": (), "holdout_share": 0.2}
    return Problem.model_validate(
        {
            "title": "",
            "unit": "",
            "moment": "",
            "rows": 1_000,
            "task": task,
            "metric": metric,
            "secondary_metrics": (),
            "target": target,
            "split": split,
            "columns": (),
            "wants_interval": False,
            "top_k": None,
            "calibrated_totals": False,
            "assumptions": (),
        }
    )


def answers(seed: int = 0, signal: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of two classes; without signal they have nothing to do with each other."""
    generator = np.random.default_rng(seed)
    score_ = generator.normal(0, 1, ROWS)
    truth = (generator.random(ROWS) < 1 / (1 + np.exp(-2 * score_))).astype(int)
    positive = 1 / (1 + np.exp(-2 * signal * score_))
    return truth, np.column_stack([1 - positive, positive])


def table(values: np.ndarray) -> pl.DataFrame:
    """A sound predictions file."""
    said = ["yes" if p > 0.5 else "no" for p in values[:, 1]]
    return pl.DataFrame({"row": np.arange(len(values)), "prediction": said, "p_0": values[:, 0], "p_1": values[:, 1]})


def seal(folder: Path, truth: np.ndarray) -> Sealed:
    """Labels where the host keeps them, the same for open and sealed rows."""
    labels = folder / "labels.parquet"
    pl.DataFrame({"label": ["yes" if t else "no" for t in truth]}).write_parquet(labels)
    return Sealed(
        open_dir=str(folder),
        holdout_dir=str(folder),
        labels=str(labels),
        open_labels=str(labels),
        open_rows=len(truth),
        holdout_rows=len(truth),
        digest="d",
    )


def test_a_sound_file_is_read_as_it_stands(tmp_path: Path) -> None:
    _, values = answers()
    table(values).write_csv(tmp_path / "p.csv")
    np.testing.assert_array_equal(read_predictions(tmp_path / "p.csv", ROWS, problem()).values, values)


BREAKS: list[tuple[str, Callable[[pl.DataFrame], pl.DataFrame]]] = [
    ("answers", lambda t: t.head(ROWS - 1)),
    ("in order", lambda t: t.reverse()),
    ("in order", lambda t: t.with_columns(row=pl.lit(0))),
    ("no whole number", lambda t: t.with_columns(row=pl.lit("x"))),
    ("lacks", lambda t: t.drop("p_1")),
    ("finite", lambda t: t.with_columns(p_1=pl.lit("NaN"))),
    ("finite", lambda t: t.with_columns(p_1=pl.lit("inf"))),
    ("outside 0 to 1", lambda t: t.with_columns(p_0=pl.lit(-0.5), p_1=pl.lit(1.5))),
    ("sum to 1", lambda t: t.with_columns(p_0=pl.lit(0.9), p_1=pl.lit(0.9))),
    ("none of the classes", lambda t: t.with_columns(prediction=pl.lit("maybe"))),
    ("highest probability", lambda t: t.with_columns(prediction=pl.lit("yes"))),
]


@pytest.mark.parametrize(("said", "change"), BREAKS)
def test_a_broken_file_is_refused(tmp_path: Path, said: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    change(table(answers()[1])).write_csv(tmp_path / "p.csv")
    with pytest.raises(InvalidPredictions, match=said):
        read_predictions(tmp_path / "p.csv", ROWS, problem())


def test_a_missing_a_linked_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    table(answers()[1]).write_csv(tmp_path / "real.csv")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    (tmp_path / "huge.csv").write_text("row,prediction,p_0,p_1\n" + "0" * 20_000)
    for name, rows in (("absent.csv", 1), ("link.csv", ROWS), ("huge.csv", 2)):
        with pytest.raises(InvalidPredictions):
            read_predictions(tmp_path / name, rows, problem())


def test_a_promise_is_the_hosts_own_score_with_an_interval_around_it(tmp_path: Path) -> None:
    truth, values = answers()
    table(values).with_columns(fold=pl.lit(0)).write_csv(tmp_path / "oof.csv")
    made = scoring.promise(tmp_path / "oof.csv", seal(tmp_path, truth), problem())
    assert made.score == pytest.approx(score(problem(), "roc_auc", truth, values))
    assert made.low < made.score < made.high


def test_rows_that_hang_together_make_the_interval_wider(tmp_path: Path) -> None:
    truth, values = answers()
    truth, values = np.repeat(truth[:40], 10), np.repeat(values[:40], 10, axis=0)
    table(values).write_csv(tmp_path / "oof.csv")
    sealed = seal(tmp_path, truth)
    alone = scoring.promise(tmp_path / "oof.csv", sealed, problem())
    grouped = scoring.promise(tmp_path / "oof.csv", sealed, problem(), np.repeat(np.arange(40), 10))
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)


@pytest.mark.parametrize(
    "lines", ["row,prediction,p_0,p_1\n0,no,1.0,0.0\n0,no,1.0,0.0\n", "row,prediction,p_0,p_1\n9999,no,1,0\n"]
)
def test_out_of_fold_rows_must_be_open_ones_each_once(tmp_path: Path, lines: str) -> None:
    (tmp_path / "oof.csv").write_text(lines)
    with pytest.raises(InvalidPredictions):
        scoring.promise(tmp_path / "oof.csv", seal(tmp_path, answers()[0]), problem())


def test_a_promise_by_time_has_the_room_that_its_stretches_differ_by(tmp_path: Path) -> None:
    truth, values = answers()
    split = problem().split.model_copy(update={"kind": "time"})
    timed, sealed = problem().model_copy(update={"split": split}), seal(tmp_path, truth)

    def width(folds: np.ndarray, noisy: int | None = None) -> float:
        mixed = values.copy()
        mixed[folds == noisy] = mixed[folds == noisy][::-1]  # answers of other rows
        table(mixed).with_columns(fold=folds).write_csv(tmp_path / "oof.csv")
        made = scoring.promise(tmp_path / "oof.csv", sealed, timed)
        return made.high - made.low

    three = np.arange(ROWS) * 3 // ROWS
    assert width(three, noisy=2) > 2 * width(three)
    assert width(np.zeros(ROWS, dtype=int)) > 1.2 * width(three)


def test_a_loss_that_grows_with_time_is_promised_by_factors_and_none_below_nothing(tmp_path: Path) -> None:
    truth, random = np.arange(200, dtype=float), np.random.default_rng(0)
    folds = np.arange(200) * 4 // 200
    off = random.normal(0, 1, 200) * 2.0 ** np.arange(4)[folds]  # every stretch twice as far off as the one before
    told = pl.DataFrame({"row": np.arange(200), "prediction": truth + off, "fold": folds})
    told.write_csv(tmp_path / "oof.csv")
    sealed = seal(tmp_path, np.zeros(200))
    pl.DataFrame({"label": truth}).write_parquet(sealed.open_labels)
    split = problem().split.model_copy(update={"kind": "time"})
    made = scoring.promise(
        tmp_path / "oof.csv", sealed, problem("regression", "rmse").model_copy(update={"split": split})
    )
    assert made.low >= 0
    assert made.low < 2.0 < 16.0 < made.high < 150.0


def test_a_model_without_signal_beats_nothing_and_one_with_signal_both(tmp_path: Path) -> None:
    truth, good = answers()
    _, weak = answers(seed=5)
    guess = dummy(problem(), truth, ROWS)
    rows = np.arange(ROWS)
    sealed = seal(tmp_path, truth)

    def verdict(own: np.ndarray, plain: np.ndarray) -> scoring.Verdict:
        table(own).write_csv(tmp_path / "p.csv")
        answer = scoring.predictions(tmp_path / "p.csv", ROWS, problem())
        peer = Baseline(rows=rows, open=plain, dummy_open=guess, holdout=plain, dummy_holdout=guess)
        return scoring.compare(answer, peer, "plain", sealed, problem())

    strong, random = verdict(good, weak), verdict(weak, good)
    assert (strong.beats_dummy, strong.beats_baseline) == (True, True)
    assert (random.beats_dummy, random.beats_baseline) == (False, False)
    assert strong.holdout.score > 0.7 > random.holdout.score


@pytest.mark.parametrize(("events", "told"), [(1, "not_checked"), (4, "not_checked"), (40, False)])
def test_a_handful_of_events_says_nothing_of_a_ranking(events: int, told: object) -> None:
    """One event that is ranked last is an AUC of 0, and no resample says otherwise."""
    truth = np.repeat([0, 1], [60, events])
    last = np.linspace(0.9, 0.1, len(truth))
    own, guess = np.column_stack([1 - last, last]), dummy(problem(), truth, len(truth))
    assert scoring.above_nothing(problem(), truth, own, guess)[0] == told


def test_ranges_that_hold_too_little_or_too_much_are_refused() -> None:
    truth = np.linspace(0.0, 1.0, 1000)

    def holds(width: float) -> bool:
        answer = scoring.Answer(np.arange(1000), truth, None, np.zeros(1000), np.full(1000, width))
        found = scoring.coverage(answer, truth)
        assert found is not None
        return found.holds(0.9)[0]

    assert [holds(width) for width in (0.5, 0.8, 0.9, 1.0)] == [False, False, True, False]
    assert scoring.coverage(scoring.Answer(np.arange(1000), truth), truth) is None


def test_ranges_of_rows_that_hang_together_have_the_room_of_their_groups() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 20)

    def verdicts(missed: float) -> tuple[bool, bool]:
        """Of 20 groups, a share whose rows are all outside: alone far too many, of whole groups few."""
        truth = np.where(random.permutation(20) < missed * 20, 2.0, 0.5)[groups]
        answer = scoring.Answer(np.arange(400), truth, None, np.zeros(400), np.ones(400))
        alone, together = scoring.coverage(answer, truth), scoring.coverage(answer, truth, blocks=groups)
        assert alone is not None
        assert together is not None
        return alone.holds(0.9)[0], together.holds(0.9)[0]

    assert verdicts(0.2) == (False, True)
    assert verdicts(0.6) == (False, False)


def test_the_same_answer_is_even_not_worse() -> None:
    truth, values = answers()
    assert scoring.margin(problem(), truth, values, values, "itself")[0] == "even"


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("rmse", 1.0), ("mae", 1.0), ("rmsle", None), ("mape", (1 + 1 / 2 + 1 / 4) / 3), ("poisson_deviance", None)],
)
def test_metrics_of_numbers(metric: str, expected: float | None) -> None:
    truth, answer = np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.0, 5.0])
    given = problem("regression", metric)
    found = score(given, metric, truth, answer)
    assert found > score(given, metric, truth, truth)
    if expected is not None:
        assert found == pytest.approx(expected)


def test_calibration_is_measured() -> None:
    truth, values = answers()
    sure = values**4 / (values**4).sum(axis=1, keepdims=True)
    assert calibration_error(problem(), truth, values) < calibration_error(problem(), truth, sure)
    assert calibration_error(problem("count", "rmse"), np.array([1.0, 3.0]), np.array([2.0, 4.0])) == pytest.approx(0.5)


def test_two_files_differ_by_their_worst_number_or_infinitely(tmp_path: Path) -> None:
    _, values = answers()
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    table(values).write_csv(one)
    table(values).with_columns(p_1=pl.col("p_1") + 0.25).write_csv(two)
    assert difference(one, one) == 0.0
    assert difference(one, two) == pytest.approx(0.25)
    table(values).head(3).write_csv(two)
    assert difference(one, two) == float("inf")


def tuned(**changes: Any) -> dict[str, Any]:
    """A sound search result."""
    member = {
        "name": "linear",
        "kind": "linear",
        "parameters": {"C": 0.3},
        "rounds": 10,
        "weight": 1.0,
        "fold_scores": [0.4],
    }
    found = {
        "schema_version": 1,
        "seed": 0,
        "data_digest": "d",
        "rows": 9,
        "folds": 1,
        "members": [member],
        "reason": "r",
        "validation": {"metric": "roc_auc", "score": 0.8, "std": 0.01, "loss": 0.4},
        "baselines": {"dummy": 0.5},
        "trials": {"complete": 2, "pruned": 1, "stopped": 0},
        "seconds": 1.0,
    }
    return found | {"members": [member | changes]} if changes else found


def test_a_sound_search_result_is_taken(tmp_path: Path) -> None:
    (tmp_path / "tuned.json").write_text(json.dumps(tuned()))
    found = read_tuned(tmp_path / "tuned.json", problem())
    assert (found.trials, found.weights) == (3, (("linear", 1.0),))
    assert json.loads(found.text) == tuned()


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(tuned() | {"extra": 1}),
        json.dumps(tuned(name="../../etc")),
        json.dumps(tuned(kind="pickle")),
        json.dumps(tuned(parameters={"C": 1e9})),
        json.dumps(tuned(parameters={"alpha": 1.0})),
        json.dumps(tuned(parameters={"C": "0.3"})),
        json.dumps(tuned(rounds=10**9)),
        json.dumps(tuned(weight=0.2)),
        json.dumps(tuned() | {"reason": "x" * 999}),
        json.dumps(tuned() | {"reason": "\x1b[2J"}),
        json.dumps(tuned(weight=float("nan"))),
        "[" * 5000,
        "no json",
    ],
)
def test_a_search_result_that_is_not_sound_never_reaches_the_commit(tmp_path: Path, content: str) -> None:
    (tmp_path / "tuned.json").write_text(content)
    with pytest.raises(InvalidTuned):
        read_tuned(tmp_path / "tuned.json", problem())


def step(name: str, rc: int = 0, out: str = "", err: str = "") -> StepResult:
    """How a step ended."""
    return StepResult(name, "exit", rc, 0.1, 0.1, 1, out, err)


def drilled(folder: Path, **changes: StepResult) -> dict[str, str]:
    """The drill's verdicts; files say which model answered."""
    steps = {
        "kill": step("kill", out='{"killed": true, "pieces": 1}'),
        "train again": step("train again", err="restored from a checkpoint"),
        "promote first": step("promote first"),
        "ask first": step("ask first", out='{"model_version": "1"}'),
        "train other": step("train other"),
        "promote unjudged": step("promote unjudged", 3),
        "promote other": step("promote other"),
        "ask other": step("ask other", out='{"model_version": "2"}'),
        "versions promoted": step("versions promoted", out='{"aliases": {"champion": "2", "previous": "1"}}'),
        "rollback": step("rollback"),
        "ask back": step("ask back", out='{"model_version": "1"}'),
        "versions back": step("versions back", out='{"aliases": {"champion": "1", "previous": "2"}}'),
    }
    steps |= {name.replace("_", " "): changed for name, changed in changes.items()}
    findings = Findings("ml_engineer")
    session = SessionResult(Result.__new__(Result), tuple(steps.values()), None)
    manifest: Any = SimpleNamespace(champion="champion", previous="previous")
    judge_drill(findings, session, folder, manifest)
    return {check.name: check.verdict for check in findings.checks}


def write(folder: Path, once: str, repeated: str, other: str, back: str) -> None:
    """The answers of the four models."""
    for name, text in zip(("once", "repeated", "other", "back"), (once, repeated, other, back), strict=True):
        (folder / f"{name}.csv").write_text(text)


def test_a_drill_that_went_well_passes(tmp_path: Path) -> None:
    write(tmp_path, "a", "a", "b", "a")
    assert set(drilled(tmp_path).values()) == {"passed"}


def test_each_broken_part_of_the_drill_turns_its_check_red(tmp_path: Path) -> None:
    write(tmp_path, "a", "a", "b", "b")  # the rollback didn't bring the former model back
    assert drilled(tmp_path)["registry_drill"] == "failed"
    write(tmp_path, "a", "a", "a", "a")  # the other version isn't served
    assert drilled(tmp_path)["registry_drill"] == "failed"
    write(tmp_path, "a", "c", "b", "c")
    assert drilled(tmp_path)["same_seed_same_model"] == "failed"
    write(tmp_path, "a", "a", "b", "a")
    assert drilled(tmp_path, ask_back=step("ask back", out='{"model_version": "2"}'))["registry_drill"] == "failed"
    assert drilled(tmp_path, rollback=step("rollback", 1))["registry_drill"] == "failed"
    for said in ('{"aliases": {"champion": "2", "previous": "1"}}', '{"aliases": {}}', "", "null"):
        assert drilled(tmp_path, versions_back=step("versions back", out=said))["registry_drill"] == "failed"
    assert drilled(tmp_path, promote_unjudged=step("promote unjudged", 0))["promotion_guarded"] == "failed"
    assert drilled(tmp_path, train_again=step("train again"))["resumes_after_kill"] == "failed"
    assert drilled(tmp_path, kill=step("kill", out='{"killed": false}'))["resumes_after_kill"] == "not_checked"


def test_an_answer_is_above_nothing_or_not_or_of_too_few_rows_to_tell() -> None:
    random = np.random.default_rng(0)

    def told(rows: int, strength: float) -> object:
        truth = np.arange(rows) % 2
        sure = np.clip(0.5 + strength * (truth - 0.5) + random.normal(0, 0.1, rows), 0.01, 0.99)
        values, guess = np.column_stack([1 - sure, sure]), np.full((rows, 2), 0.5)
        return scoring.above_nothing(problem(), truth, values, guess)[0]

    assert told(60, 0.5) is True
    assert told(60, 0.02) == "not_checked"
    assert told(60, -0.5) is False, "worse is worse, however few the rows"
    assert told(20_000, 0.0) is False, "so many rows would show a fair gain"


PLAN = """members:
- {name: plain, kind: linear, rounds: 50, parameters: {C: 1.0}}
- {name: trees, kind: lightgbm, rounds: 400, parameters: {a: 1}}
"""


def test_the_drill_s_models_are_all_of_the_plan_in_short_and_one_far_from_it(tmp_path: Path) -> None:
    bench: Any = SimpleNamespace(problem=SimpleNamespace(task="binary"))
    training: Any = SimpleNamespace(members=(SimpleNamespace(name="plain", kind="linear"),))

    def made(write: Any, plan: str) -> tuple[Any, Any]:
        (tmp_path / "training.yaml").write_text(plan)
        (tmp_path / "tuned.json").write_text('{"members": []}')
        write(tmp_path)
        recipe = json.loads((tmp_path / "tuned.json").read_text())["members"]
        return recipe, yaml.safe_load((tmp_path / "training.yaml").read_text())

    first, plan = made(first_model, PLAN)
    assert [(one["kind"], one["parameters"], one["rounds"], one["weight"]) for one in first] == [
        ("linear", {"C": 1.0}, 50, 0.5), ("lightgbm", {"a": 1}, 30, 0.5)
    ]  # fmt: skip
    assert plan == yaml.safe_load(PLAN), "the plain baseline stays what it is"
    (other,), plan = made(lambda config: other_model(bench, training, config), PLAN)
    assert (other["kind"], other["parameters"]) == ("linear", {"C": 0.001})
    assert [member["parameters"] for member in plan["members"]] == [{"C": 0.001}, {"a": 1}]
    for plan in ("[]", "members: 3", "members: [[]]", "members: [{kind: linear}]",
                 "members: [{kind: x, name: 2026-01-01, rounds: 3, parameters: 2026-01-01}]"):  # fmt: skip
        assert made(first_model, plan) == ([], yaml.safe_load(plan)), "no plan of ours is left as it is"


def calibrated(kind: str, metric: str, truth: np.ndarray, values: np.ndarray) -> str:
    findings = Findings("ml_engineer")
    _calibrated(findings, problem(kind, metric), Answer(np.arange(len(truth)), values), truth, len(truth))
    return findings.checks[0].verdict


def test_a_total_may_be_off_by_what_chance_does_to_so_few_rows() -> None:
    random = np.random.default_rng(5)
    verdicts = [
        calibrated("count", "poisson_deviance", random.negative_binomial(0.5, 0.1, 60).astype(float), np.full(60, 4.5))
        for _ in range(50)
    ]
    assert verdicts.count("failed") <= 4, "two standard errors leave one in twenty"
    many = random.poisson(4.0, 20_000).astype(float)
    assert calibrated("count", "poisson_deviance", many, np.full(20_000, 4.0)) == "passed"
    assert calibrated("count", "poisson_deviance", many, np.full(20_000, 4.4)) == "failed"
    around_nothing = random.normal(0, 1, 500)
    assert calibrated("regression", "rmse", around_nothing, np.zeros(500)) == "passed"


def test_a_median_is_honest_where_the_typical_row_counts_and_not_where_totals_do() -> None:
    random = np.random.default_rng(6)
    prices = random.lognormal(3, 1, 4_000)
    medians = np.full(4_000, np.exp(3.0))
    assert calibrated("regression", "rmsle", prices, medians) == "passed"
    assert calibrated("regression", "mae", prices, 2 * medians) == "failed"
    assert calibrated("regression", "rmse", prices, medians) == "failed"
