"""Windows of rows that the host prepares: clean ones, drifted ones, and rows whose labels mean something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from agent_graph.artifacts import Profile, Target
from agent_graph.bench import Bench
from agent_graph.measuring.rows import RawRows, newest, unseen
from agent_graph.roles.observability.checks.fair import NEARLY_ALWAYS, Fair, noticed_shuffles, out_of_fold

MOST_CLASSES = 200  # values of a target that classes are made of
Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Landed:
    """Drifted rows that landed beside the known ones."""

    rows: int
    telling: bool  # whether their drift stands out from chance


class Counts(NamedTuple):
    """How many windows of each kind; two labelled ones are always added."""

    clean: int = 5
    drifted: int = 10


@dataclass(frozen=True)
class Window:
    """One file of raw rows, and what a monitor must say of it."""

    name: str  # opaque: w00, w01 …
    what: str  # for the evidence
    alarm: bool
    labelled: bool
    path: Path
    rows: int = 0
    telling: bool = True  # a drift that stands out from chance in so few rows; labels whose shuffling does
    trained: bool = False  # rows that the champion was trained on, since too few others are there, or later ones alone


def drifts(frame: pl.DataFrame, bench: Bench, columns: list[str]) -> Iterator[tuple[str, Change]]:
    """Changes of single columns or of the population, each of which a monitor must see; most important column first."""
    kinds = {name: bench.profile.column(name).kind for name in columns}
    numbers = [c for c in columns if kinds[c] == "number" and _spread(frame, c) > 0]
    levels = [c for c in columns if kinds[c] in ("category", "boolean", "code") and 2 <= frame[c].n_unique() <= 100]
    texts = [c for c in columns if kinds[c] == "text"]
    groups: tuple[list[tuple[str, Change]], ...] = (
        [change for column in numbers[:2] for change in _number_drifts(column, frame)],
        [change for column in levels[:2] for change in _level_drifts(column, frame)],
        [change for column in texts[:1] for change in _text_drifts(column)],
        list(_population_drifts(numbers, levels, bench.profile)),
    )
    for turn in zip_longest(*groups):  # one of each kind before the second of any
        yield from (change for change in turn if change is not None)


def _number_drifts(column: str, frame: pl.DataFrame) -> Iterator[tuple[str, Change]]:
    yield f"{column!r} shifted by a standard deviation", _numeric(column, lambda x, s: x + s, frame)
    yield f"{column!r} stuck at one value", _stuck(column, frame)
    yield f"{column!r} tripled", _numeric(column, lambda x, s: 3 * x + s / 10, frame)


def _level_drifts(column: str, frame: pl.DataFrame) -> Iterator[tuple[str, Change]]:
    yield f"{column!r}: a third of the rows holds a new level", _new_level(column)
    yield f"{column!r}: every second row becomes the rarest level", _to_rarest(column, frame)


def _text_drifts(column: str) -> Iterator[tuple[str, Change]]:
    yield f"{column!r} in other words", _reworded(column)
    yield f"{column!r} cut to three words", _cut(column)
    yield f"{column!r}: missing in two rows of five", _missing(column)


def _population_drifts(numbers: list[str], levels: list[str], profile: Profile) -> Iterator[tuple[str, Change]]:
    for column in (numbers + levels)[:1]:
        yield f"{column!r}: missing in two rows of five", _missing(column)
    if numbers:
        yield f"only rows with {numbers[0]!r} in its upper third", _upper_third(numbers[0])
    same = [name for name in numbers[1:] if profile.column(name).storage == profile.column(numbers[0]).storage]
    if same:  # another storage would be refused as a wrong type
        yield f"{numbers[0]!r} and {same[0]!r} swapped", _swapped(numbers[0], same[0])


def prepare(bench: Bench, rows: RawRows, columns: list[str], size: int, folder: Path, counts: Counts) -> list[Window]:
    """Write all windows below `folder`; the project under test can't tell them by name or by order."""
    now = present(bench, rows)
    held_out = unseen(rows, bench, size)
    base = now if held_out is None else held_out  # a model's predictions of rows that it was trained on are bolder
    trained = held_out is None
    fair = Fair(bench, now, columns)
    random = np.random.default_rng(7)
    target = bench.problem.target.column
    hidden = [target, *bench.problem.used("leak")]
    plans: list[tuple[str, bool, bool, pl.DataFrame]] = []
    for number in range(counts.clean):
        plans.append((f"clean sample {number + 1}", False, False, _sample(base, size, random)))
    for what, change in list(drifts(base, bench, columns))[: counts.drifted]:
        plans.append((what, True, False, change(_sample(base, size, random))))
    promised = _promised(bench, rows, now)
    labelled = _sample(promised if len(promised) >= _least(bench) else now, size, random)
    plans.append(("clean labelled sample", False, True, labelled))
    plans.append(("labels shuffled", True, True, labelled.with_columns(_shuffled(labelled[target], random))))
    noticed = noticed_shuffles(bench, len(labelled), fair.effect)
    shows = len(promised) >= _least(bench) and (noticed is None or noticed >= NEARLY_ALWAYS)
    windows = []
    for place, index in enumerate(random.permutation(len(plans))):
        what, alarm, known, frame = plans[index]
        shown = frame if known else frame.drop(hidden, strict=False)
        path = rows.write(shown, folder / f"w{place:02d}")
        telling = shows if known else not alarm or fair.tells(frame)
        windows.append(Window(f"w{place:02d}", what, alarm, known, path, len(frame), telling, trained and not known))
    return windows


