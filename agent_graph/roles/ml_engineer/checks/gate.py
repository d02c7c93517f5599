"""The ml-engineer gate: search, train, evaluate, promote and predict in the cell; the host does the arithmetic."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from agent_graph.artifacts import Check, TrainingDesign
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import tracking
from agent_graph.measuring.pool import beside
from agent_graph.measuring.reported import EVALUATION, OUT_OF_FOLD
from agent_graph.roles.ml_engineer.checks.drill import ANSWERS, judge_drill
from agent_graph.roles.ml_engineer.checks.drill_steps import drill_steps, first_model, other_model, some_rows
from agent_graph.roles.ml_engineer.checks.noise import noise_teaches_nothing
from agent_graph.roles.ml_engineer.checks.reports import judge_reports
from agent_graph.roles.ml_engineer.checks.scores import judge_scores
from agent_graph.roles.ml_engineer.checks.tuned import InvalidTuned, read_tuned
from agent_graph.sandbox import SessionResult, Step, StepResult

HOLDOUT = "artifacts/holdout_predictions.csv"
SLACK, SLACK_S = 1.15, 2.0  # how far a search may go over its budget
SLOWEST_S = 4 * 3600.0
SLOW_ROW_S = 1e-3  # a search may learn from some rows, but `train` fits them all, twice
MORE = ("scipy.sparse", "sklearn.linear_model", "sklearn.model_selection", "threadpoolctl", "pydantic_settings",
        "matplotlib.figure", "matplotlib.backends.backend_agg", "joblib", "sklearn.metrics")  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What one session in the cell gave."""

    session: SessionResult
    out: Path

    def step(self, name: str) -> StepResult:
        """The result of one step."""
        return self.session.step(name)


def run(bench: Bench) -> tuple[Check, ...]:
    """All checks of the role; beside the pipeline, two cells with the drill and with labels that mean nothing."""
    findings = Findings("ml_engineer")
    if bench.training is None:
        findings.not_checked("training_runs", "there is no training design yet")
        return tuple(findings.checks)
    training = bench.training
    done, (drilled, noise) = beside(
        lambda: _measured(bench),
        lambda: beside(lambda: _drilled(bench, training), lambda: noise_teaches_nothing(bench)),
    )
    _commands(findings, done)
    _judge_search(findings, bench, bench.training, done)
    judge_scores(findings, bench, bench.training, done.out / HOLDOUT, done.out / OUT_OF_FOLD)
    if done.step("evaluate").ok:
        files = (bench.store / EVALUATION, done.out / OUT_OF_FOLD)
        judge_reports(findings, bench.problem, bench.sealed, *files)
    judge_drill(findings, drilled.session, drilled.out, bench.manifest)
    return (*findings.checks, *noise)


def search_holds(bench: Bench) -> tuple[Check, ...]:
    """The part that is about `tune`: its clock and its result."""
    findings, training = Findings("ml_engineer"), bench.training
    if training is not None:
        steps = (_tune(bench, training),)
        session, out = bench.session(steps, collect=("config/tuned.json",), preload=(*tracking.learn(bench), *MORE))
        _judge_search(findings, bench, training, Run(session, out))
    return tuple(findings.checks)


def something_kept(bench: Bench) -> tuple[Check, ...]:
    """The part that leaves something to those who come later: search, training, evaluation, promotion."""
    findings, training = Findings("ml_engineer"), bench.training
    if training is not None:
        steps = _pipeline(bench)[:-1]
        preload = (*tracking.learn(bench), *MORE)
        session, out = bench.session(steps, keep=("artifacts",), collect=("config/tuned.json",), preload=preload)
        _judge_search(findings, bench, training, Run(session, out))
    return tuple(findings.checks)


def versions_hold(bench: Bench) -> tuple[Check, ...]:
    """The part that is about versions: trained again after a kill, promoted, rolled back."""
    findings = Findings("ml_engineer")
    if bench.training is not None:
        drilled = _drilled(bench, bench.training)
        judge_drill(findings, drilled.session, drilled.out, bench.manifest)
    return tuple(findings.checks)


