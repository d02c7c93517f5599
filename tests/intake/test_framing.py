"""The words and the data together settle the question."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from agent_graph.artifacts import silent
from agent_graph.errors import BadInput
from agent_graph.intake import framing, reading, understanding
from agent_graph.intake.hearing import Heard
from tests.intake.conftest import Framed

Frame = Callable[..., Framed]
RNG = np.random.default_rng(1)
N = 600


def leaks(framed: Framed) -> set[str]:
    return set(framed[2].used("leak"))


def test_who_will_leave_is_the_churn_column(customers: pl.DataFrame, framed: Frame) -> None:
    problem = framed(customers, "Which customers are likely to leave? We can call the 20 most at risk.")[2]
    assert (problem.target.column, problem.task, problem.target.classes) == ("churn", "binary", ("No", "Yes"))
    assert (problem.unit, problem.top_k, problem.split.kind) == ("customer", 20, "stratified")


def test_a_bound_in_the_words_makes_the_target(framed: Frame) -> None:
    delay = RNG.normal(5, 20, N).round()
    table = pl.DataFrame(
        {"carrier": RNG.choice(["A", "B"], N), "distance": RNG.integers(100, 3000, N), "arr_delay": delay}
    )
    target = framed(table, "We want to say how likely it is that the flight lands more than 15 minutes late.")[2].target
    assert (target.column, target.rule, target.threshold) == ("arr_delay", "above", 15.0)


def test_the_value_none_against_all_others_makes_the_target(framed: Frame) -> None:
    damage = RNG.choice(["None", "Minor", "Major"], N, p=[0.9, 0.07, 0.03])
    table = pl.DataFrame({"bird": RNG.choice(["gull", "crow"], N), "Damage": damage, "speed": RNG.integers(80, 300, N)})
    problem = framed(table, "We want to know how likely it is that the aircraft is damaged.")[2]
    assert (problem.target.column, problem.target.rule, problem.target.values) == ("Damage", "other_than", ("None",))


def test_how_many_is_a_count(framed: Frame) -> None:
    table = pl.DataFrame({"age": RNG.integers(20, 80, N), "visits": RNG.poisson(3, N)})
    problem = framed(table, "We want to know how many visits to expect from each member. Totals matter.")[2]
    assert (problem.task, problem.metric, problem.calibrated_totals) == ("count", "poisson_deviance", True)


def test_ten_percent_off_is_a_relative_error_and_a_range_is_heard(framed: Frame) -> None:
    table = pl.DataFrame({"area": RNG.integers(40, 300, N), "price": RNG.lognormal(12, 0.5, N).round()})
    problem = framed(
        table,
        "What will a house sell for? Being 10% off on a cheap one is as bad as on a dear one. "
        "I need a range, not only one number.",
    )[2]
    assert (problem.target.column, problem.metric, problem.wants_interval) == ("price", "rmsle", True)


def test_where_totals_matter_the_metric_is_one_that_adds_up_unless_another_was_asked_for(framed: Frame) -> None:
    """A median of a long tail doesn't add up: judged by it and held to totals, no model could win."""
    weeks = np.round(RNG.lognormal(1, 1.4, N) + 0.2, 1)
    table = pl.DataFrame({"age": RNG.integers(18, 65, N), "wage": RNG.normal(600, 90, N).round(2), "weeks": weeks})
    found = {
        words: framed(table, f"How many weeks will a claim take? {words}", target="weeks", task="regression")[2]
        for words in ("", "We set reserves by it.", "We set reserves by it; judge it by MAE.")
    }
    assert [(one.metric, one.calibrated_totals) for one in found.values()] == [
        ("rmsle", False), ("rmse", True), ("mae", False),
    ]  # fmt: skip


