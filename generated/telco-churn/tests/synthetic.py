"""Rows that keep the data contract, made up, and the raw files they would have come from."""

from __future__ import annotations

import functools
import gzip
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from telco_churn.config import load, settings

LABEL, ROW = "__label__", "__row__"
DTYPES = {"int": "float64", "float": "float64", "bool": "float64", "string": "str", "datetime": "datetime64[us]"}
PROBABILITIES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
DAY = 86_400
SIDE_ROWS = 997
LANDED = 300  # rows of the landing folder that tests get
TRIES = 8  # so often rows are drawn anew where some repeat others
USES: dict[str, str] = {
    "churn": "target",
    "female": "feature",
    "senior_citizen": "feature",
    "partner": "feature",
    "dependents": "feature",
    "tenure": "feature",
    "phone_service": "feature",
    "multiple_lines": "feature",
    "internet_service": "feature",
    "online_security": "feature",
    "online_backup": "feature",
    "device_protection": "feature",
    "tech_support": "feature",
    "streaming_tv": "feature",
    "streaming_movies": "feature",
    "contract": "feature",
    "paperless_billing": "feature",
    "payment_method": "feature",
    "monthly_charges": "feature",
    "total_charges": "feature",
}
PROSE: list[str] = []
ZIPPED: list[str] = []  # tables
WORDS = ("amber", "brook", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "juniper", "knoll", "lagoon")


def make_rows(n: int = 200, seed: int = 0) -> pd.DataFrame:
    """`n` rows as `read_rows(labelled=True)` gives them; the label follows from the columns.

    Each is another row, and those of later seeds aren't among the first of seed 0, as far as the columns have so many.
    """
    return _made(n, seed, (settings().config_dir / "data.yaml").read_text(encoding="utf-8")).copy()


@functools.cache
def _made(n: int, seed: int, contract: str) -> pd.DataFrame:
    """The rows, drawn once for each text that says what they are to be like."""
    random = np.random.default_rng(seed)
    known = make_rows(LANDED)[_names()] if seed else None
    frame = _drawn(n, seed, random)
    new = _new(frame, known)
    for _ in range(TRIES):
        if new.sum() >= n:
            break
        frame = pd.concat([frame[new], _drawn(n, seed, random)], ignore_index=True)
        new = _new(frame, known)
    frame = pd.concat([frame[new], frame[~new]], ignore_index=True).head(n)
    frame[LABEL] = _labels(frame, random)
    frame[ROW] = np.arange(n)
    return frame


def _names() -> list[str]:
    return [column["name"] for column in load("data")["columns"]]


def _new(frame: pd.DataFrame, known: pd.DataFrame | None) -> pd.Series[bool]:
    """Which rows repeat neither an earlier one nor a known one."""
    return ~pd.concat([known, frame]).duplicated().iloc[-len(frame) :] if len(frame) else frame.duplicated()


def _drawn(n: int, seed: int, random: np.random.Generator) -> pd.DataFrame:
    """`n` rows without label."""
    contract = load("data")
    frame = pd.DataFrame({column["name"]: _values(column, n, random) for column in contract["columns"]})
    for column in contract["columns"]:
        if column["name"] in contract["key"] and column["dtype"] != "string":  # other numbers for every seed
            frame[column["name"]] = 10_000.0 * seed + np.arange(n)
    for join in contract["joins"]:
        sides = [column for column in contract["columns"] if column["name"].startswith(join["table"] + ".")]
        fixed = np.random.default_rng(0)
        table = pd.DataFrame({column["name"]: _values(column, SIDE_ROWS, fixed) for column in sides})
        # a key has the same partner for every seed, as a side table would give it
        partner = pd.util.hash_pandas_object(frame[join["left"]].astype("str"), index=False).to_numpy() % SIDE_ROWS
        joined = table.iloc[partner.astype(np.int64)].reset_index(drop=True)
        frame[table.columns] = joined.mask(frame[join["left"]].isna().any(axis=1))
    return frame.astype({column["name"]: DTYPES[column["dtype"]] for column in contract["columns"]})


