"""The proof: the whole project from a clean checkout, and its predictions scored by the host on the sealed rows."""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agent_graph.artifacts import (
    Check,
    DecisionScore,
    Delivered,
    Event,
    HoldoutScore,
    ListedRow,
    Promise,
    ProofResult,
    Setting,
)
from agent_graph.bench import Bench, Findings
from agent_graph.context import Context
from agent_graph.errors import AgentGraphError
from agent_graph.measuring import commands, deciding, own_setup, scoring
from agent_graph.measuring.baseline import baseline
from agent_graph.measuring.baseline import name as baseline_name
from agent_graph.measuring.blocks import blocks
from agent_graph.measuring.pool import all_beside, beside
from agent_graph.proof import claims, configuration, pipeline, promises, supply
from agent_graph.proof.gates import announce
from agent_graph.proof.staging import bench_for, proven_key
from agent_graph.proof.steps import closing_line, ending, failures, pytest_step
from agent_graph.sandbox import StepResult
from agent_graph.state import RunState
from agent_graph.workspace import remove, write_atomic

FILES = ("predictions.csv", "oof.csv", "evaluation.json")  # of a pipeline, kept for the report
TESTS = ("tests/unit", "tests/integration")
LOOKS = "looks"  # file of a run: digests of the predictions whose score was seen


def prove(state: RunState, context: Context) -> ProofResult:
    """Install, test, run, predict in a clean checkout; then the promise is fixed, then the sealed rows are scored."""
    started = time.monotonic()
    context.emit(Event("prove", "", "a clean checkout, nothing kept from the gates"))
    bench = bench_for(state, context, fresh=True)
    former, now = state.get("proof"), state["revision"]
    key = proven_key(bench)
    if former is not None and former.key == key and former.revision != now and not former.failed:
        remove(bench.scratch)
        context.emit(Event("prove", "", "the same project as was proven: its proof stands"))
        return former.model_copy(update={"revision": now, "attempt": 1})
    try:
        seen = examine(bench, state, context)
        lock = bench.tree / "requirements.lock"
        dependencies = supply.dependencies(lock.read_text("utf-8")) if lock.is_file() else None
    finally:
        remove(bench.scratch)
    announce(seen.checks, "", context)
    result = ProofResult(
        attempt=former.attempt + 1 if former is not None and former.revision == now else 1,
        revision=now,
        key=key,
        looked=looks(context.sealed.parent),
        commit=context.workspace.head(),
        checks=seen.checks,
        promise=seen.promise,
        holdout=seen.holdout,
        decision=seen.decision,
        listed=seen.listed,
        sandbox=seen.sandbox,
        dependencies=dependencies,
        delivered=seen.delivered,
        seconds=round(time.monotonic() - started, 2),
    )
    verdict = "failed" if result.failed else "passed"
    context.emit(Event("prove", "", f"proof {verdict}", verdict, result.seconds))
    return result


@dataclass(frozen=True)
class Scored:
    """What the judge found of the predictions."""

    checks: tuple[Check, ...]
    promise: Promise | None
    holdout: HoldoutScore | None = None
    decision: DecisionScore | None = None


@dataclass(frozen=True)
class Examined:
    """What the proof found of one checkout."""

    checks: tuple[Check, ...]
    promise: Promise | None
    holdout: HoldoutScore | None
    decision: DecisionScore | None
    sandbox: tuple[Setting, ...]  # which control held, and how
    delivered: tuple[Delivered, ...] = ()
    listed: tuple[ListedRow, ...] = ()


def examine(bench: Bench, state: RunState, context: Context) -> Examined:
    """Everything that the proof looks at, on the bench's checkout."""
    ran, others = beside(
        lambda: pipeline.run(bench, state, context),
        lambda: all_beside(
            lambda: _tests(bench),
            lambda: own_setup.judge(bench),
            lambda: commands_there(bench),
            lambda: configuration.judge(bench),
        ),
    )
    findings = [*ran.checks, *(check for found in others for check in found)]
    keep(ran.files, context.folder / "proof")
    scored = score(bench, context)
    checks = (*findings, *scored.checks)
    return Examined(checks, scored.promise, scored.holdout, scored.decision, ran.sandbox, ran.delivered, ran.listed)


def looks(folder: Path, predictions: Path | None = None) -> int:
    """How many different answers to a run's sealed rows have been scored; `predictions` are counted before they are.

    Every look lets a choice be made by them, so none is forgotten, whatever is reverted; the same answers scored again
    teach nothing.
    """
    path = folder / LOOKS
    seen = path.read_text("utf-8").split() if path.is_file() else []
    if predictions is not None:
        seen = list(dict.fromkeys([*seen, hashlib.sha256(predictions.read_bytes()).hexdigest()]))
        write_atomic(path, "\n".join(seen))
    return len(seen)


