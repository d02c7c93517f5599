"""A second, smaller good project, with what the first lacks: identifiers, moments and a side table to join.

Made up to the data scientist's gate, which is as far as its lies need.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from agent_graph.errors import WaitsForPerson
from agent_graph.runner import making

NAME, ROWS, ACCOUNTS = "shop-orders", 3000, 1000
STATEMENT = "Which orders will be sent back? Predict returned for each order at the moment when it is placed."
LAST, ENOUGH = "data_scientist", "enough is there"


def make(folder: Path) -> None:
    """Write the tables to the folder and run the product on them until the role after LAST has a plan."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables().items():
        table.write_csv(folder / f"{name}.csv")
    try:
        making.new(
            STATEMENT,
            (str(folder / "orders.csv"), str(folder / "accounts.csv")),
            name=NAME,
            target="returned",
            task="binary",
            options={"positive_class": "yes"},
            time_column="placed_at",
            budget_s=4.0,
            review=("plan",),
            decide=until_enough,
        )
    except WaitsForPerson as waits:
        if ENOUGH in str(waits):
            return
        raise  # what is asked before there is a plan has to be answered above
    raise AssertionError("the run didn't stop for the plan that nobody approved")


def until_enough(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Approves the plans up to that of LAST."""
    if payload["role"] not in ("data_engineer", LAST):
        raise WaitsForPerson(ENOUGH, payload)
    return {"decision": "approve"}


def tables() -> dict[str, pl.DataFrame]:
    """Orders of a shop over a year, and the accounts that placed them; the same ones each time."""
    random = np.random.default_rng(20_263)
    account = random.integers(0, ACCOUNTS, ROWS)
    minutes = np.sort(random.integers(0, 525_600, ROWS))
    placed = np.datetime64("2024-01-01T00:00:00") + minutes.astype("timedelta64[m]")
    amount = np.round(random.lognormal(3.5, 0.8, ROWS), 2)
    items = random.integers(1, 9, ROWS)
    kind = random.choice(["shoes", "shirts", "toys", "books"], ROWS)
    discount = np.round(random.uniform(0, 0.4, ROWS), 2)
    age = random.integers(18, 80, ACCOUNTS)
    region = random.choice(["north", "south", "east", "west"], ACCOUNTS)
    odds = -1.5 + 1.6 * (kind == "shoes") - 1.6 * (kind == "books") + 5 * discount - 0.03 * (age[account] - 45)
    returned = random.random(ROWS) < 1 / (1 + np.exp(-odds - 0.5 * (np.log(amount) - 3.5)))
    orders = {
        "order_id": [f"A{number:06d}" for number in random.permutation(ROWS) + 100_000],
        "account_id": [f"C{number:04d}" for number in account],
        "placed_at": np.datetime_as_string(placed, unit="s"),
        "category": kind,
        "items": items,
        "amount": amount,
        "discount": discount,
        "returned": np.where(returned, "yes", "no"),
    }
    accounts = {"account_id": [f"C{number:04d}" for number in range(ACCOUNTS)], "age": age, "region": region}
    return {"orders": pl.DataFrame(orders), "accounts": pl.DataFrame(accounts)}
