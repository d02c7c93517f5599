"""Side tables hang on the main one as people have them; the generated project joins them alike."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from agent_graph import profiling
from agent_graph.errors import BadInput
from tests.intake.conftest import frame_paths
from tests.intake.twice import both

ROWS = 240
ASKED = "One row an order. Which orders will be returned (returned)?"


def orders(**keys: list[object]) -> pl.DataFrame:
    rng = np.random.default_rng(2)
    amount = rng.gamma(2, 20, ROWS).round(2)
    return pl.DataFrame({
        **keys, "amount": amount, "channel": rng.choice(["web", "shop", "app"], ROWS),
        "returned": np.where(rng.random(ROWS) < 0.2 + amount / 200, "yes", "no"),
    })  # fmt: skip


def saved(folder: Path, **tables: pl.DataFrame) -> list[str]:
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv")
    return [str(folder / f"{name}.csv") for name in tables]


THINGS = [(17 * k) % 900 + 3 for k in range(80)]
SPELLINGS = {
    "zeros on one side": (lambda k: f"{k:06d}", lambda k: str(k), "number"),
    "zeros on the other": (lambda k: f"P{k}", lambda k: f"P{k:05d}", "letters"),
    "hyphens and capitals": (lambda k: f"A-{k}", lambda k: f"a{k}", "letters"),
    "a float": (lambda k: f"{k:06d}", lambda k: float(k), "number"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_keys_of_other_names_and_spellings_meet(tmp_path: Path, spelling: str) -> None:
    mine, theirs, form = SPELLINGS[spelling]
    main = orders(customer_ref=[mine(THINGS[k * 7 % 80]) for k in range(ROWS)])
    side = pl.DataFrame(
        {
            "id": [theirs(k) for k in THINGS],
            "age": [20 + k % 50 for k in range(80)],
            "plan": ["ab"[k % 2] for k in range(80)],
        }
    )
    paths = saved(tmp_path / "data", orders=main, customers=side)
    ours, project, profile = both(paths, tmp_path / "project", tmp_path / "data", ASKED)
    (join,) = profile.joins
    assert (join.left, join.right, join.matched) == (("customer_ref",), ("id",), 1.0)
    assert form in (*join.forms, "as_is" if not join.forms else "")
    for name in project.columns:
        assert ours[name].to_list() == project[name].to_list(), name
    assert project["customers.age"].null_count() == 0


def events(late: bool) -> pl.DataFrame:
    """Payments: some before, some after the orders of their customer; after them all are huge."""
    rng = np.random.default_rng(4)
    rows = []
    for customer in range(60):
        for _ in range(rng.integers(0, 9)):
            day = dt.datetime(2024, 1, 1) + dt.timedelta(hours=int(rng.integers(0, 24 * 200)))
            after = day >= moment(customer)
            rows.append(
                (f"C{customer:03d}", day, 1e6 if after and late else float(rng.integers(1, 90)), "xyz"[customer % 3])
            )
    return pl.DataFrame(rows, schema=["customer", "paid_at", "value", "method"], orient="row").sample(
        fraction=1, shuffle=True, seed=1
    )


def moment(customer: int) -> dt.datetime:
    return dt.datetime(2024, 4, 1) + dt.timedelta(days=customer)


def test_many_rows_a_key_are_summed_up_as_of_the_rows_own_time(tmp_path: Path) -> None:
    customers = [k * 7 % 60 for k in range(ROWS)]
    main = orders(
        customer=[f"C{c:03d}" for c in customers],
        ordered_at=[moment(c) + dt.timedelta(minutes=k % 3) * 0 for k, c in enumerate(customers)],
    )
    side = events(late=True)
    paths = saved(tmp_path / "data", orders=main, payments=side)
    ours, project, profile = both(paths, tmp_path / "project", tmp_path / "data", ASKED)
    (join,) = profile.joins
    assert (join.left, join.time, join.side_time) == (("customer",), "ordered_at", "paid_at")
    for name in project.columns:
        assert ours[name].to_list() == project[name].to_list(), name
    for k in range(0, ROWS, 11):
        before = side.filter((pl.col("customer") == main["customer"][k]) & (pl.col("paid_at") < main["ordered_at"][k]))
        assert ours["payments.count"][k] == len(before)
        if len(before):
            assert ours["payments.value_mean"][k] == pytest.approx(before["value"].mean(), rel=1e-6)
            assert ours["payments.value_last"][k] == before.sort("paid_at")["value"][-1]
    assert ours["payments.value_max"].max() < 100  # type: ignore[operator]  # nothing of what came after


def test_many_rows_without_a_time_and_a_look_up_beside_them(tmp_path: Path) -> None:
    main = orders(customer=[f"C{k * 7 % 60:03d}" for k in range(ROWS)], shop=[k % 9 for k in range(ROWS)])
    calls = events(late=False).drop("paid_at").rename({"customer": "customer_code"})
    shops = pl.DataFrame({"shop": range(9), "size": [k * 10 for k in range(9)]})
    paths = saved(tmp_path / "data", orders=main, calls=calls, shops=shops)
    ours, project, profile = both(paths, tmp_path / "project", tmp_path / "data", ASKED)
    assert [(join.table, join.left, bool(join.summaries)) for join in profile.joins] == [
        ("calls", ("customer",), True), ("shops", ("shop",), False),
    ]  # fmt: skip
    for name in project.columns:
        assert ours[name].to_list() == project[name].to_list(), name
    assert {"calls.count", "calls.value_sum", "calls.method_last", "shops.size"} <= set(project.columns)


def test_a_side_table_that_matches_nothing_is_refused_with_values_of_both(tmp_path: Path) -> None:
    main = orders(customer=[f"C{k % 60:03d}" for k in range(ROWS)])
    side = pl.DataFrame({"client": [f"zz{k}qq" for k in range(50)], "age": range(50)})
    with pytest.raises(BadInput, match=r"'clients'.*'client' holds 'zz\d+qq'") as caught:
        frame_paths(saved(tmp_path / "data", orders=main, clients=side), ASKED)
    assert "\n" not in str(caught.value)


def test_long_numbers_meet_digit_by_digit(tmp_path: Path) -> None:
    numbers = [10**19 + 7 * k for k in range(60)]
    main = orders(account=[numbers[k % 60] for k in range(ROWS)]).with_columns(pl.col("account").cast(pl.String))
    side = pl.DataFrame({"account": [str(n) for n in numbers], "limit": range(60)})
    profile = profiling.profile(saved(tmp_path / "data", orders=main, accounts=side))
    assert profile.joins[0].matched == 1.0
    assert profile.main.column("account").distinct == 60
