"""The project's pipeline as the proof runs it: trained without the files that only serve or watch, then whole.

The first part's cell holds the checkout without what mlops and observability wrote, so its result can't depend on that
and is kept by content: sending one of them back doesn't train the model again. The second part runs on the whole
checkout with the model of the first: it has to give the same answers, and to pass the model's tests.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from agent_graph.artifacts import Check, Delivered, ListedRow, RoleName, Setting
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.context import Context
from agent_graph.measuring import scoring, tracking
from agent_graph.proof import answering
from agent_graph.proof.delivering import deliver
from agent_graph.proof.staging import measured_key, trained_tree
from agent_graph.proof.steps import closing_line, ending, failures, pytest_step
from agent_graph.roles import BY_NAME
from agent_graph.sandbox import SessionResult, Step
from agent_graph.state import RunState
from agent_graph.workspace import PREDICTED, remove, write_atomic

PREDICTIONS, OUT_OF_FOLD = "artifacts/holdout_predictions.csv", "artifacts/oof.csv"
EVALUATION = "artifacts/reports/evaluation.json"
AGAIN = "artifacts/holdout_predictions_whole.csv"
KEPT = ("data/processed", "artifacts")  # what the second part goes on with
TRAINED: tuple[tuple[str, RoleName], ...] = (
    ("ingest", "data_engineer"),
    ("validate", "data_engineer"),
    ("features", "data_scientist"),
    ("train", "ml_engineer"),
    ("evaluate", "ml_engineer"),
    ("promote", "ml_engineer"),
    ("predict", "ml_engineer"),
)
LAST = "python_pro"  # the role whose files are the last of the first part
ENVIRONMENT = Step("environment", ("/probes/environment.py", "/work/requirements.lock"), kind="script")
_CHECKS, _SANDBOX = TypeAdapter(tuple[Check, ...]), TypeAdapter(tuple[Setting, ...])


@dataclass(frozen=True)
class Pipeline:
    """What both parts found, and the folder with predictions.csv, oof.csv and evaluation.json."""

    checks: tuple[Check, ...]
    files: Path
    sandbox: tuple[Setting, ...]  # which control held, and how
    delivered: tuple[Delivered, ...] = ()
    listed: tuple[ListedRow, ...] = ()


def run(bench: Bench, state: RunState, context: Context) -> Pipeline:
    """Both parts, the first one from what is kept when it was run before."""
    tree = trained_tree(bench, context.workspace.owned(), BY_NAME[LAST])
    trained = replace(bench, tree=tree, store=bench.scratch / "trained")
    kept = context.folder / "proven" / measured_key(BY_NAME[LAST], state, trained)[:32]
    first = first_part(trained, kept)
    if _failed(first):
        return first
    checks, delivered = deliver(bench, kept / "store", context.folder / PREDICTED)
    whole, listed = _whole(bench, kept)
    return replace(first, checks=(*first.checks, *whole, *checks), delivered=delivered, listed=listed)


def first_part(bench: Bench, kept: Path) -> Pipeline:
    """What training came to, from `kept` when it held there; a busy machine is no verdict for ever."""
    if not (kept / "checks.json").is_file() or _failed(_kept(kept)):
        _train(bench, kept)
    return _kept(kept)


def _kept(folder: Path) -> Pipeline:
    checks = _CHECKS.validate_json((folder / "checks.json").read_text("utf-8"))
    return Pipeline(checks, folder, _SANDBOX.validate_json((folder / "sandbox.json").read_text("utf-8")))


def _failed(pipeline: Pipeline) -> bool:
    return any(check.verdict == "failed" for check in pipeline.checks)


def _train(bench: Bench, kept: Path) -> None:
    budget = 60 + 6 * (bench.training.budget_s if bench.training else 60)
    steps = [
        ENVIRONMENT,
        *(bench.command(name, timeout_s=120 + budget) for name, _ in TRAINED[:-1]),
        bench.command("predict", "--input", "/holdout", "--output", PREDICTIONS, timeout_s=180),
    ]
    result, _ = bench.session(
        steps, mounts={"holdout": Path(bench.sealed.holdout_dir)}, keep=KEPT, preload=tracking.learn(bench)
    )
    checks = (*environment(result), *_ran(result, TRAINED))
    for former in kept.parent.glob("*"):  # of another training
        remove(former)
    kept.mkdir(parents=True)
    if bench.store.is_dir():
        shutil.copytree(bench.store, kept / "store", copy_function=os.link)
    for path, name in ((PREDICTIONS, "predictions.csv"), (OUT_OF_FOLD, "oof.csv"), (EVALUATION, "evaluation.json")):
        if (bench.store / path).is_file():
            shutil.copy(bench.store / path, kept / name)
    for answer in (PREDICTIONS, AGAIN):  # the second part must give its own
        (kept / "store" / answer).unlink(missing_ok=True)
    sandbox = tuple(Setting(key=key, value=way) for key, way in sorted(result.result.enforced.items()))
    write_atomic(kept / "sandbox.json", _SANDBOX.dump_json(sandbox).decode())
    write_atomic(kept / "checks.json", _CHECKS.dump_json(checks).decode())


def _whole(bench: Bench, kept: Path) -> tuple[list[Check], tuple[ListedRow, ...]]:
    """The whole checkout with the trained model: the monitor's reference, the same answers once more, model tests, the
    answer that was asked for."""
    steps = [
        bench.command("reference", timeout_s=180),
        bench.command("predict", "--input", "/holdout", "--output", AGAIN, step="predict again", timeout_s=180),
        pytest_step("model tests", bench.patience(120), "tests/model"),
        *answering.steps(bench),
    ]
    whole = replace(bench, store=kept / "store")
    result, out = whole.session(
        steps,
        mounts={"holdout": Path(bench.sealed.holdout_dir)},
        collect=(AGAIN, answering.DELIVERIES),
        preload=(*tracking.learn(bench), "pytest"),
    )
    findings = Findings("python_pro")
    again, step = out / AGAIN, result.step("predict again")
    try:
        worst = scoring.difference(kept / "predictions.csv", again) if step.ok and again.is_file() else None
    except scoring.InvalidPredictions as error:
        findings.add("proof_whole_answers_alike", False, f"the whole project's predictions: {error}", step.seconds)
    else:
        said = f"{ending(step)}: {last_lines(step.err or step.out, 4)}"
        words = said if worst is None else f"largest difference to the first part's answers {worst:.3g}"
        findings.add("proof_whole_answers_alike", worst is not None and worst <= 1e-9, words, step.seconds)
    answered, folder = answering.judge(whole, result, out, kept / "predictions.csv")
    checks = [*_ran(result, (("reference", "observability"),)), *findings.checks, *_model_tests(result), *answered]
    return checks, answering.first_rows(folder, answering.naming(bench))


def environment(result: SessionResult) -> list[Check]:
    """The runtime holds exactly what the committed lock names, found inside the cell by our own probe.

    And the lock names each extra that one of its packages asks for: pip refuses it else, on a day that nobody knows.
    """
    findings, step = Findings("python_pro"), result.step(ENVIRONMENT.name)
    findings.add("proof_environment_from_lock", step.ok, last_lines(step.out or step.err, 2), step.seconds)
    return findings.checks


def _ran(result: SessionResult, commands: tuple[tuple[str, RoleName], ...]) -> list[Check]:
    checks: list[Check] = []
    for name, owner in commands:
        step, findings = result.step(name), Findings(owner)
        done = f"exit 0 in {step.seconds:.1f} s"
        said = done if step.ok else f"{ending(step)}: {last_lines(step.err or step.out, 4)}"
        findings.add(f"proof_{name}", step.ok, said, step.seconds)
        checks += findings.checks
    return checks


def _model_tests(result: SessionResult) -> list[Check]:
    findings, step = Findings("python_pro"), result.step("model tests")
    summary = closing_line(step)
    if step.status == "exit" and step.rc == 5:  # pytest: nothing collected
        findings.not_checked("proof_model_tests", "the project has no model tests")
    elif step.ok and " passed" not in summary:
        findings.not_checked("proof_model_tests", f"none ran: {summary or last_lines(step.out, 2)}")
    else:
        said = summary if step.ok else f"{ending(step)}: {summary} {failures(step)}"
        findings.add("proof_model_tests", step.ok, said, step.seconds)
    return findings.checks
