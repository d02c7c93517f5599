"""What so few rows can show at all: a plain monitor of ours, beside which the project's is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt

import numpy as np
import polars as pl
import scipy

from agent_graph.bench import Bench
from agent_graph.measuring.metrics import better, score
from agent_graph.measuring.predictions import Answer, InvalidPredictions, read_out_of_fold
from agent_graph.roles.observability.playbook.drift import FALSE_ALARMS, INTRACLASS, LARGEST_DESIGN_EFFECT, STRONG

MARGIN = 1.25  # beyond the bar of one column alone: ours and the project's monitor cut numbers into other bins
SIGMAS = 3.5  # of a score's loss that may be chance; a monitor of three sees a little more
NEARLY_ALWAYS = 0.98  # of windows: in fewer of them, whether shuffled labels are noticed is luck
DRAWS = 200
FREQUENT = 30  # levels that are counted apart


@dataclass(frozen=True)
class Column:
    """One watched column of the reference, and how it is compared."""

    name: str
    kind: str  # "number", "level" or "text"


class Fair:
    """Which windows stand out from the reference rows by more than chance, over all columns together."""

    def __init__(self, bench: Bench, now: pl.DataFrame, columns: Sequence[str]) -> None:
        kinds = {"number": "number", "text": "text"}
        self.now = now
        self.columns = [Column(name, kinds.get(bench.profile.column(name).kind, "level")) for name in columns]
        self.effect = design_effect(bench, now)
        self.level = FALSE_ALARMS / (3 * (len(columns) + 1))

    def tells(self, window: pl.DataFrame) -> bool:
        """Whether one column lies far beyond chance, or several beyond it."""
        ratios = [max(self._ratios(column, window), default=0.0) / MARGIN for column in self.columns]
        several = sum(ratio >= 1 for ratio in ratios) >= max(2, ceil(len(self.columns) / 10))
        return several or max(ratios, default=0.0) >= STRONG

    def _ratios(self, column: Column, window: pl.DataFrame) -> Iterator[float]:
        """Each statistic as a multiple of what two clean samples differ by."""
        if column.name not in window.columns:
            return
        before, after = self.now[column.name], window[column.name]
        spread = self.effect / max(len(before), 1) + self.effect / max(len(after), 1)
        lost, lacking = (values.null_count() / max(len(values), 1) for values in (before, after))
        yield abs(lacking - lost) / self._share(lost, spread, len(after))
        old, new = before.drop_nulls(), after.drop_nulls()
        if not len(old) or not len(new):
            return
        if column.kind == "level":
            yield from self._levels(old.cast(pl.String), new.cast(pl.String), spread)
            return
        distance = sqrt(-log(self.level / 2) / 2 * spread)
        if column.kind == "text":
            strange = _strange(old.cast(pl.String), new.cast(pl.String))
            yield strange / self._share(0.0, spread, len(new))
            old, new = (texts.cast(pl.String).str.split(" ").list.len() for texts in (old, new))
        one, other = (values.cast(pl.Float64, strict=False).drop_nulls().to_numpy() for values in (old, new))
        if len(one) and len(other):
            yield float(scipy.stats.ks_2samp(one, other, method="asymp").statistic) / distance

    def _levels(self, old: pl.Series, new: pl.Series, spread: float) -> Iterator[float]:
        """New levels beyond those that are usual (Good and Turing's estimate), the largest of them, and the shares."""
        tally = old.value_counts(sort=True)
        names = tally[old.name].to_list()
        fresh, strange = float((tally["count"] == 1).sum() / len(old)), new.filter(~new.is_in(names))
        yield max(len(strange) / len(new) - fresh, 0.0) / self._share(fresh, spread, len(new))
        unnoticed = min(-log(self.level) * self.effect / len(old), 1.0)  # a level of that share would have been seen
        largest: int = max(strange.value_counts()["count"].to_list(), default=0)
        yield largest / len(new) / (unnoticed + self._share(unnoticed, spread, len(new)))
        kept = names[:FREQUENT]
        expected, observed = (_counts(values, kept) for values in (old, new))
        cells = int((expected > 0).sum())
        yield _psi(expected, observed) / (float(scipy.stats.chi2.isf(self.level, max(cells - 1, 1))) * spread)

    def _share(self, share: float, spread: float, rows: int) -> float:
        deviation = float(scipy.stats.norm.isf(self.level / 2)) * sqrt(share * (1 - share) * spread)
        return float(deviation + self.effect / max(rows, 1))


def design_effect(bench: Bench, frame: pl.DataFrame) -> float:
    """Rows that carry the evidence of one, because rows of a group resemble each other (Kish 1965)."""
    split = bench.problem.split
    if split.kind != "group" or not set(split.columns) <= set(frame.columns):
        return 1.0
    groups = frame.select(pl.struct(split.columns).n_unique()).item()
    return float(min(LARGEST_DESIGN_EFFECT, 1 + max(len(frame) / max(groups, 1) - 1, 0) * INTRACLASS))


def out_of_fold(bench: Bench) -> tuple[Answer, np.ndarray] | None:
    """The champion's out-of-fold predictions and their labels; None where they can't be read."""
    try:
        return read_out_of_fold(bench.store / "artifacts" / "oof.csv", bench.sealed, bench.problem)
    except InvalidPredictions:
        return None


def noticed_shuffles(bench: Bench, rows: int, effect: float) -> float | None:
    """The share of windows of so many rows in which shuffled labels lower the score by more than chance may.

    None where the out-of-fold predictions, from which windows are drawn, can't be read.
    """
    found = out_of_fold(bench)
    if found is None:
        return None
    answer, truth = found
    random, metric = np.random.default_rng(0), bench.problem.metric
    own: list[float] = []
    lost: list[float] = []
    promised = score(bench.problem, metric, truth, answer.values)
    for _ in range(DRAWS):
        drawn = random.integers(0, len(truth), min(rows, len(truth)))
        own.append(score(bench.problem, metric, truth[drawn], answer.values[drawn]))
        shuffled = score(bench.problem, metric, random.permutation(truth[drawn]), answer.values[drawn])
        lost.append(better(metric, promised, shuffled))
    chance = SIGMAS * float(np.nanstd(own)) * sqrt(effect)
    return float(np.mean(np.array(lost) > chance))


def _counts(values: pl.Series, names: Sequence[str]) -> np.ndarray:
    tally = dict(values.value_counts().iter_rows())
    kept = [int(tally.get(name, 0)) for name in names]
    return np.array([*kept, len(values) - sum(kept)], dtype=np.float64)


def _psi(expected: np.ndarray, observed: np.ndarray) -> float:
    """Population stability index; half a row is added to every cell, spread as the reference is."""
    reference = (expected + 0.5) / (expected.sum() + 0.5 * len(expected))
    prior = 0.5 * len(expected)
    window = (observed + prior * reference) / (observed.sum() + prior)
    return float(((window - reference) * np.log(window / reference)).sum())


def _strange(old: pl.Series, new: pl.Series) -> float:
    """Share of texts of which more than half of the words stand in no former text."""
    known = set(old.str.split(" ").explode().to_list())
    shares = [np.mean([word not in known for word in text.split(" ")]) for text in new.to_list()]
    return float(np.mean([share > 0.5 for share in shares]))
