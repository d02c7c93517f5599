"""Dates written as text: which strptime format, and how they are parsed."""

from __future__ import annotations

import re
from typing import Literal

import polars as pl

DATE_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y",
    "%Y%m%d", "%b-%Y", "%b %Y", "%B %Y", "%b-%y", "%Y-%m", "%m/%Y",
)  # fmt: skip
TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")
MONTH_ONLY = {"%b-%Y", "%b %Y", "%B %Y", "%b-%y", "%Y-%m", "%m/%Y"}
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DATE_LIKE = re.compile(
    rf"^\s*\d{{1,4}}[-/. ](\d{{1,2}}|{_MONTH})\b|^\s*{_MONTH}[-. ]\d{{1,4}}|^\d{{8}}$", re.IGNORECASE
)


def find_format(values: pl.Series) -> str | None:
    """The strptime format under which nearly all of the texts (no missing among them) are dates, if there is one."""
    sample = values.head(200)
    if not len(sample) or sum(not DATE_LIKE.search(text) for text in sample.head(20)) > len(sample.head(20)) // 10:
        return None
    shapes = {_shape(text) for text in sample.head(5)}
    fitting = [
        layout
        for layout in _candidates(str(sample[0]))
        if _shape(layout) in shapes and _fits(sample.head(5), layout) and _fits(sample, layout)
    ]
    if len(fitting) > 1 and {layout.replace(".%f", "") for layout in fitting} == {fitting[0]}:
        parsed = _parsed(values, fitting[0])  # fractions of a second are allowed for, but nobody uses them
        if parsed is not None and not parsed.null_count():
            return fitting[0]
    if len(fitting) > 1:  # day and month can be told apart only by more values, or by the rows' order
        fitting = [layout for layout in fitting if _fits(values, layout)] or fitting[:1]
        fitting.sort(key=lambda layout: -_ordered(values.head(50_000), layout))
    return fitting[0] if fitting else None


def parse(texts: pl.Expr, layout: str, storage: str) -> pl.Expr:
    """The texts as Date or Datetime (UTC when they carry an offset); what doesn't fit is missing."""
    stripped = texts.str.strip_chars()
    if layout in MONTH_ONLY:
        return stripped.str.replace("^", "01 ").str.to_date("%d " + layout, strict=False)
    if storage == "date":
        return stripped.str.to_date(layout, strict=False)
    if layout.endswith("%z"):
        zoned = stripped.str.replace("Z$", "+00:00").str.to_datetime(_polars(layout), strict=False, time_zone="UTC")
        return zoned.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    return stripped.str.to_datetime(_polars(layout), strict=False, time_unit="us")


def doubt(parsed: pl.Series, texts: pl.Series, layout: str) -> str | None:
    """A sentence when day and month could be the other way round in every row, else None."""
    if not ("%d" in layout and "%m" in layout) or layout.startswith("%Y"):
        return None
    days, months = parsed.dt.day(), parsed.dt.month()
    if int(days.max() or 99) > 12 or not (days != months).any():  # type: ignore[arg-type]
        return None
    place = (days != months).arg_true()[0]
    day = layout.index("%d") < layout.index("%m")
    return (
        f"{texts[place]!r} is read as day {days[place]} of month {months[place]} ({'day' if day else 'month'} first), "
        "but every row could be the other way round: write dates as 2024-12-31 if that is wrong"
    )


def storage_of(layout: str) -> Literal["date", "datetime"]:
    """Whether the format holds a time of day."""
    return "datetime" if "%H" in layout or "%I" in layout else "date"


def _candidates(example: str) -> list[str]:
    if ":" not in example:
        return list(DATE_FORMATS)
    joints = ("T",) if re.match(r"^\d{4}-\d{2}-\d{2}T", example) else (" ", ", ")
    ends = ("%z",) if re.search(r"(Z|[+-]\d{2}:?\d{2})$", example.strip()) else ("",)
    full = [layout for layout in DATE_FORMATS if layout not in MONTH_ONLY]
    return [f"{day}{joint}{time}{end}" for day in full for joint in joints for time in TIMES for end in ends]


def _shape(text: str) -> str:
    """The punctuation that a text and its format must share: no white space, no fraction of a second, no zone."""
    whole = re.sub(r"(%z|Z|(?<=[\d\s])[+-]\d{2}:?\d{2})\s*$", "", text) if ":" in text else text
    return re.sub(r"[\w\s%]", "", re.sub(r"(:(\d{1,2}|%S))\.(\d+|%f)", r"\1", whole))


def _fits(values: pl.Series, layout: str) -> bool:
    """Whether all but a twentieth are dates so (all of a very few)."""
    parsed = _parsed(values, layout)
    return parsed is not None and parsed.null_count() <= max(0.05 * len(parsed), len(parsed) > 4) and _plausible(parsed)


def _plausible(parsed: pl.Series) -> bool:
    years = parsed.dt.year()
    return int(years.min() or 0) >= 1000 and int(years.max() or 0) <= 2999  # type: ignore[arg-type]


def _parsed(values: pl.Series, layout: str) -> pl.Series | None:
    try:
        return values.to_frame("v").select(parse(pl.col("v"), layout, storage_of(layout)))["v"]
    except pl.exceptions.PolarsError:
        return None


def _ordered(values: pl.Series, layout: str) -> float:
    """How often a value is no earlier than the one before: a log's dates under the right format are in order."""
    parsed = _parsed(values, layout)
    if parsed is None or len(parsed) < 2:
        return 0.0
    return float((parsed.diff().drop_nulls().dt.total_seconds() >= 0).to_numpy().mean())


def _polars(layout: str) -> str:
    return layout.replace(".%f", "%.f").replace("%z", "%:z")
