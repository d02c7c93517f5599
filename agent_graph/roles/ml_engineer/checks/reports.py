"""Scores that the project's evaluation tells of itself: worked out anew by the host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agent_graph.artifacts import Check, Problem, Sealed
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import tracking
from agent_graph.measuring.predictions import InvalidPredictions, read_out_of_fold
from agent_graph.measuring.reported import EVALUATION, OUT_OF_FOLD, differing, recomputed
from agent_graph.measuring.syntax import json_value

NAME = "reported_scores_true"
MOST_BYTES = 16 << 20


def reports_agree(bench: Bench) -> tuple[Check, ...]:
    """`evaluate` of the candidate that the store holds, and what it then says."""
    findings = Findings("ml_engineer")
    steps = (bench.command("evaluate", timeout_s=120),)
    result, out = bench.session(steps, collect=(EVALUATION,), preload=tracking.learn(bench))
    step = result.step("evaluate")
    if step.ok:
        judge_reports(findings, bench.problem, bench.sealed, out / EVALUATION, bench.store / OUT_OF_FOLD)
    else:
        findings.add("evaluate_runs", False, last_lines(step.err, 3), step.seconds)
    return tuple(findings.checks)


def judge_reports(findings: Findings, problem: Problem, sealed: Sealed, report: Path, out_of_fold: Path) -> None:
    """`reported_scores_true`, from the rows that the report says it is about."""
    try:
        answer, truth = read_out_of_fold(out_of_fold, sealed, problem)
    except InvalidPredictions as error:
        findings.add(NAME, False, f"the out-of-fold predictions can't be scored: {error}")
        return
    _reported(findings, problem, report, recomputed(problem, truth, answer.values), len(truth))


def _reported(findings: Findings, problem: Problem, path: Path, known: Mapping[str, float], rows: int) -> None:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        report = json_value(path.read_text(encoding="utf-8"))
        said = {key: one["value"] for key, one in report["scores"].items()}
        metric, main, counted = report["metric"], report["score"], report["rows"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        findings.add(NAME, False, f"{path.name} can't be used: {error!r}"[:300])
        return
    faults = differing(said, known)
    faults += [f"it is about {metric!r}, asked was {problem.metric}"] if metric != problem.metric else []
    faults += differing({problem.metric: main}, known)
    faults += [f"it speaks of {counted} rows, {rows} were predicted out of fold"] if counted != rows else []
    both = sum(key in known for key in said)
    text = f"{both} scores of {path.name} are what the host makes of the same {rows:,} predictions"
    findings.add(NAME, not faults and both > 0, "; ".join(dict.fromkeys(faults)) or text, scores=both)
