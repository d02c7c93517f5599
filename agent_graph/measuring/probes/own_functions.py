"""Calls a role's own functions on real rows and says what came out: `own_functions.py MODULES OUT ORDER`.

MODULES are those of config and ingest (`layout.named`). The name of each function is printed before it is called, so
that one which never ends is known by name.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

MODULES, OUT, ORDER = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
MOST_ROWS, SEED = 20_000, 0


def values_of(series: pd.Series) -> np.ndarray:
    """A column as functions get it: numbers with NaN, text with None, moments with NaT."""
    if series.dtype.kind in "fM":
        return series.to_numpy(copy=True)
    values = series.astype(object).to_numpy(copy=True)
    values[series.isna().to_numpy()] = None
    return values


def scrambled(columns: list[np.ndarray]) -> list[list[np.ndarray]]:
    """The same columns as no honest source would send them: each shuffled, far out, or empty."""
    random, found = np.random.default_rng(SEED), []
    for i, values in enumerate(columns):
        strange = {"f": (1e12, -1e12, np.nan), "M": (np.datetime64("2262-01-01"), np.datetime64("1700-01-01"))}
        for value in (*strange.get(values.dtype.kind, ("never seen before", "", None)), "shuffled"):
            odd = random.permutation(values) if isinstance(value, str) and value == "shuffled" else values.copy()
            if not (isinstance(value, str) and value == "shuffled"):
                odd[:] = value
            found.append([*columns[:i], odd, *columns[i + 1 :]])
    return found


def plain(function: Any, columns: list[np.ndarray], leading: list[np.ndarray]) -> np.ndarray:
    """What the function makes of copies."""
    with np.errstate(all="ignore"):
        return np.asarray(function(*(values.copy() for values in (*leading, *columns))))


def judged(function: Any, columns: list[np.ndarray], leading: list[np.ndarray]) -> dict[str, Any]:
    """Shape and kind of the answer, whether it comes again, how much of it is true or a number, what moves it."""
    started = time.perf_counter()
    first = plain(function, columns, leading)
    seconds = time.perf_counter() - started
    again = plain(function, columns, leading)
    truths = first.dtype == np.bool_
    numbers = first.astype(np.float64)
    same = first.shape == again.shape and np.array_equal(numbers, again.astype(np.float64), equal_nan=True)
    facts = {
        "shape": list(first.shape), "truths": bool(truths), "same_again": bool(same), "seconds": seconds,
        "true_share": float(first.mean()) if truths and first.size else 0.0,
        "known_share": float(np.isfinite(numbers).mean()) if numbers.size else 0.0,
    }  # fmt: skip
    if truths and not leading:
        facts["most_when_scrambled"] = max(float(plain(function, odd, []).mean()) for odd in scrambled(columns))
    return facts


def main() -> None:
    """Every function that the order names, on the columns that it names."""
    config, ingest = map(importlib.import_module, MODULES.split(","))
    frame = ingest.read_rows(config.settings().raw_dir, labelled=True)
    rows = np.linspace(0, len(frame) - 1, min(len(frame), MOST_ROWS)).astype(int)
    frame = frame.iloc[rows].reset_index(drop=True)
    order, found = json.loads(ORDER.read_text()), []
    for name in order["modules"]:
        functions = importlib.import_module(order["places"][name]).FUNCTIONS
        leading = made_up(frame["__label__"], order["classes"]) if name == "custom_metrics" else []
        for entry in order["modules"][name]:
            print(f"{name}.{entry['name']}", flush=True)
            function = functions[entry["name"]]
            function = function[0] if isinstance(function, tuple) else function
            facts = {"module": name, "name": entry["name"], "rows": len(frame), "error": ""}
            try:
                facts |= judged(function, [values_of(frame[column]) for column in entry["inputs"]], leading)
            except Exception as error:  # whatever the role's code raises
                facts["error"] = f"{type(error).__name__}: {error}"[:300]
            found.append(facts)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found))


def made_up(labels: pd.Series, classes: list[str]) -> list[np.ndarray]:
    """Truth as metrics get it, and predictions that are better than chance."""
    random = np.random.default_rng(SEED)
    if not classes:
        truth = labels.to_numpy(dtype=np.float64)
        return [truth, truth * random.uniform(0.8, 1.2, len(truth))]
    truth = np.array([classes.index(label) for label in labels])
    scores = random.random((len(truth), len(classes))) + np.eye(len(classes))[truth]
    return [truth, scores / scores.sum(axis=1, keepdims=True)]


main()
