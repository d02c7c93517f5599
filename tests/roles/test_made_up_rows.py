"""Rows that a generated project's tests make up: fifty draws of several tables, none of which may depend on luck."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_graph.roles.data_engineer import ROLE, DataEngineerInputs
from tests.roles.test_data_engineer import files_of, inputs_for

DRAWS = 50
DRAWN = """
import json, sys
sys.path[:0] = ["src", "tests"]
import pandas as pd
from synthetic import LABEL, LANDED, ROW, make_rows
from cases.config import load
from cases.data.rules import batch_breaches
names = [column["name"] for column in load("data")["columns"]]
landed = make_rows(LANDED)
found = {"repeats": [], "known": [], "breaches": [], "groups": []}
for seed in range(int(sys.argv[1])):
    rows = make_rows(240, seed)
    found["repeats"].append(int(rows[names].duplicated().sum()))
    if seed:
        found["known"].append(int(pd.concat([landed, rows])[names].duplicated().sum()))
    broken = [b for b in batch_breaches(rows, labelled=True, reference=None) if b.severity == "error"]
    found["breaches"] += [f"{b.column}: {b.rule}" for b in broken]
    found["groups"] += [int(rows[name].nunique()) for name in sys.argv[2:]]
print(json.dumps(found))
"""


def diary(row: int) -> list[object]:
    """Visits of patients: few different values in every column, so that rows easily repeat each other."""
    return [200 + row // 4, ("drug", "none")[row // 4 % 2], row // 4 * 7 % 9, row % 4, row * row % 5]


def shop(row: int) -> list[object]:
    """Sales: numbers, a level that is rare, values that are missing."""
    return ["abc"[row * row % 3], "" if row % 3 else "sale", row * 37 % 501 / 10, row * 13 % 97, row * 11 % 60]


TABLES: dict[str, tuple[list[str], Any, dict[str, str], list[str]]] = {
    "diary": (["patient", "arm", "age", "visit", "fits"], diary, {"target": "fits", "task": "count"}, ["patient"]),
    "shop": (["shop", "offer", "price", "stock", "sold"], shop, {"target": "sold", "task": "regression"}, []),
}


@pytest.mark.parametrize("name", TABLES)
def test_made_up_rows_keep_the_contract_whatever_the_seed(name: str, tmp_path: Path) -> None:
    header, row, wishes, groups = TABLES[name]
    split = ({"key": "split", "value": f"group:{groups[0]}"},) if groups else ()
    rows = [row(number) for number in range(236)]
    given: DataEngineerInputs = inputs_for(tmp_path, header, rows, "How many?", **wishes, options=split)
    for path, text in files_of(given, ROLE.playbook(given)).items():
        (tmp_path / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / path).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", DRAWN, str(DRAWS), *groups],
        cwd=tmp_path / "project", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["breaches"] == []
    assert set(found["repeats"]) == {0}
    assert set(found["known"]) == {0}
    assert set(found["groups"]) <= {48}, "five rows of each group"
