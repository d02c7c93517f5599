"""How a column is stored: which texts mean "missing", and whether the rest are numbers, dates or words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from agent_graph.artifacts import Storage
from agent_graph.errors import BadInput
from agent_graph.profiling import dates, reading
from agent_graph.profiling.kinds import DATE_WORDS
from agent_graph.profiling.names import has

# Texts that say "no value" wherever they stand, and those that only do so among numbers or dates.
CLEAR_TOKENS = (
    "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "Null", "<NA>", "\\N", "(null)", "?", "#DIV/0!",
    "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!", "#NV", "#N/A N/A", "<null>", "[null]", "NaT", "N/A.", "n.a.",
    "N.A.",
    "k.A.", "k. A.",
)  # fmt: skip
LOOSE_TOKENS = (
    "UNKNOWN",
    "MISSING",
    "nil",
    "NIL",
    "n.d.",
    "N.D.",
    "nd",
    "ND",
    "not available",
    "Not available",
    "not known",
    "\u2014",
    "\u2013",
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
SAMPLE = 1000  # texts that tell what the others may be
MOST_EXACT = 10**15  # whole numbers of more digits lose some as floats
FIRST_SIGN, BEHIND_SIGNS = "!", "\x7f"


@dataclass(frozen=True)
class Stored:
    """Storage of one column and, for dates kept as text, their format."""

    storage: Storage
    datetime_format: str | None = None


@dataclass(frozen=True)
class Look:
    """What a column tells before the table's null tokens are known: tokens, and its numbers if it is all numbers."""

    acting: frozenset[str] = frozenset()
    meaning: frozenset[str] = frozenset()
    numbers: pl.Series | None = None


def look(values: pl.Series) -> Look:
    """Tokens that mean "missing" in this column, and those that are words of it. All numbers hold no token at all."""
    if values.dtype != pl.String:
        return Look()
    numbers = _numbers(values)
    if numbers is not None and not (numbers.dtype.is_float() and numbers.is_nan().any()):
        return Look(numbers=numbers)
    acting, meaning = _tokens_in(values)
    return Look(frozenset(acting), frozenset(meaning))


def find_null_tokens(looks: Sequence[Look]) -> tuple[str, ...]:
    """The table's null tokens, "" first.

    A clear token counts in any column unless it is a value of its own there (a two-letter code among two-letter codes,
    or the majority); a loose one only where everything else in the column is a number or a date, and nowhere a word.
    """
    acting = frozenset[str]().union(*(seen.acting for seen in looks))
    meaning = frozenset[str]().union(*(seen.meaning for seen in looks))
    return ("", *sorted(acting - meaning))


def _tokens_in(values: pl.Series) -> tuple[set[str], set[str]]:
    outside = values.filter(_outside(values))
    blank = set(outside.filter((outside.str.strip_chars() == "") & (outside != "")).unique().to_list())
    candidates = [*CLEAR_TOKENS, *LOOSE_TOKENS]
    is_token = values.is_in(candidates)
    if not is_token.any():
        return blank, set()
    present = set(values.filter(is_token).unique().to_list())
    rest = values.filter(~is_token)
    rest = rest.filter(~rest.str.contains(r"^\s*$"))
    if not len(rest):
        return blank | present, set()
    if _numbers(rest.head(SAMPLE)) is not None or dates.find_format(rest.head(SAMPLE)):
        return blank | present, set()
    words = {t for t in present if t in LOOSE_TOKENS or (values == t).sum() / len(values) > 0.5}
    if "NA" in present and rest.str.contains(r"^[A-Z]{2}$").sum() / len(rest) > 0.9:
        words.add("NA")
    if "?" in present and len(rest.unique()) <= 2:
        words.discard("?")
    return blank | (present - words), words


def settle(values: pl.Series, null_tokens: Sequence[str], numbers: pl.Series | None = None) -> tuple[Stored, pl.Series]:
    """Storage and typed values of a column; BadInput for infinite numbers and for dates among which some are none.

    `numbers` are the values as numbers where a look found them to be nothing else.
    """
    name, native = values.name, _native(values.dtype)
    if native is not None:
        if values.dtype.is_float():
            _refuse_infinite(name, values)
        if native == "integer":
            _refuse_huge(name, values)
        if native in ("date", "datetime"):
            _refuse_distant(name, values)
        return Stored(native), _selected(values, reading.stored_as(pl.col(name), values.dtype))
    if values.dtype != pl.String:
        texts = _selected(values, reading.stored_as(pl.col(name), values.dtype))
        return settle(texts, null_tokens)[0], texts
    texts = values if numbers is not None else _selected(values, reading.without_tokens(pl.col(name), null_tokens))
    found = numbers if numbers is not None else _numbers(texts)
    if found is None:
        return _dates(texts) or (Stored("string"), texts)
    if found.dtype == pl.Int64:
        return Stored("integer"), found
    _refuse_infinite(name, found)
    return Stored("float"), found.fill_nan(None)