def _values(column: dict[str, Any], n: int, random: np.random.Generator) -> pd.Series:
    """One column within its contract; half as many values are missing as may be."""
    if USES.get(column["name"]) == "group":  # five rows each: some are held back whole, some are trained on
        numbers = _dealt(np.arange(max(2, n // 5)), n, random)
        values = pd.Series(
            [f"group-{i}" for i in numbers] if column["dtype"] == "string" else numbers.astype("float64")
        )
    elif column["dtype"] == "datetime":
        values = _moments(column, n, random)
    elif column["dtype"] == "string":
        values = pd.Series(_texts(column, n, random), dtype="str")
    elif column["dtype"] == "bool":
        values = pd.Series(_dealt(np.array([0.0, 1.0]), n, random))
    else:
        values = pd.Series(_numbers(column, n, random))
    if column["nullable"] and USES.get(column["name"]) == "feature":
        values[random.permutation(n) < round(n * column["max_missing"] / 2)] = None
    return values


def _dealt(values: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """Each value as often as the others, in any order: no batch holds one too often by chance."""
    return random.permutation(np.resize(random.permutation(values), n))


def _even(n: int, random: np.random.Generator) -> np.ndarray:
    """One number of each n-th part of [0, 1), in any order: shares are met whatever the seed."""
    return (random.permutation(n) + random.random(n)) / max(n, 1)


def _numbers(column: dict[str, Any], n: int, random: np.random.Generator) -> np.ndarray:
    """Numbers spread as the contract's quantiles say, within its range."""
    low = column["minimum"] if column["minimum"] is not None else 0.0
    high = column["maximum"] if column["maximum"] is not None else low + 1.0
    quantiles = column["quantiles"] or list(np.linspace(low, high, len(PROBABILITIES))[1:-1])
    values = np.interp(_even(n, random), PROBABILITIES, [quantiles[0], *quantiles, quantiles[-1]])
    return np.clip(np.round(values) if column["dtype"] == "int" else np.round(values, 6), low, high)


def _texts(column: dict[str, Any], n: int, random: np.random.Generator) -> np.ndarray:
    """Levels of the closed set, known levels of an open one, prose, or identifiers."""
    if USES.get(column["name"], "identifier") == "identifier":  # keys of side tables, too
        return np.array([f"id-{seed}-{i}" for i, seed in enumerate(random.integers(0, 10**6, n))], dtype=object)
    if column["name"] in PROSE:
        return np.array([" ".join(random.choice(WORDS, random.integers(5, 15))) for _ in range(n)], dtype=object)
    return _dealt(np.array(column["allowed"] or column["known"] or WORDS, dtype=object), n, random)


def _moments(column: dict[str, Any], n: int, random: np.random.Generator) -> pd.Series:
    """Moments of the contract's span that survive being written in the column's format."""
    low, high = (pd.Timestamp(column[end]).value // 10**9 for end in ("earliest", "latest"))
    values = pd.Series(pd.to_datetime((low + (high - DAY - low) * _even(n, random)).astype("int64"), unit="s")).dt.ceil(
        "D"
    )
    layout = column["datetime_format"]
    if layout is not None and "%" in layout:
        values = pd.to_datetime(values.dt.strftime(layout), format=layout)
    return values.astype(DTYPES["datetime"])


def _labels(frame: pd.DataFrame, random: np.random.Generator) -> np.ndarray:
    """Labels that can be learnt: a sum over the features, with a little noise, cut or scaled to the target's values."""
    features = [column for column in load("data")["columns"] if USES.get(column["name"]) == "feature"]
    score = random.normal(0, 0.3, len(frame))
    for column in features[:8]:
        values = frame[column["name"]]
        if column["dtype"] == "string":
            effect = values.fillna("").map(lambda text: zlib.crc32(str(text).encode()) % 1000 / 500 - 1).to_numpy(float)
        else:
            numbers = values.astype("int64" if column["dtype"] == "datetime" else "float64").to_numpy(float)
            effect = np.nan_to_num((numbers - np.nanmean(numbers)) / (np.nanstd(numbers) or 1.0))
        score += effect
    rank = score.argsort().argsort() / len(score)
    classes = np.array(["No", "Yes"], dtype=object)
    return classes[np.minimum((rank * len(classes)).astype(int), len(classes) - 1)]


def write_raw(rows: pd.DataFrame, folder: Path, name: str | None = None) -> Path:
    """The landing files that `rows` would have come from, in the real dialects; returns the main table's file.

    Side tables get one line for each key; `name` replaces the main file's stem (a further part of the same table).
    """
    contract = load("data")
    main, *others = contract["sources"]
    by_table = {join["table"]: join for join in contract["joins"]}
    raw = pd.DataFrame({column["name"]: _as_text(rows[column["name"]], column) for column in contract["columns"]})
    for source in others:
        prefix, join = source["table"] + ".", by_table[source["table"]]
        side = raw[[c for c in raw.columns if c.startswith(prefix)]].copy()
        side.columns = side.columns.str.removeprefix(prefix)
        for left, right in zip(join["left"], join["right"], strict=True):
            side[right] = raw[left]
        side = side.dropna(subset=join["right"]).drop_duplicates(join["right"])
        _write(side, folder / source["table"], source)
    table = raw[[c for c in raw.columns if not any(c.startswith(s["table"] + ".") for s in others)]].copy()
    if LABEL in rows:
        table[contract["target"]["name"]] = _raw_target(rows[LABEL])
    path = folder / main["table"] if name is None else folder / main["table"] / name
    return _write(table, path, main)


def _as_text(values: pd.Series, column: dict[str, Any]) -> pd.Series:
    """Values as the raw file writes them; missing stays missing."""
    missing = values.isna()
    if column["dtype"] == "datetime":
        layout = column["datetime_format"]
        if layout == "decimal-year":
            text = (values.dt.year + (values.dt.dayofyear - 1) / (365 + values.dt.is_leap_year)).map("{:.9f}".format)
        elif layout in ("epoch-s", "epoch-ms"):
            text = (values.astype("int64") // (1_000_000 if layout == "epoch-s" else 1_000)).map(str)
        else:
            text = values.dt.strftime(layout or "%Y-%m-%dT%H:%M:%S")
    elif column["dtype"] == "bool":
        text = values.map({1.0: column["true"], 0.0: column["false"]})
    elif column["dtype"] == "string":
        text = values
    else:
        text = values.map(
            lambda number: f"{number:.0f}" if number == round(number) else repr(number), na_action="ignore"
        )
    return text.astype(object).mask(missing, None)


def _raw_target(labels: pd.Series) -> pd.Series:
    """The raw target column that the target rule turns into these labels."""
    return labels.map(lambda value: f"{value:.12g}" if isinstance(value, float) else value, na_action="ignore")


def _write(table: pd.DataFrame, stem: Path, source: dict[str, Any]) -> Path:
    """One table in its dialect, below `stem` plus the format's suffix."""
    dialect, zipped = source["dialect"], source["table"] in ZIPPED
    path = stem.with_name(f"{stem.name}.{dialect['format']}{'.gz' if zipped else ''}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if dialect["format"] == "parquet":
        table.to_parquet(path, index=False)
        return path
    if dialect["format"] == "jsonl":
        text = table.to_json(orient="records", lines=True)
    else:
        text = table.to_csv(index=False, sep=dialect["delimiter"], quotechar=dialect["quote"] or '"')
    content = str(text).encode(dialect["encoding"])
    path.write_bytes(gzip.compress(content, mtime=0) if zipped else content)
    return path