def commands_there(bench: Bench) -> list[Check]:
    """What texts tell people and machines to run, of the whole project: a gate can't ask for what later roles write."""
    findings = Findings("mlops")
    found, count = commands.faults(bench.tree, bench.manifest.package)
    told = f"{count} commands of the whole project's texts are there, with the options they name"
    findings.add("proof_commands_exist", not found and count > 0, "; ".join(found[: commands.SHOWN]) or told)
    return findings.checks


def _tests(bench: Bench) -> list[Check]:
    """The project's own tests, each folder in a cell of its own, beside the pipeline."""
    findings = Findings("python_pro")
    ran = all_beside(*(partial(_tested, bench, folder) for folder in TESTS))
    said = [f"{step.name}: {closing_line(step)}" for step in ran]
    broken = [f"{step.name}: {ending(step)}: {closing_line(step)} {failures(step)}" for step in ran if not step.ok]
    good = all(step.ok and " passed" in closing_line(step) for step in ran)
    findings.add("proof_tests_pass", good, "; ".join(broken or said), sum(step.seconds for step in ran))
    return findings.checks


def _tested(bench: Bench, folder: str) -> StepResult:
    return bench.session([pytest_step(folder, bench.patience(300), folder)])[0].steps[0]


def keep(made: Path, folder: Path) -> None:
    """Keep the files that the report is made of, opaque as they are."""
    remove(folder)
    folder.mkdir(parents=True)
    for name in FILES:
        if (made / name).is_file():
            shutil.copy(made / name, folder / name)


def score(bench: Bench, context: Context) -> Scored:
    """First the promise, from out-of-fold predictions of open rows; only then the sealed labels are read."""
    findings = Findings("ml_engineer")
    kept = context.folder / "proof"
    promise: Promise | None = None
    try:
        promise = scoring.promise(kept / "oof.csv", bench.sealed, bench.problem, blocks(bench, bench.sealed.open_dir))
    except scoring.InvalidPredictions as error:
        findings.add("promise_made", False, str(error))
    else:
        findings.add(
            "promise_made",
            True,
            f"{promise.metric} {promise.score:.4g} out of fold, fixed before the hold-out "
            f"was scored; 95 % interval {promise.low:.4g} to {promise.high:.4g}",
        )
    try:
        answer = scoring.predictions(kept / "predictions.csv", bench.sealed.holdout_rows, bench.problem)
    except scoring.InvalidPredictions as error:
        findings.add("holdout_predictions_valid", False, str(error))
        return Scored(tuple(findings.checks), promise)
    findings.add(
        "holdout_predictions_valid",
        True,
        f"{bench.sealed.holdout_rows:,} rows, each once, in order, finite, of known classes",
    )
    looks(context.sealed.parent, kept / "predictions.csv")
    peer, together = baseline(bench), blocks(bench, bench.sealed.holdout_dir)
    verdict = scoring.compare(answer, peer, baseline_name(bench.problem), bench.sealed, bench.problem, together)
    findings.add(
        "beats_dummy_on_holdout",
        verdict.beats_dummy,
        verdict.dummy_words,
        score=verdict.holdout.score,
        dummy=verdict.holdout.dummy,
    )
    findings.add(
        "beats_baseline_on_holdout",
        verdict.beats_baseline,
        verdict.baseline_words,
        score=verdict.holdout.score,
        baseline=verdict.holdout.baseline,
    )
    _ranges(findings, bench, verdict)
    promises.judge(findings, bench.problem, bench.training, promise, verdict.holdout)
    claims.judge(findings, bench.tree, promise, verdict.holdout)
    _reproduced(findings, kept / "predictions.csv", context.folder / "store" / pipeline.PREDICTIONS)
    decision = deciding.decided(bench, answer, peer, together)
    return Scored(tuple(findings.checks), promise, verdict.holdout, decision)


def _ranges(findings: Findings, bench: Bench, verdict: scoring.Verdict) -> None:
    """Where ranges were promised they hold on the sealed rows, too; rows of a later time may differ."""
    wanted = bench.training.interval_coverage if bench.training else None
    if wanted is None:
        return
    if verdict.covered is None:
        findings.add("ranges_hold_on_holdout", False, "a range was asked for, but lower and upper are missing")
        return
    holds, words = verdict.covered.holds(wanted)
    findings.add("ranges_hold_on_holdout", holds, words, coverage=verdict.covered.share)


def _reproduced(findings: Findings, proof: Path, gate: Path) -> None:
    """The clean checkout's model answers as the gate's did: nothing of it depends on what lay around."""
    if not gate.is_file():
        findings.not_checked("reproduced_from_clean_checkout", "the gate kept no predictions to compare with")
        return
    try:
        worst = scoring.difference(proof, gate)
    except scoring.InvalidPredictions as error:
        raise AgentGraphError(f"predictions that were valid can't be compared: {error}") from error
    findings.add(
        "reproduced_from_clean_checkout",
        worst <= 1e-9,
        f"largest difference to the gate's model {worst:.3g}",
        largest_difference=worst,
    )