def test_rows_of_one_thing_stay_together(framed: Frame) -> None:
    case = np.repeat(np.arange(N // 3), 3)
    table = pl.DataFrame(
        {"caseid": [f"c{k}" for k in case], "age": RNG.integers(1, 90, N), "died": RNG.choice(["no", "yes"], N)}
    )
    split = framed(table, "Will the person die? Several people can come from the same case.")[2].split
    assert (split.kind, split.columns) == ("group", ("caseid",))


def test_a_reused_name_is_completed_by_the_year(framed: Frame) -> None:
    storms = [(f"N{k % 20}", 1990 + k // 20) for k in range(60)]
    rows = [(n, y, RNG.normal(1000, 9), RNG.choice(["low", "high"])) for n, y in storms for _ in range(10)]
    table = pl.DataFrame(rows, schema=["name", "year", "pressure", "status"], orient="row")
    split = framed(table, "Every six hours we get a fix on each storm. We need the storm's status (low or high).")[
        2
    ].split
    assert (split.kind, split.columns) == ("group", ("name", "year"))


def test_the_following_months_split_by_time(framed: Frame) -> None:
    day = pl.datetime_range(
        pl.datetime(2020, 1, 1), pl.datetime(2020, 1, 1) + pl.duration(days=N - 1), "1d", eager=True
    )
    table = pl.DataFrame({"day": day, "x": RNG.normal(size=N), "late": RNG.choice(["no", "yes"], N)})
    split = framed(table, "How likely is it that the train is late? The model is used on the following months.")[
        2
    ].split
    assert (split.kind, split.columns) == ("time", ("day",))


def test_what_the_statement_says_is_absent_is_left_out(framed: Frame) -> None:
    table = pl.DataFrame(
        {
            "pressure": RNG.normal(size=N),
            "wind_speed": RNG.normal(size=N),
            "category": RNG.integers(0, 5, N),
            "status": RNG.choice(["low", "high"], N),
        }
    )
    settled = framed(
        table,
        "We need the storm's status. Wind speed and category are filled in only "
        "after the status is decided, so they will not be there.",
    )
    assert leaks(settled) == {"wind_speed", "category"}


def test_what_tells_the_target_alone_is_left_out(framed: Frame) -> None:
    died = RNG.random(N) < 0.2
    table = pl.DataFrame(
        {
            "age": RNG.integers(1, 90, N),
            "speed": RNG.integers(1, 90, N),
            "code": np.where(died, 4, RNG.integers(0, 4, N)),
            "died": np.where(died, "yes", "no"),
        }
    )
    assert leaks(framed(table, "Will the person die?")) == {"code"}


def test_a_crowd_of_strong_columns_is_no_leak(framed: Frame) -> None:
    size = RNG.lognormal(0, 1, N)
    table = pl.DataFrame(
        {
            "x": size * RNG.normal(1, 0.06, N),
            "y": size * RNG.normal(1, 0.06, N),
            "z": size * RNG.normal(1, 0.06, N),
            "carat": size * RNG.normal(1, 0.06, N),
            "price": size**2 * 1000,
        }
    )
    assert leaks(framed(table, "What is a fair price for a stone?")) == set()


@pytest.mark.parametrize("formula", ["sum", "product", "rate"])
def test_parts_from_which_the_target_is_computed_are_left_out(framed: Frame, formula: str) -> None:
    a, b, other = RNG.uniform(10, 99, N).round(2), RNG.integers(5, 60, N), RNG.normal(size=N)
    goal = {"sum": a + b, "product": a * b, "rate": (a / b) ** 0.5}[formula]
    table = pl.DataFrame({"alpha": a, "beta": b, "gamma": other, "score_total": goal})
    assert "alpha" in leaks(framed(table, "Estimate the score total.", target="score_total"))


def test_the_actual_beside_the_planned_is_known_afterwards(framed: Frame) -> None:
    planned = RNG.integers(0, 2400, N)
    table = pl.DataFrame(
        {
            "sched_dep_time": planned,
            "dep_time": planned + RNG.integers(0, 90, N),
            "x": RNG.normal(size=N),
            "late": RNG.choice(["no", "yes"], N),
        }
    )
    settled = framed(table, "How likely is it that the train is late, before it leaves?")
    assert leaks(settled) == {"dep_time"}


def test_what_is_missing_where_the_target_is_was_written_down_with_it(framed: Frame) -> None:
    gone = RNG.random(N) < 0.1
    late = pl.Series(RNG.normal(5, 20, N).round()).to_frame("d").select(pl.when(pl.Series(~gone)).then("d"))["d"]
    air = pl.Series(RNG.normal(100, 9, N).round()).to_frame("d").select(pl.when(pl.Series(~gone)).then("d"))["d"]
    table = pl.DataFrame({"air": air, "distance": RNG.integers(100, 3000, N), "arr_delay": late})
    assert leaks(framed(table, "Predict the arrival delay.", target="arr_delay")) == {"air"}


def test_a_survey_weight_is_no_feature_and_a_body_weight_is(framed: Frame) -> None:
    body = RNG.normal(75, 9, N).round(1)
    survey = RNG.lognormal(4, 2.2, N)
    for weight, use in ((body, "feature"), (survey, "weight")):
        table = pl.DataFrame({"weight": weight, "age": RNG.integers(1, 90, N), "died": RNG.choice(["no", "yes"], N)})
        roles = {role.name: role.use for role in framed(table, "Will the person die?")[2].columns}
        assert roles["weight"] == use


def test_a_list_of_rows_without_time_says_that_columns_are_taken_to_be_older_than_the_answer(
    customers: pl.DataFrame, framed: Frame
) -> None:
    """A table that was written after they left would tell who left, not who will."""
    listed = "Each month we call the 50 customers most likely to leave next."
    topics = {one.topic: one for one in framed(customers, listed, target="churn")[2].assumptions}
    assert topics["moment"].choice == "columns are as they were before 'churn' was known"
    assert topics["moment"].confidence == 0.5
    dated = customers.with_columns(day=pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 7, 18), eager=True))
    for table, words in ((customers, "Which customers will leave?"), (dated, listed)):
        assert "moment" not in {one.topic for one in framed(table, words, target="churn")[2].assumptions}


def test_an_unsure_decision_names_others_and_an_answer_is_kept(framed: Frame) -> None:
    table = pl.DataFrame({"q1": RNG.integers(0, 9, N), "q2": RNG.normal(size=N), "q3": RNG.normal(size=N)})
    specification, profile, problem = framed(table, "Please predict the last column from the others.")
    about = next(each for each in problem.assumptions if each.topic == "target")
    assert about.alternatives
    answered = framing.frame(framing.answer(specification, profile, "target", "q2"), profile)
    assert answered.target.column == "q2"
    assert next(each for each in answered.assumptions if each.topic == "target").confidence > about.confidence


def test_the_suspects_are_those_of_the_target_that_was_answered(framed: Frame) -> None:
    first, second = RNG.normal(size=N), RNG.normal(size=N)
    table = pl.DataFrame({"q1": first, "w1": 2 * first, "q2": second, "w2": 3 * second})
    specification, profile, _ = framed(table, "Please predict one of the columns from the others.")
    for target, twin in (("q1", "w1"), ("q2", "w2")):
        heard = Heard(profile, reading.read(specification, profile))
        answered, heard = understanding.settle(specification, heard, {"target": target})
        settled, problem = understanding.frame(answered, profile, heard.reading, silent)
        assert problem.target.column == target
        assert {suspect.column for suspect in settled.suspects} & {"w1", "w2"} == {twin}


@pytest.mark.parametrize(
    ("topic", "choice"),
    [("split", "random"), ("split", "group:plan"), ("positive_class", "No"), ("metric", "log_loss")],
)
def test_every_answer_is_taken(customers: pl.DataFrame, framed: Frame, topic: str, choice: str) -> None:
    customers = customers.with_columns(plan=pl.int_range(pl.len()) % 40)
    specification, profile, _ = framed(customers)
    problem = framing.frame(framing.answer(specification, profile, topic, choice), profile)
    settled = next(a for a in problem.assumptions if a.topic == topic)
    assert settled.confidence == 1.0


def test_columns_can_be_kept_and_dropped_by_hand(customers: pl.DataFrame, framed: Frame) -> None:
    table = customers.with_columns(paid_total=pl.col("bill") * 3)
    assert leaks(framed(table)) == {"paid_total"}
    assert leaks(framed(table, options=({"key": "keep", "value": "paid_total"}, {"key": "drop", "value": "plan"}))) == {
        "plan"
    }


def test_too_few_groups_to_hold_some_back_are_refused_with_the_remedy(customers: pl.DataFrame, framed: Frame) -> None:
    with pytest.raises(BadInput, match=r"'plan' has 3 groups, too few.*--set split=random"):
        framed(customers, options=({"key": "split", "value": "group:plan"},))
