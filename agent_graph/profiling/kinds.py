"""What a column means, from its storage, its values and its name."""

from __future__ import annotations

import polars as pl

from agent_graph.artifacts import Kind
from agent_graph.profiling.names import has, lexicon, words

CODE_WORDS = lexicon(
    "code zip zipcode postcode postal subclass class type flight sic naics fips icd plan channel store "
    "department dept region district ward cluster sector agent operator"
)
ID_WORDS = lexicon("id ids uuid guid pid uid key index serial identifier rownames sku ean")
ROW_NAMES = frozenset({
    "order", "row", "row_number", "x", "no", "nr", "number", "idx", "unnamed: 0", "record", "obs", "case", "#", "n",
})  # fmt: skip
DATE_WORDS = lexicon("date time timestamp ts datetime created updated at epoch day when")
TRUTH = (
    frozenset({"yes", "no"}), frozenset({"y", "n"}), frozenset({"true", "false"}), frozenset({"t", "f"}),
    frozenset({"0", "1"}), frozenset({"1.0", "0.0"}), frozenset({"on", "off"}),
    frozenset({"ja", "nein"}), frozenset({"j", "n"}), frozenset({"ja", "nee"}), frozenset({"oui", "non"}),
    frozenset({"si", "no"}), frozenset({"sí", "no"}), frozenset({"sì", "no"}), frozenset({"sim", "não"}),
    frozenset({"sim", "nao"}), frozenset({"tak", "nie"}), frozenset({"да", "нет"}),
)  # fmt: skip
FEW_LEVELS = 60
SERIAL_WORDS = lexicon("date datetime timestamp created updated")
SERIAL = (25_000, 60_000)  # days since 30 December 1899, as spreadsheets count: 1968 to 2064
EPOCHS = {"epoch-s": (3e8, 4e9), "epoch-ms": (3e11, 4e12)}


def numeric_date(name: str, values: pl.Series) -> str | None:
    """ "decimal-year", "serial-day", "epoch-s" or "epoch-ms" when the numbers are moments, by range and name."""
    if not has(name, DATE_WORDS) or not len(values):
        return None
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    if SERIAL[0] <= low < high <= SERIAL[1] and has(name, SERIAL_WORDS) and values.n_unique() > 2:
        return "serial-day"
    if values.dtype == pl.Float64 and 1800 <= low <= high <= 2200 and high > low:
        fraction = values - values.floor()
        in_months = ((fraction * 12 - (fraction * 12).round()).abs() < 0.01).mean()
        return "decimal-year" if float((fraction > 0).mean() or 0) > 0.5 and float(in_months or 0) > 0.9 else None  # type: ignore[arg-type]
    if values.dtype == pl.Int64:
        for layout, (least, most) in EPOCHS.items():
            if least <= low <= high <= most and values.n_unique() > 2:
                return layout
    return None


def number_kind(name: str, values: pl.Series, rows: int, distinct: int) -> Kind:
    """Kind of a column of numbers; `values` in the rows' order, without missing."""
    if distinct <= 1:
        return "constant"
    low, high = values.min(), values.max()
    if distinct == 2 and (low, high) == (0, 1):
        return "boolean"
    if values.dtype != pl.Int64:
        return "number"
    if distinct >= 0.98 * rows and rows >= 20 and _names_rows(name, values):
        return "identifier"
    if has(name, ID_WORDS) and distinct > FEW_LEVELS:
        return "identifier" if distinct > 0.5 * rows else "code"
    return "code" if has(name, CODE_WORDS) and float(low) >= 0 else "number"  # type: ignore[arg-type]


def _names_rows(name: str, values: pl.Series) -> bool:
    """A running number, or a number whose name says that it names something."""
    if has(name, ID_WORDS) or name.strip().lower() in ROW_NAMES:
        return True
    steps = values.diff().drop_nulls()
    return bool((steps == 1).all()) and len(values) > 20


def text_kind(name: str, levels: list[str], distinct: int, filled: int, mean_words: float) -> Kind:
    """Kind of a column of texts; `levels` the most frequent values."""
    if distinct == 2 and any({level.strip().lower() for level in levels} == pair for pair in TRUTH):
        return "boolean"
    if mean_words >= 5 and distinct > 100 and distinct > 0.3 * filled:
        return "text"
    if distinct >= 0.98 * filled and filled >= 20 and mean_words < 5:
        return "identifier"
    if has(name, ID_WORDS) and distinct > FEW_LEVELS and distinct > 0.2 * filled:
        return "identifier"
    if mean_words >= 12 and distinct > FEW_LEVELS:
        return "text"
    return "category" if distinct <= FEW_LEVELS else "high_cardinality"


def is_named_like_an_id(name: str) -> bool:
    """Whether the name says that the column names things (`caseid`, `customer_id`)."""
    return has(name, ID_WORDS) or any(
        word.endswith("id") and len(word) > 4 and word not in _NOT_IDS for word in words(name)
    )


_NOT_IDS = lexicon(
    "humid paid valid solid liquid rapid acid medicaid prepaid unpaid grid fluid hybrid squid avoid steroid "
    "thyroid covid bid candid invalid centroid sepaid"
)
