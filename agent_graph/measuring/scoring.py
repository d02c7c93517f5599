"""The judge's arithmetic: promise, hold-out score, and whether one answer beats another by more than noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import scipy
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import HoldoutScore, Measure, Problem, Promise, Sealed
from agent_graph.kind import Numbers
from agent_graph.measuring.baseline import Baseline
from agent_graph.measuring.metrics import better, score
from agent_graph.measuring.predictions import (
    Answer,
    InvalidPredictions,
    difference,
    encoded,
    read_out_of_fold,
    read_predictions,
)

RESAMPLES = 100
# The bare bootstrap held 92.5 % of 558 simulated runs over 87 tables, 1.2 times as wide 95.9 %; choosing costs more.
HONEST = 1.25
UNTOLD, FOLDS_THAT_TELL = 1.5, 3  # times as wide, where fewer folds tell how stretches of time differ
MOST_ROWS = 4_000  # in one resample; the spread of more rows follows from theirs
ERRORS = 2.0  # standard errors that count as noise
FAIR_GAIN = 0.1  # of the way from no answer to a perfect one, half of it for losses: what a weak signal may bring
FEWEST = 5  # rows of the rarer class: of fewer, resamples don't show how much of a score is chance
COVERAGE = 0.03  # how far the share of truths inside their range may lie from what was wanted
predictions = read_predictions
Blocks = NDArray[np.int64] | None
Standing = Literal["better", "even", "worse"]
Measured = Callable[[NDArray[np.generic], Numbers], float]  # of the truth and an answer to the same rows

__all__ = [
    "Answer",
    "Coverage",
    "InvalidPredictions",
    "Verdict",
    "above_nothing",
    "compare",
    "coverage",
    "difference",
    "margin",
    "predictions",
    "promise",
    "resampled",
    "standard_error",
    "standing",
]


@dataclass(frozen=True)
class Coverage:
    """How many truths lie inside their range."""

    share: float
    rows: int
    spread: float  # its standard error where rows hang together, by blocks; 0 where they stand alone

    def holds(self, wanted: float) -> tuple[bool, str]:
        """Whether the ranges hold what they say, and that in words; a wide range is as wrong as a narrow one."""
        alone = float(np.sqrt(wanted * (1 - wanted) / self.rows))
        room = COVERAGE + ERRORS * max(alone, self.spread)
        words = f"{self.share:.1%} of {self.rows:,} truths lie inside their range, {wanted:.0%} ±{room:.1%} wanted"
        return abs(self.share - wanted) <= room, words


@dataclass(frozen=True)
class Verdict:
    """How an answer to the sealed rows stands against the host's own."""

    holdout: HoldoutScore
    beats_dummy: bool | Literal["not_checked"]
    dummy_words: str
    beats_baseline: bool
    baseline_words: str
    covered: Coverage | None  # None without ranges


def promise(path: Path, sealed: Sealed, problem: Problem, blocks: Blocks = None) -> Promise:
    """The out-of-fold score on open rows, with the 95 % interval for a sample as large as the hold-out.

    Two chances add up: that of drawing such a sample (bootstrap), and that of the out-of-fold score itself, whose
    variance is smaller by hold-out rows / open rows; so the interval is wider by √(1 + that ratio), and by what a
    bootstrap of few or heavy-tailed rows, and a model chosen by the same rows, is known to miss.

    The next stretch of time, and other groups, may differ from the last ones as much as these from each other: the
    interval is at least Student's for one more score beside those of the folds, and of a split by time half as wide
    again where fewer than three say.
    A loss that has no end grows by factors as things grow with time, so its room is the wider of sums and factors; none
    is promised below nothing. `python -m evals.promises` tries all this on many tables.

    `blocks` numbers, for every open row, what hangs together (a group, a stretch of time) and is drawn whole.
    """
    answer, truth = read_out_of_fold(path, sealed, problem)
    return promised(problem, answer, truth, sealed.holdout_rows, None if blocks is None else blocks[answer.rows])


