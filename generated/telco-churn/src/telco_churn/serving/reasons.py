"""The rows to act on, and why each is answered so: what its answer would be with other rows' values in a column.

The difference between the answer and the mean answer with values drawn from the others (Robnik-Šikonja & Kononenko
2008, "Explaining classifications for individual instances"), on the scale of the answer, whatever the model is. Columns
that belong together change together: other values in one of them alone would make a row that there isn't.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import load
from telco_churn.data.columns import Columns, from_frame, row_count, take
from telco_churn.models.model import Model
from telco_churn.problem.answers import read, strength
from telco_churn.registry.versions import champion, champion_folder
from telco_churn.serving.predict import write

REPLACEMENTS = 200  # other rows, drawn at random, that each row is given values of
OTHERS = 1_000  # rows of each chunk that others are drawn of
REASONS = 3
SHOWN = 3  # columns of a group that are named
CELLS = 200_000  # rows in one call of the model
Groups = list[list[str]]


def listed(
    frames: Callable[[], Iterator[pd.DataFrame]], answers: Iterator[pd.DataFrame], names: pd.DataFrame, target: Path
) -> dict[str, Any]:
    """Write the rows to act on, the first first; returns how many there are, and how many hits they are good for.

    `frames` reads the rows, some at a time, `answers` are those of a predictions file, `names` stand beside each row.
    """
    wanted, best = int(load("project")["problem"]["top_k"]), pd.DataFrame({"row": [], "score": []})
    for chunk in answers:
        scored = pd.DataFrame({"row": chunk["row"], "score": strength(read(chunk))})
        best = pd.concat([best, scored], ignore_index=True).nlargest(wanted, "score", keep="first")
    rows = best["row"].to_numpy(dtype=np.int64)
    chosen, others = _picked(frames(), rows)
    table = pd.DataFrame(
        {
            "rank": np.arange(1, len(rows) + 1),
            **names.iloc[rows].reset_index(drop=True),
            "row": rows,
            "score": best["score"].round(6).to_numpy(),
            "expected_total": best["score"].cumsum().round(2).to_numpy(),  # of the scores so far: hits to expect
            **explained(champion(), chosen, others),
        }
    )
    write(table, target)
    return {"listed": len(table), "expected_total": round(float(best["score"].sum()), 2), "together": grouped()}


def _picked(frames: Iterator[pd.DataFrame], rows: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows at these positions, in their order, and an even sample of all."""
    chosen, others, start = [], [], 0
    for frame in frames:
        inside = rows[(rows >= start) & (rows < start + len(frame))]
        chosen.append(frame.set_axis(range(start, start + len(frame))).loc[inside])
        others.append(frame.iloc[np.unique(np.linspace(0, len(frame) - 1, OTHERS).astype(int))])
        start += len(frame)
    return pd.concat(chosen).loc[rows].reset_index(drop=True), pd.concat(others, ignore_index=True)


def explained(model: Model, rows: pd.DataFrame, others: pd.DataFrame) -> dict[str, list[Any]]:
    """Columns of a table of the rows: `reason_1` ("column = value, …"), `effect_1` …, the strongest first.

    Only what raises the answer is a reason; where there are fewer than three the rest is empty.
    """
    columns, known, groups = from_frame(rows), from_frame(others), grouped()
    found = effects(model, columns, known, groups)
    order = np.argsort(-found, axis=1, kind="stable")[:, :REASONS]
    told = [_told(model, columns, known, group) if place in order else [] for place, group in enumerate(groups)]
    table: dict[str, list[Any]] = {}
    for place in range(min(REASONS, len(groups))):
        best = [(int(group), float(found[row, group])) for row, group in enumerate(order[:, place])]
        table[f"reason_{place + 1}"] = [
            told[group][row] if effect > 0 else None for row, (group, effect) in enumerate(best)
        ]
        table[f"effect_{place + 1}"] = [round(effect, 6) if effect > 0 else None for _, effect in best]
    return table


def grouped() -> Groups:
    """The columns that the champion surely leans on, those together that belong together (`importance.json`)."""
    found = json.loads((champion_folder() / "importance.json").read_text(encoding="utf-8"))["groups"]
    surely = [group for group in found if (group.get("low") or 0.0) > 0]
    return [list(group["columns"]) for group in surely or found]


def effects(model: Model, rows: Columns, others: Columns, groups: Groups) -> np.ndarray:
    """(n, groups): how much of each row's answer its values in each group are good for."""
    count, known = row_count(rows), row_count(others)
    answers = strength(model.predict(rows).predicted)
    picks = np.random.default_rng(0).choice(known, min(REPLACEMENTS, known), replace=False)
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


def _told(model: Model, columns: Columns, others: Columns, group: list[str]) -> list[str]:
    """For each row the group's columns with their values, those that raise its answer most by themselves first."""
    order = np.zeros((row_count(columns), 1), dtype=np.int64)
    alone = np.ones(order.shape)
    if len(group) > 1:
        alone = effects(model, columns, others, [[name] for name in group])
        order = np.argsort(-alone, axis=1, kind="stable")[:, :SHOWN]
    texts = []
    for row, places in enumerate(order):
        shown = [group[place] for place in places if alone[row, place] > 0] or [group[places[0]]]
        told = ", ".join(f"{name} = {_value(columns[name][row])}" for name in shown)
        texts.append(told if len(shown) == len(group) else f"{told} and {len(group) - len(shown)} more")
    return texts


def _value(value: Any) -> str:
    if value is None or value != value:
        return "missing"
    return f"{value:g}" if isinstance(value, float) else str(value)
