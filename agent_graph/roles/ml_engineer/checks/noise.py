"""Trained on labels that mean nothing, the project's out-of-fold predictions must know nothing.

Where they do, a row's own label has reached its prediction: members that were fitted on it, a feature that remembers
it, folds that aren't kept. The rows' labels are permuted before the project sees them, in a cell that holds no others.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl

from agent_graph import register
from agent_graph.artifacts import Check, MemberKind, Sealed, TrainingDesign
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import tracking
from agent_graph.measuring.landing import main_rows, opened, writer
from agent_graph.measuring.predictions import InvalidPredictions, read_out_of_fold
from agent_graph.measuring.reported import OUT_OF_FOLD
from agent_graph.measuring.signal import CHANCE, against_chance

NAME = "noise_teaches_nothing"
MOST_ROWS = 10_000
ROUNDS = 60  # of trees: enough to know rows by heart that they were fitted on
TREES: tuple[MemberKind, ...] = ("lightgbm", "catboost")  # the quicker one first
SEED = 20_262


def noise_teaches_nothing(bench: Bench) -> tuple[Check, ...]:
    """One check, from a training of its own."""
    findings = Findings("ml_engineer")
    if bench.training is None:
        findings.not_checked(NAME, "there is no training design yet")
        return tuple(findings.checks)
    sealed = _shuffled(bench)
    config = bench.scratch / "noise-config"
    shutil.copytree(bench.tree / "config", config)
    (config / "tuned.json").write_text(_quick_model(bench.training), encoding="utf-8")
    alone = dataclasses.replace(bench, store=bench.scratch / "noise-store")
    steps = (bench.command("ingest", timeout_s=120), bench.command("train", timeout_s=300))
    mounts, env = {"data": Path(sealed.open_dir), "noise": config}, {f"{bench.manifest.env_prefix}CONFIG_DIR": "/noise"}
    result, out = alone.session(steps, mounts=mounts, env=env, collect=(OUT_OF_FOLD,), preload=tracking.learn(bench))
    bad = next((step for step in result.steps if not step.ok), None)
    if bad is not None:
        said = f"{bad.name}: {bad.status} {bad.rc}, {last_lines(bad.err or bad.out, 3)}"
        findings.add(NAME, False, f"rows with permuted labels can't be trained on: {said}")
    else:
        _judge(findings, bench, sealed, out / OUT_OF_FOLD)
    return tuple(findings.checks)


def _shuffled(bench: Bench) -> Sealed:
    """A landing folder of (some) open rows with permuted labels, and the host's labels for them."""
    frame, random = main_rows(bench), np.random.default_rng(SEED)
    chosen = np.unique(np.linspace(0, len(frame) - 1, min(MOST_ROWS, len(frame))).astype(int))
    order = random.permutation(len(chosen))
    rows, target = frame[chosen], bench.problem.target.column
    folder = bench.scratch / "noise"
    writer(bench, opened(bench.profile.main.dialect))(rows.with_columns(rows[target][order].alias(target)), folder)
    labels = bench.scratch / "noise-labels.parquet"
    pl.read_parquet(bench.sealed.open_labels)[chosen][order].write_parquet(labels)
    facts = {"open_dir": str(folder), "open_labels": str(labels), "open_rows": len(chosen)}
    return bench.sealed.model_copy(update=facts)


def _quick_model(training: TrainingDesign) -> str:
    """A recipe of one member that learns by heart what it is fitted on."""
    own = {member.kind for member in training.members}
    kind = next((kind for kind in TREES if kind in own), "linear")
    return json.dumps({"members": [{"name": kind, "kind": kind, "parameters": {}, "rounds": ROUNDS, "weight": 1.0}]})


def _judge(findings: Findings, bench: Bench, sealed: Sealed, path: Path) -> None:
    try:
        answer, _ = read_out_of_fold(path, sealed, bench.problem)
    except InvalidPredictions as error:
        findings.add(NAME, False, f"out-of-fold predictions of permuted labels: {error}")
        return
    labels = pl.read_parquet(sealed.open_labels)["label"].to_numpy()[answer.rows]
    score, deviations, _ = against_chance(bench.problem, labels, answer.values.reshape(len(labels), -1))
    what = register.kind_of(bench.problem).shape.signal.name
    text = (
        f"trained on permuted labels, {len(labels):,} rows out of fold: {what} {score:.4f}, {deviations:.1f} standard "
    )
    # below chance is what folds of the same rows do to each other: a row left out makes its like rarer in the others
    findings.add(
        NAME, deviations < CHANCE, f"{text}deviations above chance (bar {CHANCE:g})", score=score, deviations=deviations
    )
