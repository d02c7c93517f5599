"""Two revisions on the same sealed rows: better, the same within the noise, or worse. Scored by the host."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import polars as pl

from agent_graph.artifacts import Comparison, Problem, Profile, Sealed
from agent_graph.measuring.blocks import block_numbers
from agent_graph.measuring.metrics import better, score
from agent_graph.measuring.predictions import InvalidPredictions, encoded, read_predictions
from agent_graph.measuring.scoring import standard_error

SAME = 2.0  # standard errors of the difference: less could be chance


def compared(
    former: int, before: Path, after: Path, problem: Problem, sealed: Sealed, profile: Profile
) -> Comparison | None:
    """How predictions `after` compare with those `before`; None when either file isn't valid any more."""
    try:
        answers = [read_predictions(path, sealed.holdout_rows, problem) for path in (before, after)]
    except InvalidPredictions:
        return None
    labels = pl.read_parquet(sealed.labels)["label"]
    known = labels.is_not_null().to_numpy()
    truth = encoded(labels.drop_nulls(), problem)
    old, new = (answer.values[known] for answer in answers)
    near = block_numbers(profile.main, problem, sealed.holdout_dir)
    noise = standard_error(problem, truth, new, old, None if near is None else near[known])
    scores = [score(problem, problem.metric, truth, values) for values in (old, new)]
    gain = better(problem.metric, scores[1], scores[0])
    verdict: Literal["better", "same", "worse"] = "better" if gain > 0 else "worse"
    if abs(gain) <= SAME * noise:
        verdict = "same"
    return Comparison(
        former=former, metric=problem.metric, before=scores[0], after=scores[1], noise=noise, verdict=verdict
    )
