"""How the cells of one column are written, decided once over all of them, and what they are when read so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from agent_graph.artifacts import Example, Rewriting, Written
from agent_graph.errors import BadInput
from agent_graph.profiling import dates, moments, numerals, plain, sentinels, spellings
from agent_graph.profiling.kinds import DATE_WORDS
from agent_graph.profiling.names import has
from agent_graph.profiling.numerals import Sign
from agent_graph.profiling.storage import CLEAR_TOKENS, LOOSE_TOKENS, Stored, settle

HEAD = 1_000
SHOWN = 3
DASHES = ("-", "--", "---", "\u2013", "\u2014")
GROUPED = r"^[-+]?(?:[1-9][0-9]{0,2}([.][0-9]{3})+|[0-9]{1,3})$"
FRACTION = r"[.][0-9]{1,2}$|[.][0-9]{4,}$|^-?0[.]"
MICRO, NANO = (10**15, 10**16), (10**18, 10**19)  # of moments since 1970 in this century and the one before


@dataclass(frozen=True)
class Read:
    """One column as it was read: its storage, its typed values, its habits and what could be doubted."""

    stored: Stored
    values: pl.Series
    written: Written | None = None
    doubts: tuple[str, ...] = ()
    decimal: Sign | None = None  # the decimal sign that this column shows
    texts: bool = False  # whether the file holds plain texts of them
    asks: bool = False  # whether the table's other columns tell how to read it


def read(raw: pl.Series, null_tokens: Sequence[str], numbers: pl.Series | None, known: frozenset[float] = frozenset(),
         country: Sign | None = None) -> Read:  # fmt: skip
    """Storage, values and habits of a column; BadInput for infinite numbers and for dates among which some are none.

    `numbers` are its values where a look found them to be nothing else, `known` the sentinels and `country` the decimal
    sign of the table's other columns.
    """
    seen = _read(raw, null_tokens, numbers, known, country)
    if seen.written is None or raw.dtype != pl.String:
        return seen
    written = seen.written.model_copy(update={"examples": _examples(raw, seen.written, null_tokens)})
    return replace(seen, written=written)


def _examples(raw: pl.Series, written: Written, null_tokens: Sequence[str]) -> tuple[Example, ...]:
    """The first cells that aren't plain; one of a kind where they become missing."""
    cells = _cells(raw, null_tokens).head(20 * HEAD).unique(maintain_order=True)
    both = pl.DataFrame({"cell": cells, "plain": _plain(cells, written, null_tokens)})
    changed = both.filter(pl.col("cell").ne_missing(pl.col("plain")))
    some = pl.concat([changed.drop_nulls().head(SHOWN), changed.filter(pl.col("plain").is_null()).head(SHOWN)])
    return tuple(Example(cell=cell, plain=meant) for cell, meant in some.iter_rows())


def _read(
    raw: pl.Series, null_tokens: Sequence[str], numbers: pl.Series | None, known: frozenset[float], country: Sign | None
) -> Read:
    if raw.dtype != pl.String:
        stored, values = settle(raw, null_tokens, numbers)
        return (
            _without_sentinels(Read(stored, values), known)
            if stored.storage in ("integer", "float")
            else Read(stored, values)
        )
    if numbers is not None and country == "," and _grouped(raw):
        numbers = None
        return _number(raw, null_tokens, known, country) or _read(raw, null_tokens, None, known, None)
    try:
        stored, values = settle(raw, null_tokens, numbers)
    except BadInput:
        found = _moment(raw, null_tokens)
        if found is None:
            raise
        return found
    if stored.storage in ("integer", "float"):
        return _without_sentinels(_epochs(raw, Read(stored, values, decimal=_dotted(raw, stored), texts=True)), known)
    if stored.storage in ("date", "datetime"):
        return _dated(raw, Read(stored, values))
    return (
        _number(raw, null_tokens, known, country)
        or _moment(raw, null_tokens)
        or _words(raw, Read(stored, values), null_tokens)
    )


def _cells(raw: pl.Series, null_tokens: Sequence[str]) -> pl.Series:
    return raw.filter(raw.is_not_null() & ~raw.is_in([*null_tokens, ""]))


def _number(raw: pl.Series, null_tokens: Sequence[str], known: frozenset[float], country: Sign | None) -> Read | None:
    cells = _cells(raw, null_tokens)
    accounts = cells.head(HEAD).str.contains(r"^\s*[(].*[)]\s*$").any()  # where a bare dash is zero
    marks = [token for token in (*CLEAR_TOKENS, *LOOSE_TOKENS) if not (accounts and token in DASHES)]
    marked = cells.is_in(marks)
    found = numerals.find(cells.filter(~marked), country)
    if found is None:
        return None
    if found.written is not None and marked.any():
        tokens = tuple(sorted(cells.filter(marked).unique().to_list()))
        says = f"{', '.join(map(repr, tokens))} ({int(marked.sum()):,} rows) read as missing"
        written = found.written.model_copy(
            update={"missing": (*found.written.missing, *tokens), "says": (*found.written.says, says)}
        )
        found = replace(found, written=written)
    if found.written is None:
        stored, values = settle(raw, null_tokens)
        return _words(raw, Read(stored, values, doubts=found.doubts), null_tokens)
    stored, values = settle(_plain(raw, found.written, null_tokens), null_tokens)
    if stored.storage not in ("integer", "float"):
        return None
    changed = found.written if found.written.rewrite or found.written.missing else None
    return _without_sentinels(Read(stored, values, changed, found.doubts, found.decimal, found.decimal is None), known)


