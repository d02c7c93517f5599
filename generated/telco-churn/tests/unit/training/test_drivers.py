"""What matters, matters as a group; what doesn't, doesn't; the way it goes is found; the same seed gives the same."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from made_up import honest

from telco_churn.data.columns import Columns
from telco_churn.problem.answers import watched
from telco_churn.training import drivers
from telco_churn.training.drivers import Plan, as_meant, association, summary
from telco_churn.training.oof import measured

ROWS = 600
Answer = Callable[[Columns], np.ndarray]


@pytest.fixture
def made() -> tuple[np.ndarray, np.ndarray, Columns]:
    """Truth, honest predictions and columns; those named place and copy say which row's prediction is right."""
    truth, predicted = honest(ROWS)
    if ordered(predicted):
        order = np.argsort(watched(predicted), kind="stable")
        truth, predicted = truth[order], predicted[order]
    generator = np.random.default_rng(1)
    mixed = generator.permutation(ROWS)  # so that places say nothing of slices
    place = np.arange(ROWS, dtype=np.float64)[mixed]
    third = np.array(["low", "middle", "top"], dtype=object)[mixed * 3 // ROWS]
    noise = generator.normal(size=ROWS)
    return truth[mixed], predicted, {"noise": noise, "place": place, "third": third, "copy": place.copy()}


def ordered(predicted: np.ndarray) -> bool:
    """Whether these answers have a direction."""
    return bool(watched(predicted).dtype.kind == "f")


def found(
    truth: np.ndarray, columns: Columns, plan: Plan, answer: Answer, seed: int = 0
) -> dict[str, dict[str, object]]:
    """The groups by their leading column."""
    report = summary(plan, [measured(columns, truth, plan, answer, 1, seed)])
    return {entry["column"]: entry for entry in report["groups"]}


def test_a_column_and_its_copy_are_one_group_and_matter_together(made: tuple[np.ndarray, np.ndarray, Columns]) -> None:
    truth, predicted, columns = made

    def answer(asked: Columns) -> np.ndarray:
        taken = np.where(np.arange(len(asked["place"])) % 2, asked["place"], asked["copy"])
        return predicted[taken.astype(np.int64)]

    plan = Plan.of(columns, ["noise", "place", "copy"])
    assert plan.groups == (("noise",), ("place", "copy"))
    together = summary(plan, [measured(columns, truth, plan, answer, 1, 0)])["groups"]
    assert set(together[0]["columns"]) == {"place", "copy"}
    apart = found(truth, columns, Plan((("place",), ("copy",)), ROWS, 3), answer)
    assert together[0]["loss_increase"] > 1.3 * max(one["loss_increase"] for one in apart.values())
    assert 0 < together[0]["low"] < together[0]["loss_increase"] < together[0]["high"]


def test_noise_does_not_matter(made: tuple[np.ndarray, np.ndarray, Columns]) -> None:
    truth, predicted, columns = made

    def answer(asked: Columns) -> np.ndarray:
        wrong = np.clip(asked["place"] + 5 * asked["noise"], 0, ROWS - 1)
        return predicted[wrong.astype(np.int64)]

    entry = found(truth, columns, Plan((("noise",), ("place",)), ROWS, 3), answer)["noise"]
    assert entry["low"] < 0 < entry["high"]
    assert entry["direction"] is None


@pytest.mark.parametrize("sign", [1, -1])
def test_the_way_a_number_goes_is_found(made: tuple[np.ndarray, np.ndarray, Columns], sign: int) -> None:
    truth, predicted, columns = made
    columns = columns | {"place": sign * columns["place"]}
    plan = Plan((("place",),), ROWS, 2)
    entry = found(truth, columns, plan, lambda asked: predicted[np.abs(asked["place"]).astype(np.int64)])["place"]
    assert entry["direction"] == (("more → higher" if sign > 0 else "more → lower") if ordered(predicted) else None)


def test_the_levels_with_the_highest_and_lowest_answers_are_found(made: tuple[np.ndarray, np.ndarray, Columns]) -> None:
    truth, predicted, columns = made
    place = {"low": ROWS // 6, "middle": ROWS // 2, "top": ROWS * 5 // 6}

    def answer(asked: Columns) -> np.ndarray:
        return predicted[[place[level] for level in asked["third"]]]

    entry = found(truth, columns, Plan((("third",),), ROWS, 2), answer)["third"]
    wanted = "highest: top, lowest: low" if ordered(predicted) else None
    assert entry["direction"] == (wanted if entry["low"] > 0 else None)


def test_the_same_seed_gives_the_same_numbers(made: tuple[np.ndarray, np.ndarray, Columns]) -> None:
    truth, predicted, columns = made
    plan = Plan.of(columns, list(columns))

    def answer(asked: Columns) -> np.ndarray:
        return predicted[asked["place"].astype(np.int64)]

    assert found(truth, columns, plan, answer) == found(truth, columns, plan, answer)
    assert found(truth, columns, plan, answer) != found(truth, columns, plan, answer, seed=1)


def test_columns_of_any_types_are_compared(made: tuple[np.ndarray, np.ndarray, Columns]) -> None:
    _, _, columns = made
    third = columns["third"].copy()
    third[::7] = None
    holed = np.where(np.arange(ROWS) % 5 == 0, np.nan, -columns["place"])
    texts = np.array([f"text {k}" for k in range(ROWS)], dtype=object)
    days = np.datetime64("2020-01-01") + columns["place"].astype("timedelta64[D]")
    days[::9] = np.datetime64("NaT")
    compared = as_meant(
        {**columns, "copy": np.ones(ROWS), "third": third, "again": third, "holed": holed, "days": days}
        | {"text": texts, "words": texts[::-1]}
    )
    alike = pd.DataFrame(association(compared), index=list(compared), columns=list(compared))
    assert alike["place"]["holed"] == pytest.approx(1.0, abs=0.01)
    assert alike["third"]["again"] == pytest.approx(1.0)
    assert alike["place"]["third"] > 0.8
    assert alike["place"]["days"] == pytest.approx(1.0, abs=0.01)
    assert alike["noise"].drop("noise").max() < 0.2
    assert alike["text"].drop("text").max() == 0.0  # no two rows share one, so nothing is known
    assert alike.equals(alike.T)


def test_no_column_is_left_out_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    columns = {f"c{k}": generator.normal(size=80) for k in range(50)}
    assert (Plan.of(columns, list(columns)).rows, Plan.of(columns, list(columns)).repeats) == (drivers.ROWS, 2)
    monkeypatch.setattr(drivers, "CELLS", 1_000)
    plan = Plan.of(columns, list(columns))
    assert (plan.rows, plan.repeats) == (drivers.FEWEST, 1)
    assert sorted(name for group in plan.groups for name in group) == sorted(columns)


@pytest.mark.parametrize(("second", "agreement"), [([3.0, 2.0, 1.0], 1.0), ([1.0, 2.0, 3.0], -1.0)])
def test_two_halves_of_the_rows_are_asked_for_the_order(second: list[float], agreement: float) -> None:
    rises = np.array([[3.0, 2.0, 1.0], second] * 4).T
    moves = np.full(rises.shape, np.nan)
    fold = ({"levels": {}, "rows": 80}, {"rises": rises, "alone": rises.mean(axis=1), "moves": moves})
    report = summary(Plan((("a",), ("b",), ("c",)), 160, 2), [fold, fold])
    assert (report["rows"], report["repeats"], report["agreement"]) == (160, 2, agreement)
    assert all(entry["low"] > 0 and entry["direction"] is None for entry in report["groups"])
