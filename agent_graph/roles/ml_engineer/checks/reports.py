"""Scores that the project tells of itself, in its evaluation and in its tracking store: worked out anew by the host."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent_graph import register
from agent_graph.artifacts import Check, Problem, Sealed
from agent_graph.bench import LEARN, Bench, Findings, last_lines
from agent_graph.kind import Numbers
from agent_graph.measuring.predictions import InvalidPredictions, read_out_of_fold
from agent_graph.measuring.syntax import json_value
from agent_graph.sandbox import Step, StepResult

REPORT, OUT_OF_FOLD = "artifacts/reports/evaluation.json", "artifacts/oof.csv"
MOST_BYTES = 16 << 20
CLOSE = 1e-3  # relative: a metric may be summed in another order, never be another number
PREFIXES = ("", "evaluation_")  # of a metric's name in the tracking store
Labels = NDArray[np.generic]


def tracked_runs(bench: Bench) -> Step:
    """What MLflow's store holds, counted and read by our own probe."""
    words = ("/probes/ml_engineer_trials.py", "sqlite:///artifacts/mlflow.db", bench.manifest.experiment)
    return Step("trials", words, kind="script")


def reports_agree(bench: Bench) -> tuple[Check, ...]:
    """`evaluate` of the candidate that the store holds, and what it then says."""
    findings = Findings("ml_engineer")
    steps = (bench.command("evaluate", timeout_s=120), tracked_runs(bench))
    result, out = bench.session(steps, collect=(REPORT,), preload=LEARN)
    step = result.step("evaluate")
    if step.ok:
        files = (out / REPORT, bench.store / OUT_OF_FOLD)
        judge_reports(findings, bench.problem, bench.sealed, *files, result.step("trials"))
    else:
        findings.add("evaluate_runs", False, last_lines(step.err, 3), step.seconds)
    return tuple(findings.checks)


def judge_reports(
    findings: Findings, problem: Problem, sealed: Sealed, report: Path, out_of_fold: Path, tracked: StepResult
) -> None:
    """`reported_scores_true` and `tracked_scores_true`, from the rows that the report says it is about."""
    try:
        answer, truth = read_out_of_fold(out_of_fold, sealed, problem)
    except InvalidPredictions as error:
        for name in ("reported_scores_true", "tracked_scores_true"):
            findings.add(name, False, f"the out-of-fold predictions can't be scored: {error}")
        return
    known = recomputed(problem, truth, answer.values)
    _reported(findings, problem, report, known, len(truth))
    _tracked(findings, problem, tracked, known)


def recomputed(problem: Problem, truth: Labels, values: Numbers) -> dict[str, float]:
    """Every metric that the host has for this task and these rows."""
    found: dict[str, float] = {}
    for metric in register.kind_of(problem).measured:
        try:
            found[metric.name] = metric.score(truth, values)
        except ValueError:
            continue  # not of such labels
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _reported(findings: Findings, problem: Problem, path: Path, known: Mapping[str, float], rows: int) -> None:
    name = "reported_scores_true"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        report = json_value(path.read_text(encoding="utf-8"))
        said = {key: one["value"] for key, one in report["scores"].items()}
        metric, main, counted = report["metric"], report["score"], report["rows"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        findings.add(name, False, f"{path.name} can't be used: {error!r}"[:300])
        return
    faults = differing(said, known)
    faults += [f"it is about {metric!r}, asked was {problem.metric}"] if metric != problem.metric else []
    faults += differing({problem.metric: main}, known)
    faults += [f"it speaks of {counted} rows, {rows} were predicted out of fold"] if counted != rows else []
    both = sum(key in known for key in said)
    text = f"{both} scores of {path.name} are what the host makes of the same {rows:,} predictions"
    findings.add(name, not faults and both > 0, "; ".join(dict.fromkeys(faults)) or text, scores=both)


def _tracked(findings: Findings, problem: Problem, step: StepResult, known: Mapping[str, float]) -> None:
    name = "tracked_scores_true"
    try:
        runs: list[dict[str, Any]] = json_value(step.out.strip().splitlines()[-1])["scores"]
        said = [(key, value) for run in runs for key, value in run.items()]
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        findings.add(name, False, f"MLflow's store couldn't be read: {last_lines(step.err, 3)}")
        return
    same = {f"{prefix}{key}": value for prefix in PREFIXES for key, value in known.items()}
    faults = [fault for key, value in said for fault in differing({key: value}, same)]
    both = sum(key in same for key, _ in said)
    main = any(key.endswith(problem.metric) for key, _ in said)
    text = f"{both} scores in MLflow's runs are what the host makes of the same predictions"
    faults += [] if main else [f"no run of a training holds {problem.metric}"]
    findings.add(name, not faults, "; ".join(dict.fromkeys(faults)) or text, scores=both)


def differing(said: Mapping[str, Any], known: Mapping[str, float]) -> list[str]:
    """Each score that is another than the host's; those that the host has no arithmetic for are passed over."""
    found = []
    for name in said.keys() & known.keys():
        value = said[name]
        right = isinstance(value, int | float) and math.isclose(value, known[name], rel_tol=CLOSE, abs_tol=1e-6)
        if not right:
            found.append(f"{name} is said to be {value}, it is {known[name]:.6g}")
    return sorted(found)