def _moment(raw: pl.Series, null_tokens: Sequence[str]) -> Read | None:
    found = moments.find(_cells(raw, null_tokens))
    if found is None:
        return None
    stored, values = settle(_plain(raw, found.written, null_tokens), null_tokens)
    if stored.datetime_format is None:
        return None
    return _dated(raw, Read(stored, values, found.written))


def _dated(raw: pl.Series, seen: Read) -> Read:
    """Without the dates that stand for "none"; doubted where day and month could be the other way round."""
    layout = seen.stored.datetime_format
    doubt = dates.doubt(seen.values, raw, layout) if layout else None
    seen = replace(seen, doubts=(*seen.doubts, doubt)) if doubt else seen
    texts = moments.isolated(raw, seen.values)
    if not texts:
        return seen
    bare = tuple(sorted({text.strip(plain.BLANKS) for text in texts}))
    gone = raw.is_in(list(texts))
    says = f"{bare[0]!r} ({int(gone.sum()):,} rows) lies far from all other dates, read as missing"
    values = seen.values.to_frame("v").select(pl.when(pl.lit(gone)).then(None).otherwise(pl.col("v")).alias(raw.name))[
        raw.name
    ]
    written = seen.written or Written()
    written = written.model_copy(update={"missing": (*written.missing, *bare), "says": (*written.says, says)})
    return replace(seen, values=values, written=written)


def _words(raw: pl.Series, seen: Read, null_tokens: Sequence[str]) -> Read:
    cells = _cells(raw, null_tokens)
    if long := _long_number(cells):
        return replace(seen, doubts=(*seen.doubts, long))
    written = spellings.find(cells)
    if written is None:
        return seen
    stored, values = settle(_plain(raw, written, null_tokens), null_tokens)
    return replace(seen, stored=stored, values=values, written=written)


def _long_number(cells: pl.Series) -> str | None:
    """Digits that would lose something as numbers: a leading zero, or the last ones of a long row."""
    head = cells.head(HEAD)
    if not len(head) or not head.str.contains(r"^\s*\d+\s*$").all():
        return None
    longest = head.filter(head.str.len_bytes() == head.str.len_bytes().max())[0]
    if len(longest.strip()) > 15:
        return f"{longest.strip()!r} has more digits than a number keeps, so the column is kept as text"
    zero = head.filter(head.str.contains(r"^\s*0\d"))
    return f"{zero[0].strip()!r} has a leading zero, so the column is kept as text" if len(zero) else None


def _without_sentinels(seen: Read, known: frozenset[float]) -> Read:
    found = sentinels.find(seen.values, known)
    if not found:
        return seen
    gone = seen.values.cast(pl.Float64).is_in(list(found))
    values = seen.values.to_frame("v").select(
        pl.when(pl.lit(gone)).then(None).otherwise(pl.col("v")).alias(seen.values.name)
    )
    shown = " and ".join(f"{value:g}" for value in found)
    verb = "lies" if len(found) == 1 else "lie"
    says = f"{shown} ({int(gone.sum()):,} rows) {verb} far from all other values, read as missing"
    written = seen.written or Written()
    written = written.model_copy(update={"sentinels": found, "says": (*written.says, says)})
    return replace(seen, values=values.to_series(), written=written)


def _epochs(raw: pl.Series, seen: Read) -> Read:
    """Moments in micro- or nanoseconds since 1970 become such in milliseconds."""
    low = seen.values.min()
    if seen.stored.storage != "integer" or not isinstance(low, int) or low < MICRO[0] or not has(raw.name, DATE_WORDS):
        return seen
    high = seen.values.max()
    for (least, most), cut, unit in ((MICRO, 3, "microseconds"), (NANO, 6, "nanoseconds")):
        if least * 0.3 <= low <= high < most:  # type: ignore[operator]
            steps = (Rewriting(where=f"^[0-9]{{{cut + 12},{cut + 13}}}$", what=f"[0-9]{{{cut}}}$", by=""),)
            written = Written(rewrite=steps, says=(f"{low} is a moment in {unit} since 1970",))
            return replace(seen, values=seen.values // 10**cut, written=written)
    return seen


def _plain(raw: pl.Series, written: Written, null_tokens: Sequence[str]) -> pl.Series:
    return raw.to_frame("v").select(plain.texts(pl.col("v"), written, null_tokens).alias(raw.name))[raw.name]


def _grouped(raw: pl.Series) -> bool:
    """Whether every cell could be a whole number with dots between its thousands, and some cell must be if any is."""
    cells = raw.drop_nulls().str.strip_chars(plain.BLANKS)
    cells = cells.filter(cells != "")
    for part in (cells.head(HEAD), cells):
        if not part.str.contains(GROUPED).all() or not part.str.contains(r"[.]").any():
            return False
    return True


def _dotted(raw: pl.Series, stored: Stored) -> Sign | None:
    """The dot, where a plain fraction shows it."""
    if stored.storage != "float":
        return None
    return "." if raw.head(HEAD).str.contains(FRACTION).any() else None


def doubted(raw: pl.Series) -> tuple[str, ...]:
    """What to say of a column of plain fractions that could all be thousands."""
    if not _grouped(raw):
        return ()
    example = next(text.strip(plain.BLANKS) for text in raw.drop_nulls() if "." in text)
    return (f"{example!r} is read as a fraction: no value tells whether its dot could stand between thousands",)