def promised(problem: Problem, answer: Answer, truth: NDArray[np.generic], rows: int, blocks: Blocks) -> Promise:
    """The promise that these answers out of fold make of so many other rows; `blocks` as long as they."""
    drawn = resampled(_judged(problem), truth, [answer.values], rows, blocks)[:, 0]
    found = score(problem, problem.metric, truth, answer.values)
    wider = HONEST * float(np.sqrt(1 + rows / len(truth)))
    parts = _by_fold(problem, answer, truth) if problem.split.kind in ("time", "group") else []
    wider *= UNTOLD if problem.split.kind == "time" and len(parts) < FOLDS_THAT_TELL else 1.0
    low, high = (found + wider * (float(np.nanquantile(drawn, q)) - found) for q in (0.025, 0.975))
    if len(parts) >= FOLDS_THAT_TELL:
        low, high = min(low, found - _room(parts)), max(high, found + _room(parts))
    if register.kind_of(problem).metric(problem.metric).higher_is_better:
        high = min(high, max(found, 1.0))  # none goes higher
    elif found > 0:
        if len(parts) >= FOLDS_THAT_TELL and min(parts) > 0:
            low, high = min(low, found / np.exp(_room(np.log(parts)))), max(high, found * np.exp(_room(np.log(parts))))
        low = max(low, 0.0)
    return Promise(metric=problem.metric, score=found, low=float(low), high=float(high))


def _room(parts: Sequence[float] | Numbers) -> float:
    """Half of the 95 % interval in which one more of such numbers lies (Student's)."""
    return float(scipy.stats.t.ppf(0.975, len(parts) - 1) * np.std(parts, ddof=1) * np.sqrt(1 + 1 / len(parts)))


def _by_fold(problem: Problem, answer: Answer, truth: NDArray[np.generic]) -> list[float]:
    """The score of each fold that can be scored."""
    folds = np.zeros(len(truth), dtype=np.int64) if answer.folds is None else answer.folds
    rows = [folds == fold for fold in np.unique(folds)]
    found = [score(problem, problem.metric, truth[inside], answer.values[inside]) for inside in rows]
    return [value for value in found if np.isfinite(value)]


def compare(
    answer: Answer, peer: Baseline, peer_name: str, sealed: Sealed, problem: Problem, blocks: Blocks = None
) -> Verdict:
    """Score the answer, the dummy and the plain baseline on the sealed rows; rows without a label are left out."""
    labels = pl.read_parquet(sealed.labels)["label"]
    known = labels.is_not_null().to_numpy()
    truth = encoded(labels.drop_nulls(), problem)
    own, dummy, plain = (values[known] for values in (answer.values, peer.dummy_holdout, peer.holdout))
    inside = None if blocks is None else blocks[known]
    above_dummy, dummy_words = above_nothing(problem, truth, own, dummy, inside)
    above_plain, plain_words = margin(problem, truth, own, plain, peer_name, inside)
    covered = coverage(answer, truth, known, inside)
    measures: list[tuple[str, float]] = [(name, score(problem, name, truth, own)) for name in problem.secondary_metrics]
    measures += [] if covered is None else [("interval_coverage", covered.share)]
    if register.kind_of(problem).counts or problem.calibrated_totals:
        measures.append(("predicted_total_over_true", float(own.sum() / max(float(truth.sum()), 1e-12))))
    holdout = HoldoutScore(
        metric=problem.metric,
        score=score(problem, problem.metric, truth, own),
        dummy=score(problem, problem.metric, truth, dummy),
        baseline=score(problem, problem.metric, truth, plain),
        baseline_name=peer_name,
        secondary=tuple(Measure(name=name, value=value, unit="") for name, value in measures),
        rows=len(truth),
    )
    return Verdict(holdout, above_dummy, dummy_words, above_plain != "worse", plain_words, covered)


def coverage(
    answer: Answer, truth: NDArray[np.generic], known: NDArray[np.bool_] | None = None, blocks: Blocks = None
) -> Coverage | None:
    """Truths inside their range; `known` picks the answers that have a truth, `blocks` numbers what hangs together.

    None without ranges. The standard error of a mean of clusters: Liang & Zeger 1986.
    """
    if answer.lower is None or answer.upper is None:
        return None
    chosen = np.ones(len(truth), dtype=bool) if known is None else known
    numbers = truth.astype(np.float64)
    hits = ((numbers >= answer.lower[chosen]) & (numbers <= answer.upper[chosen])).astype(np.float64)
    spread = 0.0
    if blocks is not None and (many := len(np.unique(blocks))) > 1:
        sums = np.bincount(np.unique(blocks, return_inverse=True)[1], weights=hits - hits.mean())
        spread = float(np.sqrt((sums**2).sum() * many / (many - 1))) / len(hits)
    return Coverage(float(hits.mean()), len(hits), spread)


