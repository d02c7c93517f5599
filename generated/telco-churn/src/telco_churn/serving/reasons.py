"""Why a row is answered as it is: what its answer would be with other rows' values in a column.

The difference between the answer and the mean answer with values drawn from the others (Robnik-Šikonja & Kononenko
2008, "Explaining classifications for individual instances"), on the scale of the answer, whatever the model is. Columns
that belong together change together: other values in one of them alone would make a row that there isn't.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.data.columns import Columns, from_frame, row_count, take
from telco_churn.models.model import Model
from telco_churn.problem.answers import strength
from telco_churn.registry.versions import champion_folder

REPLACEMENTS = 20  # other rows that each row is given values of
REASONS = 3
SHOWN = 3  # columns of a group that are named, those that matter most first
CELLS = 200_000  # rows in one call of the model
Groups = list[list[str]]


def explained(model: Model, rows: pd.DataFrame, others: pd.DataFrame) -> dict[str, list[Any]]:
    """Columns of a table of the rows: `reason_1` ("column = value, …"), `effect_1` …, the strongest first.

    Only what raises the answer is a reason; where there are fewer than three the rest is empty.
    """
    columns = from_frame(rows)
    groups = grouped()
    found = effects(model, columns, from_frame(others), groups)
    order = np.argsort(-found, axis=1, kind="stable")[:, :REASONS]
    table: dict[str, list[Any]] = {}
    for place in range(min(REASONS, len(groups))):
        best = [(int(group), float(found[row, group])) for row, group in enumerate(order[:, place])]
        table[f"reason_{place + 1}"] = [
            _told(columns, row, groups[group]) if effect > 0 else None for row, (group, effect) in enumerate(best)
        ]
        table[f"effect_{place + 1}"] = [round(effect, 6) if effect > 0 else None for _, effect in best]
    return table


def grouped() -> Groups:
    """The columns that the champion reads, those together that belong together, as its importance was measured."""
    found = json.loads((champion_folder() / "importance.json").read_text(encoding="utf-8"))
    return [list(group["columns"]) for group in found["groups"]]


def effects(model: Model, rows: Columns, others: Columns, groups: Groups) -> np.ndarray:
    """(n, groups): how much of each row's answer its values in each group are good for."""
    count, known = row_count(rows), row_count(others)
    answers = strength(model.predict(rows).predicted)
    picks = np.linspace(0, known - 1, min(REPLACEMENTS, known)).astype(int)
    found = np.empty((count, len(groups)))
    size = max(CELLS // len(picks), 1)
    for start in range(0, count, size):
        inside = np.arange(start, min(start + size, count))
        again = take(rows, np.repeat(inside, len(picks)))
        for place, group in enumerate(groups):
            given = {name: np.tile(others[name][picks], len(inside)) for name in group}
            changed = strength(model.predict({**again, **given}).predicted).reshape(len(inside), len(picks))
            found[inside, place] = (answers[inside, None] - changed).mean(axis=1)
    return found


def _told(columns: Columns, row: int, group: list[str]) -> str:
    told = ", ".join(f"{name} = {_value(columns[name][row])}" for name in group[:SHOWN])
    return told if len(group) <= SHOWN else f"{told} and {len(group) - SHOWN} more"


def _value(value: Any) -> str:
    if value is None or value != value:
        return "missing"
    return f"{value:g}" if isinstance(value, float) else str(value)