def _promised(bench: Bench, rows: RawRows, now: pl.DataFrame) -> pl.DataFrame:
    """The rows that the promise was made on: for a split by time those that were validated, the newest ones.

    Older rows may be scored otherwise in earnest, as a count that grows is.
    """
    if bench.problem.split.kind != "time":
        return now
    answered = out_of_fold(bench)
    return now if answered is None else rows.frame[answered[0].rows]


def _least(bench: Bench) -> int:
    return bench.monitoring.minimum_window_rows if bench.monitoring else 0


def present(bench: Bench, rows: RawRows) -> pl.DataFrame:
    """The labelled rows that stand for "now": those that the monitor's reference is made of."""
    share = bench.monitoring.reference_share if bench.monitoring else 1.0
    return newest(rows, bench.problem, bench.profile, share)


def _sample(frame: pl.DataFrame, size: int, random: np.random.Generator) -> pl.DataFrame:
    return frame[np.sort(random.choice(len(frame), min(size, len(frame)), replace=False))]


def _shuffled(labels: pl.Series, random: np.random.Generator) -> pl.Series:
    return labels[random.permutation(len(labels))].alias(labels.name)


def _spread(frame: pl.DataFrame, column: str) -> float:
    value = frame[column].cast(pl.Float64, strict=False).std()
    return float(value) if isinstance(value, (int, float)) else 0.0


def _numeric(column: str, change: Callable[[pl.Expr, float], pl.Expr], frame: pl.DataFrame) -> Change:
    """Integers stay integers, so that it is drift and not a broken type."""
    spread = _spread(frame, column)
    values = frame[column].cast(pl.Float64, strict=False).drop_nulls()
    whole = bool((values == values.round(0)).all())

    def apply(window: pl.DataFrame) -> pl.DataFrame:
        moved = change(pl.col(column).cast(pl.Float64, strict=False), max(spread, 1.0) if whole else spread)
        typed = moved.round(0).cast(pl.Int64) if whole else moved.round(6)
        return window.with_columns(typed.cast(window.schema[column], strict=False).alias(column))

    return apply


