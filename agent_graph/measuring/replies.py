"""What was brought back, as numbers: predictions from files and answers, how far apart they are, how long they took."""

from __future__ import annotations

import csv
import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_graph.measuring.syntax import json_value

MAX_CSV = 64 << 20
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Prediction:
    """One answered row: the label or number as text, and every number beside it in the file's order."""

    value: str
    numbers: tuple[float, ...]


def read_predictions(path: Path) -> list[Prediction] | None:
    """A predictions file as `project.md` describes it; None when it is missing or isn't one."""
    if not path.is_file() or path.stat().st_size > MAX_CSV:
        return None
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    try:
        if [int(row["row"]) for row in rows] != list(range(len(rows))):
            return None
        names = [name for name in rows[0] if name not in ("row", "prediction")]
        return [Prediction(row["prediction"], tuple(float(row[name]) for name in names)) for row in rows]
    except (KeyError, ValueError, IndexError, TypeError):
        return None


def difference(one: list[Prediction], other: list[Prediction]) -> float:
    """The largest difference between two lists of answers; infinite when they differ in rows or labels."""
    if len(one) != len(other):
        return math.inf
    return max((apart(a, b) for a, b in zip(one, other, strict=True)), default=math.inf)


def apart(one: Prediction, other: Prediction) -> float:
    """The largest relative difference of two answers; infinite when the labels differ."""
    if len(one.numbers) != len(other.numbers):
        return math.inf
    pairs = [*zip(one.numbers, other.numbers, strict=True)]
    if one.value != other.value:
        try:
            pairs.append((float(one.value), float(other.value)))
        except ValueError:
            return math.inf
    return max((abs(a - b) / max(1.0, abs(a)) for a, b in pairs), default=0.0)


def answered(reply: list[Any], classes: tuple[str, ...]) -> list[Prediction] | None:
    """The rows of one answer of POST /predict; None when it isn't a good one."""
    status, _, text = reply
    try:
        rows = json_value(text)["predictions"] if status == 200 else None
        return None if rows is None else [_row(row, classes) for row in rows]
    except (ValueError, KeyError, TypeError):
        return None


def _row(row: dict[str, Any], classes: tuple[str, ...]) -> Prediction:
    if classes:
        return Prediction(str(row["prediction"]), tuple(float(row["probabilities"][label]) for label in classes))
    ends = tuple(float(row[end]) for end in ("lower", "upper") if end in row)
    return Prediction(repr(float(row["prediction"])), ends)


def quietest_median(times: list[float]) -> float:
    """The smallest of the medians of four quarters, in the order in which the times were taken."""
    size = max(1, len(times) // 4)
    return min(statistics.median(times[i : i + size]) for i in range(0, size * 4, size) if times[i : i + size])