def _judge_search(findings: Findings, bench: Bench, training: TrainingDesign, done: Run) -> None:
    _budget(findings, done.step("tune"), training.budget_s)
    _tuned(findings, bench, done)


def _measured(bench: Bench) -> Run:
    """The pipeline on the project's rows, whose model is kept for the gates that follow."""
    session, out = bench.session(
        _pipeline(bench),
        mounts={"holdout": Path(bench.sealed.holdout_dir)},
        keep=("artifacts",),
        collect=("config/tuned.json",),
        preload=(*tracking.learn(bench), *MORE),
    )
    for path in (HOLDOUT, OUT_OF_FOLD):  # `keep` moved them to the store
        if (bench.store / path).is_file() and session.step("train").ok:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(bench.store / path, out / path)
    return Run(session, out)


def _drilled(bench: Bench, training: TrainingDesign) -> Run:
    """The same training twice, killed in between; another version promoted and rolled back. It keeps nothing."""
    first, other = (bench.scratch / f"drill-{name}" for name in ("first", "other"))
    for config in (first, other):
        shutil.copytree(bench.tree / "config", config)
    first_model(first)
    other_model(bench, training, other)
    some = some_rows(bench)
    session, out = bench.session(
        drill_steps(bench, _longest(bench), sampled=some is not None),
        mounts={
            "holdout": Path(bench.sealed.holdout_dir),
            "first": first,
            "other": other,
            **({"some": some} if some else {}),
            **tracking.mounts(bench),
        },
        collect=ANSWERS,
        preload=tracking.learn(bench),
    )
    return Run(session, out)


def _pipeline(bench: Bench) -> list[Step]:
    return [
        *([_tune(bench, bench.training)] if bench.training else []),
        bench.command("train", timeout_s=_longest(bench)),
        bench.command("evaluate", timeout_s=120),
        bench.command("promote", timeout_s=60),
        _predict(bench),
    ]


def _tune(bench: Bench, training: TrainingDesign) -> Step:
    budget = training.budget_s
    return bench.command("tune", "--budget", f"{budget:g}", timeout_s=2 * budget + 60)


def _predict(bench: Bench) -> Step:
    return bench.command("predict", "--input", "/holdout", "--output", HOLDOUT, timeout_s=180)


def _longest(bench: Bench) -> float:
    """Seconds that one training may take."""
    budget = bench.training.budget_s if bench.training else 0.0
    return 60 + 6 * budget + SLOW_ROW_S * bench.sealed.open_rows


def _commands(findings: Findings, done: Run) -> None:
    for name in ("tune", "train", "evaluate", "promote", "predict"):
        step = done.step(name)
        said = f"exit 0 in {step.seconds:.1f} s"
        if not step.ok:
            said = f"{step.status} {step.rc}: {last_lines(step.err, 4)}"
        findings.add(f"{name}_runs", step.ok, said, step.seconds)
    train = done.step("train")
    if train.ok:
        findings.add("training_seconds", train.seconds < SLOWEST_S, f"{train.seconds:.1f} s; the bar is four hours",
                     train.seconds, training__s=train.seconds, peak_memory__bytes=train.peak_rss)  # fmt: skip
    else:
        findings.not_checked("training_seconds", "train didn't end well")


def _budget(findings: Findings, step: StepResult, budget: float) -> None:
    if not step.ok:
        findings.add("search_within_budget", False, f"tune ended with {step.status} {step.rc}", step.seconds)
        return
    most = budget * SLACK + SLACK_S
    said = f"{step.seconds:.1f} s by our clock for a budget of {budget:g} s; at most {most:.1f} s"
    findings.add("search_within_budget", step.seconds <= most, said, step.seconds, search__s=step.seconds)


def _tuned(findings: Findings, bench: Bench, done: Run) -> None:
    """Adopt what the search found when it is sound."""
    path = done.out / "config" / "tuned.json"
    try:
        tuned = read_tuned(path, bench.problem)
    except InvalidTuned as error:
        findings.add("search_result_valid", False, str(error))
        return
    bench.adopt("config/tuned.json", tuned.text)
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in tuned.weights)
    findings.add("search_result_valid", True, f"known members and parameters inside their bounds: {weights}")
