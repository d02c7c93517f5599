"""What the decision brings: hits among the sealed rows that would be acted upon, beside simpler ways to choose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import DecisionScore, Estimate, Problem, Ranked
from agent_graph.bench import Bench
from agent_graph.kind import Numbers
from agent_graph.measuring.baseline import Baseline
from agent_graph.measuring.baseline import name as baseline_name
from agent_graph.measuring.baseline_columns import sides
from agent_graph.measuring.predictions import Answer, encoded
from agent_graph.measuring.scoring import ERRORS, Blocks, resampled, standing
from agent_graph.measuring.thumb import acted, best_rule, hits

RESAMPLES = 400
NORMAL = 1.96  # standard errors of a 95 % interval
CHANCE = 5  # hits of difference that are still chance: six to none is the least that a sign test tells (p = 0.03)


@dataclass(frozen=True)
class Way:
    """One way to rank the sealed rows: the higher its score the sooner."""

    kind: Literal["project", "baseline", "rule", "random"]
    name: str
    scores: Numbers


def decided(bench: Bench, answer: Answer, peer: Baseline, blocks: Blocks = None) -> DecisionScore | None:
    """The project's and simpler ways' hits at the share that is acted upon, of the sealed rows that have a label.

    None where no number to act upon was asked for, or no sealed row is a hit.
    """
    problem = bench.problem
    if problem.top_k is None or not register.kind_of(problem).event:
        return None
    labels = pl.read_parquet(bench.sealed.labels)["label"]
    known = labels.is_not_null().to_numpy()
    truth = encoded(labels.drop_nulls(), problem)
    own, came = _ranked(problem, truth, answer.values[known])
    if not came.sum():
        return None
    share = min(1.0, problem.top_k / max(problem.rows, 1))
    ways = [
        Way("project", "this project", own),
        Way("baseline", baseline_name(problem), _ranked(problem, truth, peer.holdout[known])[0]),
        *_rule(bench, known, share),
        Way("random", "as many picked at random", np.zeros(len(came))),
    ]
    found = ranked(ways, came, share, None if blocks is None else blocks[known])
    return DecisionScore(
        top_k=problem.top_k,
        table_rows=problem.rows,
        rows=len(came),
        acted=acted(len(came), share),
        rate=float(came.mean()),
        ways=found,
    )


def _ranked(problem: Problem, truth: NDArray[np.generic], answer: Numbers) -> tuple[Numbers, Numbers]:
    """(n,) how likely rows are said to be what is looked for, and 1 where they are."""
    return register.kind_of(problem).bins(truth, answer)


def _rule(bench: Bench, known: NDArray[np.bool_], share: float) -> list[Way]:
    """The best rule of thumb, where there is one; labels of open rows choose it."""
    opened, held = sides(bench)
    labels = pl.read_parquet(bench.sealed.open_labels)["label"]
    truth = encoded(labels.drop_nulls(), bench.problem)
    _, came = _ranked(bench.problem, truth, np.zeros((len(truth), len(bench.problem.target.classes))))
    found = best_rule(bench.problem, opened.filter(labels.is_not_null()), came, held.filter(known), share)
    return [] if found is None else [Way("rule", found.name, found.held)]


def ranked(ways: Sequence[Way], came: Numbers, share: float, blocks: Blocks = None) -> tuple[Ranked, ...]:
    """What each way brings, with 95 % intervals, and how the first stands to it; rows or blocks are resampled."""
    count, rate = acted(len(came), share), float(came.mean())

    def precision(truth: NDArray[np.generic], scores: Numbers) -> float:
        numbers = truth.astype(np.float64)
        return hits(numbers, scores, share) / acted(len(numbers), share)

    def lift(truth: NDArray[np.generic], scores: Numbers) -> float:
        usual = float(truth.mean())
        return precision(truth, scores) / usual if usual else float("nan")

    def captured(truth: NDArray[np.generic], scores: Numbers) -> float:
        return lift(truth, scores) * acted(len(truth), share) / len(truth)

    scores = [way.scores for way in ways]
    factors = {precision: 1.0, lift: 1.0 / rate, captured: count / (rate * len(came))}
    most = {precision: 1.0, lift: 1.0 / rate, captured: 1.0}
    drawn = {measure: resampled(measure, came, scores, len(came), blocks, RESAMPLES) for measure in factors}
    found = []
    for place, way in enumerate(ways):
        brings = precision(came, way.scores)
        estimates = [
            _estimate(brings, count, factor, most[measure], drawn[measure][:, place])
            for measure, factor in factors.items()
        ]
        gain = precision(came, scores[0]) - brings
        spread = float(np.nanstd(drawn[precision][:, 0] - drawn[precision][:, place]))
        against = standing(gain, max(ERRORS * spread, CHANCE / count)) if place else None
        found.append(
            Ranked(kind=way.kind, name=way.name, precision=estimates[0], lift=estimates[1], captured=estimates[2],
                   standing=against)
        )  # fmt: skip
    return tuple(found)


def _estimate(precision: float, count: int, factor: float, most: float, drawn: Numbers) -> Estimate:
    """The wider of the bootstrap's interval and Wilson's (1927): where few rows are all hits a bootstrap sees no doubt.

    `factor` makes of the precision what is estimated, which is `most` at best.
    """
    squared = NORMAL**2
    middle = (precision + squared / (2 * count)) / (1 + squared / count)
    reach = NORMAL / (1 + squared / count) * np.sqrt(precision * (1 - precision) / count + squared / (4 * count**2))
    low, high = (float(np.nanquantile(drawn, q)) for q in (0.025, 0.975))
    return Estimate(
        value=precision * factor,
        low=max(0.0, min(low, float(middle - reach) * factor)),
        high=min(most, max(high, float(middle + reach) * factor)),
    )
