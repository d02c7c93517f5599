"""Faulty copies of clean rows, as they happen in exports: each is one file that the contract must refuse."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import polars as pl

from agent_graph.measuring.samples import Sample, edited, numbers

STRANGE = "zz-new-level"
MOST_ALIKE = 0.25  # share of rows that are equal anyway, beyond which more of them are no sign of a fault
Change = Callable[[Sample, random.Random], pl.DataFrame | None]


def faults(sample: Sample, seed: int) -> Iterator[tuple[str, pl.DataFrame | None]]:
    """Each fault's name and the faulty rows; None where these data can't have it."""
    for name, change in CHANGES.items():
        yield name, change(sample, random.Random(f"{seed}-{name}"))  # noqa: S311  # repeatable choices, no secrets


def column_dropped(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    names = [c.name for c in sample.main_columns("int", "float", "bool", "string", "datetime") if c.required]
    return sample.rows.drop(dice.choice(names)) if names else None


def column_renamed(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    names = [c.name for c in sample.main_columns("int", "float", "bool", "string", "datetime") if c.required]
    if not names:
        return None
    name = dice.choice(names)
    return sample.rows.rename({name: name + "_v2"})


def target_dropped(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    return sample.rows.drop(sample.problem.target.column)


def columns_shifted(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    names = sample.rows.columns
    return sample.rows.select(pl.col(old).alias(new) for old, new in zip([names[-1], *names[:-1]], names, strict=True))


def text_in_number(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    found = sample.main_columns("int", "float")
    return edited(sample.rows, found[0].name, 0.05, "see remark", dice) if found else None


def one_text_in_number(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    found = sample.main_columns("int", "float")
    return edited(sample.rows, found[-1].name, 0.0, "twelve", dice) if found else None


def decimal_comma(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    found = sample.main_columns("float")
    if not found:
        return None
    name = found[0].name
    return sample.rows.with_columns(pl.col(name).cast(pl.String).str.replace(".", ",", literal=True))


def fraction_in_whole_number(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    found = sample.main_columns("int")
    return numbers(sample.rows, found[0].name, lambda x: x + 0.5) if found else None


def _flooded(sample: Sample, dice: random.Random, *dtypes: str) -> pl.DataFrame | None:
    found = [c for c in sample.main_columns(*dtypes) if c.missing < 0.3]
    return edited(sample.rows, dice.choice(found).name, 0.6, None, dice) if found else None


def nulls_in_number(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    return _flooded(sample, dice, "int", "float")


def nulls_in_text(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    return _flooded(sample, dice, "string")


def column_emptied(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    found = [c for c in sample.main_columns("int", "float", "string", "datetime") if c.missing < 0.6]
    return edited(sample.rows, dice.choice(found).name, 1.0, None, dice) if found else None


def target_emptied(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    return edited(sample.rows, sample.problem.target.column, 0.7, None, dice)


def _spread(sample: Sample) -> list[str]:
    """Numbers that take more than two values."""
    found = sample.main_columns("int", "float")
    return [c.name for c in found if (sample.profile.column(c.name).std or 0) > 0 and len(set(c.quantiles)) > 2]


def times_thousand(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    names = _spread(sample)
    return numbers(sample.rows, dice.choice(names), lambda x: x * 1000) if names else None


def unit_changed(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    """Kilograms for pounds: 2.2 times as much, often still within the range."""
    columns = [sample.profile.column(name) for name in _spread(sample)]
    found = [column.name for column in columns if column.storage == "float" and (column.zeros or 0) < 0.3]
    return numbers(sample.rows, dice.choice(found), lambda x: round(x * 2.2046, 4)) if found else None


def sign_lost(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    names = [n for n in _spread(sample) if (sample.profile.column(n).minimum or 0) >= 0]
    return numbers(sample.rows, dice.choice(names), lambda x: -abs(x) - 1) if names else None


def placeholder_number(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    """-9999 stands for missing."""
    names = [n for n in _spread(sample) if (sample.profile.column(n).minimum or 0) > -9999]
    return edited(sample.rows, dice.choice(names), 0.1, "-9999", dice) if names else None


def number_stuck(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    names = _spread(sample)
    if not names:
        return None
    middle = sample.profile.column(names[0]).quantiles[3]
    text = str(int(middle)) if sample.profile.column(names[0]).storage == "integer" else repr(middle)
    return edited(sample.rows, names[0], 1.0, text, dice)


def level_stuck(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    for column in sample.main_columns("string"):
        levels = sample.profile.column(column.name).levels
        if levels and levels[0].share < 0.6:
            return edited(sample.rows, column.name, 1.0, levels[0].value, dice)
    return None


def _categories(sample: Sample) -> list[str]:
    kinds = ("category", "boolean", "high_cardinality")
    levelled = [c.name for c in sample.main_columns("string") if c.allowed or c.known]
    return [name for name in levelled if sample.profile.column(name).kind in kinds]


def unseen_level(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    names = _categories(sample)
    return edited(sample.rows, dice.choice(names), 0.3, STRANGE, dice) if names else None


def levels_recoded(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    """The same levels in other letters: `Yes` becomes `YES`."""
    for name in _categories(sample):
        texts = sample.rows[name].cast(pl.String)
        upper = texts.str.to_uppercase()
        if (upper != texts).sum() > len(texts) / 2:
            return sample.rows.with_columns(upper.alias(name))
    return None


def columns_swapped(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    """Two numbers whose middle halves hardly overlap."""
    names = _spread(sample)
    quartiles = {name: sample.profile.column(name).quantiles[2:5] for name in names}
    pairs = [(a, b) for a in names for b in names if a != b and quartiles[a][2] < quartiles[b][0]]
    return _swapped(sample.rows, *dice.choice(pairs)) if pairs else None


def texts_swapped(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    """Two categories without a common level."""
    levels = {n: {level.value for level in sample.profile.column(n).levels} for n in _categories(sample)}
    pairs = [(a, b) for a in levels for b in levels if a < b and not levels[a] & levels[b]]
    return _swapped(sample.rows, *dice.choice(pairs)) if pairs else None


def _swapped(rows: pl.DataFrame, first: str, second: str) -> pl.DataFrame:
    return rows.with_columns(pl.col(first).alias(second), pl.col(second).alias(first))


def rows_repeated(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    if sample.profile.main.duplicate_rows > MOST_ALIKE * sample.profile.main.rows:
        return None
    return pl.concat([sample.rows, sample.rows.head(len(sample.rows) // 2)])


def few_rows(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    return sample.rows.head(5)


def no_rows(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    return sample.rows.head(0)


def _moved(sample: Sample, years: int) -> pl.DataFrame | None:
    found = [c for c in sample.main_columns("datetime") if c.datetime_format is None]
    if not found or sample.rows[found[0].name].dtype != pl.String:
        return None
    name = found[0].name
    year = pl.col(name).str.slice(0, 4).cast(pl.Int64, strict=False) + years
    return sample.rows.with_columns((year.cast(pl.String) + pl.col(name).str.slice(4)).alias(name))


def stale_dates(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    return _moved(sample, -40)


def future_dates(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    return _moved(sample, 100)


def other_date_format(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    found = [c for c in sample.main_columns("datetime") if sample.rows[c.name].dtype == pl.String]
    return edited(sample.rows, found[0].name, 0.5, "31st of May", dice) if found else None


def label_unseen(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    return edited(sample.rows, sample.problem.target.column, 0.2, "zz-unknown", dice)


def label_times_thousand(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    target = sample.problem.target
    if target.rule != "as_is" or target.classes:
        return None
    return numbers(sample.rows, target.column, lambda x: x * 1000)


def header_repeated(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    """Two exports glued together with their headers."""
    if any(dtype != pl.String for dtype in sample.rows.dtypes) or not sample.main_columns("int", "float", "datetime"):
        return None
    header = pl.DataFrame([sample.rows.columns], schema=sample.rows.schema, orient="row")
    half = len(sample.rows) // 2
    return pl.concat([sample.rows.head(half), header, sample.rows.tail(-half)])


def garbled_texts(sample: Sample, dice: random.Random) -> pl.DataFrame | None:
    """UTF-8 read as Latin-1 and written again, where a text has accents."""
    for column in sample.main_columns("string"):
        texts = sample.rows[column.name].cast(pl.String).to_list()
        garbled = [t if t is None else t.encode().decode("latin-1") for t in texts]
        if sum(a != b for a, b in zip(texts, garbled, strict=True)) > 0.05 * len(texts):
            return sample.rows.with_columns(pl.Series(column.name, garbled))
    return None


CHANGES: dict[str, Change] = {
    change.__name__: change
    for change in (
        column_dropped, column_renamed, target_dropped, columns_shifted, text_in_number, one_text_in_number,
        decimal_comma, fraction_in_whole_number, nulls_in_number, nulls_in_text, column_emptied,
        target_emptied, times_thousand, unit_changed, sign_lost, placeholder_number, number_stuck,
        level_stuck, unseen_level, levels_recoded, columns_swapped, texts_swapped, rows_repeated, few_rows,
        no_rows, stale_dates, future_dates, other_date_format, label_unseen, label_times_thousand,
        header_repeated, garbled_texts,
    )
}  # fmt: skip
