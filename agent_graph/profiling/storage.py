"""How a column is stored: which texts mean "missing", and whether the rest are numbers, dates or words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from agent_graph.artifacts import Storage
from agent_graph.errors import BadInput
from agent_graph.profiling import dates

# Texts that say "no value" wherever they stand, and those that only do so among numbers or dates.
CLEAR_TOKENS = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "Null", "<NA>", "\\N", "(null)", "?")
LOOSE_TOKENS = (
    "None",
    "none",
    "NONE",
    "-",
    "--",
    "---",
    ".",
    "missing",
    "Missing",
    "unknown",
    "Unknown",
    "na",
    "*",
    "..",
)
GetSeries = Callable[[str], pl.Series]


@dataclass(frozen=True)
class Stored:
    """Storage of one column and, for dates kept as text, their format."""

    storage: Storage
    datetime_format: str | None = None


def find_null_tokens(names: Sequence[str], series: GetSeries) -> tuple[str, ...]:
    """The table's null tokens, "" first.

    A clear token counts in any column unless it is a value of its own there (a two-letter code among two-letter codes,
    or the majority); a loose one only where everything else in the column is a number or a date, and nowhere a word.
    """
    acting: set[str] = set()
    meaning: set[str] = set()
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda name: _tokens_in(series(name)), names))
    for found, spoken in told:
        acting |= found
        meaning |= spoken
    return ("", *sorted(acting - meaning))


def _tokens_in(values: pl.Series) -> tuple[set[str], set[str]]:
    """Tokens that mean "missing" in this column, and those that are words of it."""
    if values.dtype != pl.String:
        return set(), set()
    blank = set(values.filter((values.str.strip_chars() == "") & (values != "")).unique().to_list())
    candidates = [*CLEAR_TOKENS, *LOOSE_TOKENS]
    hits = values.filter(values.is_in(candidates))
    if not len(hits):
        return blank, set()
    present = set(hits.unique().to_list())
    rest = values.filter(~values.is_in(candidates)).drop_nulls()
    rest = rest.filter(~rest.str.contains(r"^\s*$"))
    if not len(rest):
        return blank | present, set()
    if _numbers(rest.head(1000)) is not None or dates.find_format(rest.head(1000)):
        return blank | present, set()
    words = {t for t in present if t in LOOSE_TOKENS or (values == t).sum() / len(values) > 0.5}
    if "NA" in present and rest.str.contains(r"^[A-Z]{2}$").sum() / len(rest) > 0.9:
        words.add("NA")
    if "?" in present and len(rest.unique()) <= 2:
        words.discard("?")
    return blank | (present - words), words


def find_storage(name: str, values: pl.Series, null_tokens: Sequence[str]) -> Stored:
    """Storage of a column; BadInput for infinite numbers and for dates among which some are none."""
    native = _native(values.dtype)
    if native is not None:
        if values.dtype.is_float() and values.is_infinite().any():
            raise _infinite(name, int(values.is_infinite().sum()))
        return Stored(native)
    texts = values.cast(pl.String, strict=False) if values.dtype != pl.String else values
    rest = (
        texts.drop_nulls()
        if tuple(null_tokens) == ("",)
        else texts.filter(~texts.is_in(list(null_tokens))).drop_nulls()
    )
    rest = rest.filter(rest != "") if (rest == "").any() else rest
    if not len(rest):
        return Stored("string")
    number = _numbers(rest.head(1000))
    if number is not None and (number := _numbers(rest)) is not None:
        return Stored(_checked(name, number, rest))
    layout = dates.find_format(rest)
    if layout is None or (number is not None and layout != "%Y%m%d"):
        return Stored("string")
    kept = dates.storage_of(layout)
    parsed = rest.to_frame("v").select(dates.parse(pl.col("v"), layout, kept))["v"]
    if parsed.null_count() == 0:
        return Stored(kept, layout)
    if parsed.null_count() <= 0.05 * len(parsed):
        odd = rest.filter(parsed.is_null())[0]
        raise BadInput(
            f"column {name!r} holds dates like {rest[0]!r} but also {odd[:40]!r}: correct or empty that cell"
        )
    return Stored("string")


def _native(dtype: pl.DataType) -> Storage | None:
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "float"
    if dtype == pl.Date:
        return "date"
    return "datetime" if isinstance(dtype, pl.Datetime) else None


def _numbers(texts: pl.Series) -> pl.Series | None:
    """The texts as numbers, if all are and none has a leading zero (then it is a code)."""
    stripped = texts.str.strip_chars()
    whole = stripped.cast(pl.Int64, strict=False)
    if whole.null_count() == 0:
        coded = stripped.str.starts_with("0") & (stripped.str.len_bytes() > 1)
        return None if coded.any() else whole
    if whole.null_count() == len(whole) and re.match(r"\s*[A-Za-z]{4,}", texts[0] or ""):
        return None
    real = stripped.cast(pl.Float64, strict=False)
    return real if real.null_count() == 0 else None


def _checked(name: str, number: pl.Series, texts: pl.Series) -> Storage:
    if number.dtype == pl.Int64:
        return "integer"
    if number.is_infinite().any():
        raise _infinite(name, int(number.is_infinite().sum()))
    return "float"


def _infinite(name: str, times: int) -> BadInput:
    return BadInput(f"column {name!r} holds {times} infinite values: replace them by a number or an empty cell")
