"""Out-of-fold predictions and the answer to the sealed rows: judged by the host's own labels and arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import Problem, TrainingDesign
from agent_graph.bench import Bench, Findings
from agent_graph.measuring import scoring
from agent_graph.measuring.baseline import Baseline, baseline, dummy, name
from agent_graph.measuring.blocks import blocks
from agent_graph.measuring.metrics import score
from agent_graph.measuring.predictions import Answer, InvalidPredictions, read_out_of_fold, read_predictions

FEWEST_COMMON = 50  # rows that both the project and the host have predicted out of fold
CALIBRATION = 0.05  # expected calibration error, or distance of the totals' ratio from 1
TOTALS = 0.1  # the latter where totals don't matter
WHOLE, ABOUT = 0.998, 0.5  # of the rows that are to be validated; rows delivered twice count once
Labels = NDArray[np.generic]


def judge_scores(findings: Findings, bench: Bench, training: TrainingDesign, holdout: Path, out_of_fold: Path) -> None:
    """Every check of what the model answers; the sealed labels are not read here."""
    problem = bench.problem
    try:
        read_predictions(holdout, bench.sealed.holdout_rows, problem)
    except InvalidPredictions as error:
        findings.add("model_predicts_holdout", False, str(error))
    else:
        rows = bench.sealed.holdout_rows
        said = f"{rows:,} unseen rows answered, each once, finite, of known classes"
        findings.add("model_predicts_holdout", True, said)
    names = ("beats_dummy", "beats_baseline", "calibration_error", "interval_coverage")
    try:
        answer, truth = read_out_of_fold(out_of_fold, bench.sealed, problem)
    except InvalidPredictions as error:
        for check in names:
            findings.add(check, False, f"the out-of-fold predictions can't be judged: {error}")
        return
    _complete(findings, bench, answer)
    _beats(findings, bench, answer, truth)
    _calibrated(findings, problem, answer, truth, _independent(bench, len(truth)))
    _covered(findings, bench, training, answer, truth)


def _complete(findings: Findings, bench: Bench, answer: Answer) -> None:
    """No row is left out of validation: all of them in folds, or as many as the design holds back."""
    design = bench.features
    if design is None:
        findings.not_checked("out_of_fold_complete", "there is no design of the data scientist")
        return
    labelled = pl.read_parquet(bench.sealed.open_labels)["label"].drop_nulls().len()
    whole = design.folds > 1 and bench.problem.split.kind != "time"
    share = 1.0 if whole else min(design.validation_share * design.folds, 1.0)
    least = share * labelled * (WHOLE if whole else ABOUT)  # parts by time or group aren't cut to the row
    text = (
        f"{len(answer.rows):,} of {labelled:,} labelled rows predicted out of fold, at least {least:,.0f} are asked for"
    )
    findings.add("out_of_fold_complete", len(answer.rows) >= least, text, rows=len(answer.rows))


def _beats(findings: Findings, bench: Bench, answer: Answer, truth: Labels) -> None:
    problem, peer = bench.problem, baseline(bench)
    near = blocks(bench, bench.sealed.open_dir)
    inside = None if near is None else near[answer.rows]
    guess = dummy(problem, truth, len(truth))
    own = score(problem, problem.metric, truth, answer.values)
    above, words = scoring.above_nothing(problem, truth, answer.values, guess, inside)
    floor = score(problem, problem.metric, truth, guess)
    findings.add("beats_dummy", above, words, out_of_fold=own, dummy=floor)
    mine, theirs = _common(answer, peer)
    if len(mine) < FEWEST_COMMON:
        findings.not_checked("beats_baseline", f"only {len(mine)} rows were predicted out of fold by both")
        return
    inside = None if near is None else near[answer.rows[mine]]
    standing, words = scoring.margin(
        problem, truth[mine], answer.values[mine], peer.open[theirs], name(problem), inside
    )
    findings.add("beats_baseline", standing != "worse", f"{words}, out of fold on both sides",
                 baseline=score(problem, problem.metric, truth[mine], peer.open[theirs]))  # fmt: skip


def _common(answer: Answer, peer: Baseline) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions, in either answer, of the rows that both hold."""
    _, mine, theirs = np.intersect1d(answer.rows, peer.rows, assume_unique=True, return_indices=True)
    return mine, theirs


def _independent(bench: Bench, rows: int) -> float:
    """How many rows these are worth: those of a group resemble each other (Kish 1965, half of what is alike)."""
    near = blocks(bench, bench.sealed.open_dir) if bench.problem.split.kind == "group" else None
    size = 1.0 if near is None else len(near) / max(len(np.unique(near)), 1)
    return rows / (1 + (size - 1) / 2)


def _calibrated(findings: Findings, problem: Problem, answer: Answer, truth: Labels, rows: float) -> None:
    """Honest on the whole, as its kind of answer is; the bar has room for what chance does to so many rows.

    `rows` is how many independent ones the answers are worth; chance falls with the square root of them.
    """
    calibration = register.kind_of(problem).calibration
    found = calibration.measured(problem, truth, answer.values)
    error, exact = found.error, problem.calibrated_totals or calibration.always
    bar = (CALIBRATION if exact else TOTALS) + found.chance * (len(truth) / rows) ** 0.5
    if not np.isfinite(error):
        findings.not_checked("calibration_error", "the true total is 0, so there is no ratio to it")
        return
    findings.add(
        "calibration_error",
        error <= bar,
        f"{found.words}: {error:.3f}, at most {bar:.3f}",
        calibration_error=error,
    )


def _covered(findings: Findings, bench: Bench, training: TrainingDesign, answer: Answer, truth: Labels) -> None:
    wanted = training.interval_coverage
    if wanted is None:
        return  # no range was asked for
    near = blocks(bench, bench.sealed.open_dir)
    found = scoring.coverage(answer, truth, blocks=None if near is None else near[answer.rows])
    if found is None or answer.lower is None or answer.upper is None:
        findings.add("interval_coverage", False, "a range was asked for, but lower and upper are missing")
        return
    holds, words = found.holds(wanted)
    width = float((answer.upper - answer.lower).mean())
    findings.add("interval_coverage", holds, words, coverage=found.share, mean_width=width)
