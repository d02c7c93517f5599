"""The proof: the whole project from a clean checkout, and its predictions scored by the host on the sealed rows."""

from __future__ import annotations

import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agent_graph.artifacts import Check, HoldoutScore, Promise, ProofResult, RoleName, Setting
from agent_graph.checks import scoring
from agent_graph.checks.baseline import baseline
from agent_graph.checks.baseline import name as baseline_name
from agent_graph.checks.bench import LEARN, Bench, Findings, last_lines
from agent_graph.checks.blocks import blocks
from agent_graph.context import Context, Event
from agent_graph.errors import AgentGraphError
from agent_graph.gates import announce, bench_for
from agent_graph.sandbox import SessionResult, Step, StepResult
from agent_graph.state import RunState
from agent_graph.workspace import remove

PREDICTIONS, OUT_OF_FOLD = "artifacts/holdout_predictions.csv", "artifacts/oof.csv"
EVALUATION = "artifacts/reports/evaluation.json"
PIPELINE: tuple[tuple[str, RoleName], ...] = (
    ("ingest", "data_engineer"),
    ("validate", "data_engineer"),
    ("features", "data_scientist"),
    ("train", "ml_engineer"),
    ("evaluate", "ml_engineer"),
    ("promote", "ml_engineer"),
    ("reference", "observability"),
)
CLOSING = re.compile(r"\b\d+ (passed|failed|skipped|errors?)\b.* in ")


def prove(state: RunState, context: Context) -> ProofResult:
    """Install, test, run, predict in a clean checkout; then the promise is fixed, then the sealed rows are scored."""
    started = time.monotonic()
    context.emit(Event("prove", "", "a clean checkout, nothing kept from the gates"))
    bench = bench_for(state, context, fresh=True)
    try:
        with ThreadPoolExecutor(1) as pool:
            tests = pool.submit(_tests, bench)
            pipeline, out = _pipeline(bench)
            findings = [*_environment(bench, pipeline), *_ran(pipeline), *tests.result(), *_quality_tests(pipeline)]
        keep(out, context.folder / "proof")
        promise, holdout, judged = _score(bench, context.folder)
    finally:
        remove(bench.scratch)
    former = state.get("proof")
    checks = (*findings, *judged)
    announce(checks, "", context)
    result = ProofResult(
        attempt=1 if former is None else former.attempt + 1,
        commit=context.workspace.head(),
        checks=checks,
        promise=promise,
        holdout=holdout,
        sandbox=tuple(Setting(key=key, value=way) for key, way in sorted(pipeline.result.enforced.items())),
        seconds=round(time.monotonic() - started, 2),
    )
    verdict = "failed" if result.failed else "passed"
    context.emit(Event("prove", "", f"proof {verdict}", verdict, result.seconds))
    return result


def _pipeline(bench: Bench) -> tuple[SessionResult, Path]:
    budget = 60 + 6 * (bench.training.budget_s if bench.training else 60)
    steps = [bench.command(name, timeout_s=120 + budget) for name, _ in PIPELINE]
    steps = [
        Step("environment", ("/probes/environment.py", "/work/requirements.lock"), kind="script"),
        *steps,
        bench.command("predict", "--input", "/holdout", "--output", PREDICTIONS, timeout_s=180),
        _pytest("model tests", 120, "tests/model"),
    ]
    return bench.session(
        steps,
        mounts={"holdout": Path(bench.sealed.holdout_dir)},
        collect=(PREDICTIONS, OUT_OF_FOLD, EVALUATION),
        preload=(*LEARN, "pytest"),
    )


def _tests(bench: Bench) -> list[Check]:
    """The project's own tests, in a cell of their own, beside the pipeline."""
    findings = Findings("python_pro")
    result, _ = bench.session([_pytest("tests", 300, "tests/unit", "tests/integration")])
    ran = result.step("tests")
    summary = _summary(ran)
    findings.add(
        "proof_tests_pass",
        ran.ok and " passed" in summary,
        summary if ran.ok else f"{_ending(ran)}: {summary} {_failures(ran)}",
        ran.seconds,
    )
    return findings.checks