def _dates(texts: pl.Series) -> tuple[Stored, pl.Series] | None:
    rest = texts.drop_nulls()
    layout = dates.find_format(rest)
    if layout is None:
        return None
    stored = Stored(dates.storage_of(layout), layout)
    parsed = _selected(texts, dates.parse(pl.col(texts.name), layout, stored.storage))
    strange = parsed.null_count() - texts.null_count()
    if strange == 0:
        return stored, parsed
    if strange > 0.05 * len(rest):
        return None
    odd = texts.filter(parsed.is_null() & texts.is_not_null())[0]
    raise BadInput(
        f"column {texts.name!r} holds dates like {rest[0]!r} but also {odd[:40]!r}: correct or empty that cell"
    )


def _selected(values: pl.Series, expression: pl.Expr) -> pl.Series:
    try:
        return values.to_frame().select(expression.alias(values.name)).to_series()
    except (*reading.FAULTS, ValueError, OverflowError) as error:  # lists and structs pass through Python's own types
        why = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise BadInput(f"column {values.name!r} can't be read: {why}: correct or remove it") from error


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
    """The texts as numbers, missing where they are, if all are and none has a leading zero (then it is a code)."""
    head = _few_numbers(texts.drop_nulls().head(SAMPLE))
    if head is None:  # most words are refused here, before they are all parsed
        return None
    whole = _cast(texts, pl.Int64) if head.dtype == pl.Int64 else None
    if whole is None:
        found = _cast(texts, pl.Float64)
        return None if found is not None and _too_long(texts, found) else found
    return None if _coded(texts) or _too_long(texts, whole) else whole


def _few_numbers(head: pl.Series) -> pl.Series | None:
    if not len(head):
        return None
    whole = _cast(head, pl.Int64)
    if whole is not None:
        return None if _coded(head) else whole
    return _cast(head, pl.Float64)


def _coded(texts: pl.Series) -> bool:
    """Whether one of these whole numbers has a leading zero."""
    zeros = texts.filter(texts.str.starts_with("0") | _outside(texts)).str.strip_chars()
    return bool((zeros.str.starts_with("0") & (zeros.str.len_bytes() > 1)).any())


def _too_long(texts: pl.Series, numbers: pl.Series) -> bool:
    """Whether digits name something: more of them than a float keeps, and no moment since 1970."""
    if not len(numbers) or float(numbers.max() or 0) < MOST_EXACT or has(texts.name, DATE_WORDS):  # type: ignore[arg-type]
        return False
    return bool(texts.str.strip_chars().str.contains(r"^\d{16,}$").any())


def _outside(texts: pl.Series) -> pl.Series:
    """Which texts may begin with white space: all of it sorts before or behind the signs of plain text."""
    return (texts < FIRST_SIGN) | (texts >= BEHIND_SIGNS)


def _cast(texts: pl.Series, wanted: type[pl.Int64 | pl.Float64]) -> pl.Series | None:
    """The texts as numbers, white space around them aside, if all of them are."""
    found = texts.cast(wanted, strict=False)
    if found.null_count() > texts.null_count():
        found = texts.str.strip_chars().cast(wanted, strict=False)
    return found if found.null_count() == texts.null_count() else None


def _refuse_distant(name: str, moments: pl.Series) -> None:
    """Parquet can hold years that no calendar of Python's knows."""
    first, last = (dt.date.min, dt.date.max) if moments.dtype == pl.Date else (dt.datetime.min, dt.datetime.max)
    plain = moments if moments.dtype == pl.Date else _selected(moments, reading.stored_as(pl.col(name), moments.dtype))
    if times := int(((plain < first) | (plain > last)).sum()):
        raise BadInput(f"column {name!r} holds {times} dates outside of the years 1 to 9999: correct or empty them")


def _refuse_huge(name: str, numbers: pl.Series) -> None:
    """Whole numbers are kept in 64 bits with a sign; a larger one would be lost in silence."""
    if lost := numbers.cast(pl.Int64, strict=False).null_count() - numbers.null_count():
        raise BadInput(f"column {name!r} holds {lost} whole numbers of more than 63 bits: store them as text or floats")


def _refuse_infinite(name: str, numbers: pl.Series) -> None:
    if times := int(numbers.is_infinite().sum()):
        raise BadInput(f"column {name!r} holds {times} infinite values: replace them by a number or an empty cell")