def _to_rarest(column: str, frame: pl.DataFrame) -> Change:
    tally = frame[column].drop_nulls().value_counts(sort=True)
    frequent = tally.filter(pl.col("count") >= max(2, len(frame) // 200))
    rarest = (frequent if len(frequent) > 1 else tally)[column][-1]
    return lambda window: window.with_columns(_every(2, pl.lit(rarest, window.schema[column]), column))


def _new_level(column: str) -> Change:
    """A number where all levels are numbers, so that it is drift and not a broken type."""

    def apply(window: pl.DataFrame) -> pl.DataFrame:
        if window.schema[column] == pl.Boolean:  # stored so: there is no other level than none
            return window.with_columns(_every(3, pl.lit(None, pl.Boolean), column))
        numeric = window[column].drop_nulls().cast(pl.Float64, strict=False).is_not_null().all()
        level = pl.lit("987" if numeric else "never seen before").cast(window.schema[column])
        return window.with_columns(_every(3, level, column))

    return apply


def _every(step: int, value: pl.Expr, column: str) -> pl.Expr:
    return pl.when(pl.int_range(pl.len()) % step == 0).then(value).otherwise(pl.col(column)).alias(column)


def _missing(column: str) -> Change:
    return lambda window: window.with_columns(
        pl.when(pl.int_range(pl.len()) % 5 < 2).then(None).otherwise(pl.col(column)).alias(column)
    )


def _upper_third(column: str) -> Change:
    """Only rows at or above the second tertile, repeated to the window's size."""

    def apply(window: pl.DataFrame) -> pl.DataFrame:
        value = pl.col(column).cast(pl.Float64, strict=False)
        kept = window.sort(value, nulls_last=False).tail(-(-len(window) // 3))
        return pl.concat([kept] * 3).head(len(window))

    return apply


def _stuck(column: str, frame: pl.DataFrame) -> Change:
    middle = frame[column].drop_nulls().sort()[len(frame[column].drop_nulls()) // 2]
    return lambda window: window.with_columns(pl.lit(middle, window.schema[column]).alias(column))


def _swapped(one: str, other: str) -> Change:
    return lambda window: window.with_columns(pl.col(other).alias(one), pl.col(one).alias(other))


def _reworded(column: str) -> Change:
    return lambda window: window.with_columns(
        pl.col(column).str.replace_all(r"[aeiou](\w)", "${1}y").str.replace_all(r"(\w{3})", "${1}q").alias(column)
    )


def _cut(column: str) -> Change:
    return lambda window: window.with_columns(pl.col(column).str.split(" ").list.head(3).list.join(" ").alias(column))


def landing_file(bench: Bench, rows: RawRows, columns: list[str], size: int, landing: Path) -> Landed:
    """Write a second, drifted, labelled landing file of the main table.

    The rows are a part of the population, of other groups than the known ones, and each is new: the values of a few
    columns were dealt out anew, but not of those that rules of the contract's own code tie to others.
    """
    random = np.random.default_rng(11)
    now = present(bench, rows)
    late, size = _late(bench, now, len(rows.frame) - rows.frame[bench.problem.target.column].null_count(), size)
    kinds = {name: bench.profile.column(name).kind for name in columns}
    numbers = [name for name in columns if kinds[name] == "number" and _spread(now, name) > 0]
    levels = [name for name in columns if kinds[name] in ("category", "boolean", "code") and now[name].n_unique() > 1]
    if numbers:  # never all of them: that would be no drift
        wanted = max(min(size, len(now) // 2), len(late) // 3)
        part = _highest(late, numbers[0], wanted / max(len(late), 1), bench.problem.target)
    elif levels:
        common = now[levels[0]].drop_nulls().value_counts(sort=True)[levels[0]][0]
        part = late.filter(pl.col(levels[0]) == common)
    else:
        part = late
    part = _sample(part, size, random)
    tied = {name for rule in (bench.data.custom_rules if bench.data else ()) for name in rule.inputs}
    for name in [name for name in (numbers[1:] or levels[1:]) if name not in tied][:3]:
        part = part.with_columns(_shuffled(part[name], random))
    for name in (name for name in columns if kinds[name] == "text" and name not in tied):
        part = _reworded(name)(part)
    part = part.with_columns(_new_names(bench, part))
    part = _not_known(bench, part, rows.frame, [name for name in part.columns if name not in tied], random)
    rows.write(part, landing / rows.table / "later")
    return Landed(len(part), len(part) >= _least(bench) and Fair(bench, now, columns).tells(part))


def _highest(frame: pl.DataFrame, column: str, share: float, target: Target) -> pl.DataFrame:
    """The rows of the column's highest values, so many of every class: of one class alone no score tells anything."""
    ordered = frame.sort(pl.col(column).cast(pl.Float64, strict=False), nulls_last=False, maintain_order=True)
    classes = [target.column] if target.classes and frame[target.column].n_unique() <= MOST_CLASSES else []
    if not classes:
        return ordered.tail(round(share * len(frame)))
    place, rows = pl.int_range(1, pl.len() + 1).over(classes), pl.len().over(classes)
    return ordered.filter(place > rows * (1 - share))


def _late(bench: Bench, now: pl.DataFrame, labelled: int, size: int) -> tuple[pl.DataFrame, int]:
    """The rows that new ones may be made of, and at most how many: by time so late that each will be validated.

    A row that lands in earnest is newer than those before; one of long ago would only ever be trained on, and the
    contest would have no new rows to be held on. With `size` more rows, the newest `validated` of all are answered out
    of fold: the landed ones and those that they are made of must be among them.
    """
    if bench.problem.split.kind != "time" or bench.features is None:
        return now, size
    validated = min(bench.features.folds * bench.features.validation_share, 1.0)
    size = min(size, int(validated * labelled / (2 - validated)))
    return now.tail(max(int(validated * (labelled + size)) - size - 1, size)), size


def _not_known(
    bench: Bench, part: pl.DataFrame, known: pl.DataFrame, free: list[str], random: np.random.Generator
) -> pl.DataFrame:
    """Rows none of which is already known as a whole (it would be taken for one delivered twice).

    The values of columns that no model reads are dealt out anew until all are new; what is still known goes.
    """
    unread = {role.name for role in bench.problem.columns if role.use in ("identifier", "unused", "leak", "weight")}
    for name in (name for name in free if name in unread):
        if not len(known.join(part, on=known.columns, how="semi", nulls_equal=True)):
            break
        part = part.with_columns(_shuffled(part[name], random))
    return part.join(known, on=known.columns, how="anti", nulls_equal=True, maintain_order="left")


def _new_names(bench: Bench, part: pl.DataFrame) -> list[pl.Expr]:
    """Values that no earlier row has, for the columns that identify a row; groups that no earlier row belongs to."""
    keys = [name for name in (bench.data.key if bench.data else ()) if name in part.columns]
    split = bench.problem.split
    groups = [name for name in split.columns if name in part.columns and name not in keys and split.kind == "group"]
    exprs = []
    for name in groups:
        numbers = part[name].cast(pl.Int64, strict=False)
        if numbers.null_count() == part[name].null_count():
            further = (
                int(bench.profile.column(name).maximum or 0) - min(int(bench.profile.column(name).minimum or 0), 0) + 1
            )
            exprs.append((pl.col(name).cast(pl.Int64) + further).cast(part.schema[name]).alias(name))
        else:
            exprs.append((pl.col(name).cast(pl.String) + "-later").alias(name))
    for name in keys:
        numbers = part[name].cast(pl.Int64, strict=False)
        if numbers.null_count() == 0 and len(numbers):
            highest = int(bench.profile.column(name).maximum or 0)
            exprs.append((pl.int_range(pl.len()) + highest + 1).cast(part.schema[name]).alias(name))
        else:
            exprs.append((pl.col(name).cast(pl.String) + "-later").alias(name))
    return exprs