def _pytest(name: str, timeout_s: float, *folders: str) -> Step:
    """The project's tests as its own Makefile runs them: a process of its own, its own configuration."""
    words = ("python", "-m", "pytest", "-p", "no:cacheprovider", "--tb=line", "-rfE", "--color=no", *folders)
    return Step(name, words, kind="exec", timeout_s=timeout_s)


def _summary(step: StepResult) -> str:
    """pytest's closing line; empty when there is none."""
    lines = [line.strip("= ") for line in step.out.splitlines() if CLOSING.search(line)]
    return lines[-1] if lines else ""


def _failures(step: StepResult) -> str:
    lines = [line for line in step.out.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return "; ".join(lines[:6]) or last_lines(step.err or step.out, 4)


def _environment(bench: Bench, result: SessionResult) -> list[Check]:
    """The runtime holds exactly what the committed lock names, found inside the cell by our own probe."""
    findings = Findings("python_pro")
    step = result.step("environment")
    findings.add("proof_environment_from_lock", step.ok, last_lines(step.out or step.err, 2), step.seconds)
    return findings.checks


def _ran(result: SessionResult) -> list[Check]:
    checks: list[Check] = []
    for name, owner in (*PIPELINE, ("predict", "ml_engineer")):
        step, findings = result.step(name), Findings(owner)
        said = (
            f"exit 0 in {step.seconds:.1f} s" if step.ok else f"{_ending(step)}: {last_lines(step.err or step.out, 4)}"
        )
        findings.add(f"proof_{name}", step.ok, said, step.seconds)
        checks += findings.checks
    return checks


def _quality_tests(result: SessionResult) -> list[Check]:
    findings = Findings("python_pro")
    step = result.step("model tests")
    summary = _summary(step)
    if step.status == "exit" and step.rc == 5:  # pytest: nothing collected
        findings.not_checked("proof_model_tests", "the project has no model tests")
    elif step.ok and " passed" not in summary:
        findings.not_checked("proof_model_tests", f"none ran: {summary or last_lines(step.out, 2)}")
    else:
        findings.add(
            "proof_model_tests",
            step.ok,
            summary if step.ok else f"{_ending(step)}: {summary} {_failures(step)}",
            step.seconds,
        )
    return findings.checks


def _ending(step: StepResult) -> str:
    return (
        f"exit {step.rc}"
        if step.status == "exit"
        else f"{step.status} {step.rc if step.rc is not None else ''}".strip()
    )


def keep(out: Path, folder: Path) -> None:
    """Keep the files that the report is made of, opaque as they are."""
    remove(folder)
    folder.mkdir(parents=True)
    for path, name in ((PREDICTIONS, "predictions.csv"), (OUT_OF_FOLD, "oof.csv"), (EVALUATION, "evaluation.json")):
        if (out / path).is_file():
            shutil.copy(out / path, folder / name)


def _score(bench: Bench, folder: Path) -> tuple[Promise | None, HoldoutScore | None, list[Check]]:
    """First the promise, from out-of-fold predictions of open rows; only then the sealed labels are read."""
    findings = Findings("ml_engineer")
    kept = folder / "proof"
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
        return promise, None, findings.checks
    findings.add(
        "holdout_predictions_valid",
        True,
        f"{bench.sealed.holdout_rows:,} rows, each once, in order, finite, of known classes",
    )
    peer = baseline(bench)
    verdict = scoring.compare(
        answer, peer, baseline_name(bench.problem), bench.sealed, bench.problem, blocks(bench, bench.sealed.holdout_dir)
    )
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
    _reproduced(findings, kept / "predictions.csv", folder / "store" / PREDICTIONS)
    return promise, verdict.holdout, findings.checks


def _ranges(findings: Findings, bench: Bench, verdict: scoring.Verdict) -> None:
    """Where ranges were promised they hold on the sealed rows, too; rows of a later time may differ."""
    wanted = bench.training.interval_coverage if bench.training else None
    if wanted is None:
        return
    if verdict.coverage is None:
        findings.add("ranges_hold_on_holdout", False, "a range was asked for, but lower and upper are missing")
        return
    holds, words = scoring.covers(verdict.coverage, wanted, verdict.holdout.rows)
    findings.add("ranges_hold_on_holdout", holds, words, coverage=verdict.coverage)


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