def margin(
    problem: Problem, truth: NDArray[np.generic], own: Numbers, other: Numbers, name: str, blocks: Blocks = None
) -> tuple[Standing, str]:
    """How `own` stands to `other`, and that in words: "even" is a difference within two paired standard errors."""
    metric = problem.metric
    mine, theirs = score(problem, metric, truth, own), score(problem, metric, truth, other)
    gain = better(metric, mine, theirs)
    noise = ERRORS * standard_error(problem, truth, own, other, blocks)
    verdict = standing(gain, noise)
    said = {"better": "better than", "even": "even with", "worse": "worse than"}[verdict]
    return verdict, f"{metric} {mine:.4g} is {said} {theirs:.4g} by {name}; noise ±{noise:.2g}, {len(truth):,} rows"


def standing(gain: float, noise: float) -> Standing:
    """How one answer stands to another that it is better than by `gain`: what lies within the noise is even."""
    return "better" if gain > noise else "even" if gain >= -noise else "worse"


def above_nothing(
    problem: Problem, truth: NDArray[np.generic], own: Numbers, dummy: Numbers, blocks: Blocks = None
) -> tuple[bool | Literal["not_checked"], str]:
    """Whether an answer is better than one for every row, and that in words.

    "not_checked" where it may be, and so few rows that even a fair gain would drown in the noise.
    """
    standing, words = margin(problem, truth, own, dummy, "one answer for every row", blocks)
    if standing != "even":
        return standing == "better", words
    floor = score(problem, problem.metric, truth, dummy)
    fair = FAIR_GAIN * (1 - floor if register.kind_of(problem).metric(problem.metric).higher_is_better else floor / 2)
    if ERRORS * standard_error(problem, truth, own, dummy, blocks) < fair:
        return False, words
    return "not_checked", f"too few rows to tell (a fair gain would be {fair:.2g}): {words}"


def standard_error(
    problem: Problem, truth: NDArray[np.generic], own: Numbers, other: Numbers, blocks: Blocks = None
) -> float:
    """Of the difference between two scores on the same rows, by a paired bootstrap; infinite where too few rows of the
    rarer of two classes are there for one to show it."""
    if register.kind_of(problem).event and np.bincount(truth.astype(np.int64), minlength=2).min() < FEWEST:
        return float("inf")
    drawn = resampled(_judged(problem), truth, [own, other], len(truth), blocks)
    return float(np.nanstd(drawn[:, 0] - drawn[:, 1]))


def _judged(problem: Problem) -> Measured:
    return lambda truth, answer: score(problem, problem.metric, truth, answer)


def resampled(
    measure: Measured,
    truth: NDArray[np.generic],
    answers: Sequence[Numbers],
    size: int,
    blocks: Blocks,
    times: int = RESAMPLES,
) -> Numbers:
    """(times, answers) measures of samples of `size` rows, drawn with replacement, blocks whole, by one fixed seed."""
    generator = np.random.default_rng(0)
    members = None if blocks is None else _members(blocks)
    choices = len(truth) if members is None else len(members)
    draws = max(round(choices * min(size, MOST_ROWS) / len(truth)), 2)
    widen = np.sqrt(draws * len(truth) / choices / max(size, 1))  # what was drawn is not of the size asked for
    found = np.empty((times, len(answers)))
    for turn in range(times):
        drawn = generator.integers(0, choices, draws)
        rows = drawn if members is None else np.concatenate([members[k] for k in drawn])
        found[turn] = [measure(truth[rows], answer[rows]) for answer in answers]
    centre = np.nanmean(found, axis=0)
    return np.asarray(centre + (found - centre) * widen, dtype=np.float64)


def _members(blocks: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """The rows of each block."""
    order = np.argsort(blocks, kind="stable")
    _, sizes = np.unique(blocks, return_counts=True)
    return np.split(order, np.cumsum(sizes)[:-1])
