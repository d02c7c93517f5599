"""The ml-engineer gate: search, train, evaluate, promote and predict in the cell; the host does the arithmetic."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent_graph.artifacts import Check, TrainingDesign
from agent_graph.checks.bench import LEARN, Bench, Findings, last_lines
from agent_graph.checks.data_scientist_landing import main_rows, opened, writer
from agent_graph.checks.ml_engineer_drill import judge_drill
from agent_graph.checks.ml_engineer_scores import judge_scores
from agent_graph.checks.ml_engineer_tuned import InvalidTuned, read_tuned
from agent_graph.sandbox import SessionResult, Step, StepResult

HOLDOUT = "artifacts/holdout_predictions.csv"
DRILL = "drill"  # artifacts of the repeated training and of the registry drill, apart from those that are kept
DRILL_ROWS = 40_000  # of more open rows, the drill's trainings see so many
ONCE = "once.csv"  # what a model of these rows answers
ANSWERS = ("repeated.csv", "other.csv", "back.csv")
SLACK, SLACK_S = 1.15, 2.0  # how far a search may go over its budget
SLOWEST_S = 4 * 3600.0
SLOW_ROW_S = 1e-3  # a search may learn from some rows, but `train` fits them all, twice
MORE = ("scipy.sparse", "sklearn.linear_model", "sklearn.model_selection", "threadpoolctl", "pydantic_settings",
        "matplotlib.figure", "matplotlib.backends.backend_agg", "joblib", "sklearn.metrics", "sqlalchemy", "alembic",
        "mlflow.store.tracking.sqlalchemy_store", "mlflow.store.model_registry.sqlalchemy_store")  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What one session in the cell gave."""

    session: SessionResult
    out: Path

    def step(self, name: str) -> StepResult:
        """The result of one step."""
        return self.session.step(name)


def run(bench: Bench) -> tuple[Check, ...]:
    """All checks of the role, from one session."""
    findings = Findings("ml_engineer")
    if bench.training is None:
        findings.not_checked("training_runs", "there is no training design yet")
        return tuple(findings.checks)
    done = _measured(bench, bench.training)
    _commands(findings, done)
    _budget(findings, done.step("tune"), bench.training.budget_s)
    tuned = _tuned(findings, bench, done)
    _trials(findings, done.step("trials"), tuned)
    judge_scores(findings, bench, bench.training, done.out / HOLDOUT, done.out / "artifacts" / "oof.csv")
    sampled = bench.sealed.open_rows > DRILL_ROWS
    judge_drill(findings, done.session, done.out, done.out / (ONCE if sampled else HOLDOUT))
    return tuple(findings.checks)


def _measured(bench: Bench, training: TrainingDesign) -> Run:
    """The pipeline, then the same training again after a kill, then another version promoted and rolled back."""
    config = bench.scratch / "drill-config"
    shutil.copytree(bench.tree / "config", config)
    (config / "tuned.json").write_text(_other_model(bench, training), encoding="utf-8")
    longest = 60 + 6 * training.budget_s + SLOW_ROW_S * bench.sealed.open_rows
    some = _some_rows(bench)
    session, out = bench.session(
        [*_pipeline(bench, longest), *_drill(bench, longest, sampled=some is not None)],
        mounts={"holdout": Path(bench.sealed.holdout_dir), "drill": config, **({"some": some} if some else {})},
        keep=("artifacts",),
        collect=("config/tuned.json", *ANSWERS, *([ONCE] if some else [])),
        preload=(*LEARN, *MORE),
    )
    for path in (HOLDOUT, "artifacts/oof.csv"):  # `keep` moved them to the store
        if not (out / path).exists() and (bench.store / path).is_file() and session.step("train").ok:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(bench.store / path, out / path)
    return Run(session, out)


def _pipeline(bench: Bench, longest: float) -> list[Step]:
    store, experiment = "sqlite:///artifacts/mlflow.db", bench.manifest.experiment
    budget = bench.training.budget_s if bench.training else 0.0
    return [
        bench.command("tune", "--budget", f"{budget:g}", timeout_s=2 * budget + 60),
        bench.command("train", timeout_s=longest),
        bench.command("evaluate", timeout_s=120),
        bench.command("promote", timeout_s=60),
        bench.command("predict", "--input", "/holdout", "--output", HOLDOUT, timeout_s=180),
        Step("trials", ("/probes/ml_engineer_trials.py", store, experiment), kind="script"),
    ]


def _some_rows(bench: Bench) -> Path | None:
    """A landing folder of evenly drawn rows for the drill, which shows the same on some of many; None when few."""
    if bench.sealed.open_rows <= DRILL_ROWS:
        return None
    frame, folder = main_rows(bench), bench.scratch / "some"
    evenly = np.linspace(0, len(frame) - 1, DRILL_ROWS).astype(int)
    writer(bench, opened(bench.profile.main.dialect))(frame[evenly], folder)
    return folder


def _drill(bench: Bench, longest: float, *, sampled: bool) -> list[Step]:
    package, prefix = bench.manifest.package, bench.manifest.env_prefix
    rows = ((f"{prefix}RAW_DIR", "/some"), (f"{prefix}DATA_DIR", "some")) if sampled else ()

    def place(folder: str) -> tuple[tuple[str, str], ...]:
        return (*rows, (f"{prefix}ARTIFACTS_DIR", folder), (f"{prefix}TRACKING_URI", f"sqlite:///{folder}/mlflow.db"))

    apart, once = place(DRILL), place("once")
    other = (*apart, (f"{prefix}CONFIG_DIR", "/drill"))

    def command(step: str, env: tuple[tuple[str, str], ...], *argv: str) -> Step:
        return Step(step, (package, *argv), env=env, timeout_s=longest)

    def ask(step: str, output: str, env: tuple[tuple[str, str], ...] = apart) -> Step:
        return command(step, env, "predict", "--input", "/holdout", "--output", output)

    kill = ("/probes/ml_engineer_kill.py", package, DRILL, f"{0.9 * longest:g}")
    first = [
        command("ingest some", apart, "ingest"),
        command("train once", once, "train"),
        command("promote once", once, "promote", "--force"),
        ask("ask once", ONCE, once),
    ]
    return [
        *(first if sampled else []),
        Step("kill", kill, kind="script", env=apart, timeout_s=longest),
        command("train again", apart, "train"),
        command("promote first", apart, "promote", "--force"),
        ask("ask first", ANSWERS[0]),
        command("train other", other, "train"),
        command("promote unjudged", apart, "promote"),
        command("promote other", apart, "promote", "--force"),
        ask("ask other", ANSWERS[1]),
        command("rollback", apart, "rollback"),
        ask("ask back", ANSWERS[2]),
    ]


def _other_model(bench: Bench, training: TrainingDesign) -> str:
    """A recipe that gives other predictions: the linear member alone, with a penalty far from usual."""
    linear = next(member for member in training.members if member.kind == "linear")
    strength = {"C": 0.001} if bench.problem.is_classification else {"alpha": 1000.0}
    member = {"name": linear.name, "kind": "linear", "parameters": strength, "rounds": 25, "weight": 1.0}
    return json.dumps({"members": [member]})


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


def _tuned(findings: Findings, bench: Bench, done: Run) -> int | None:
    """Adopt what the search found when it is sound; returns how many trials it says it made."""
    path = done.out / "config" / "tuned.json"
    try:
        tuned = read_tuned(path, bench.problem)
    except InvalidTuned as error:
        findings.add("search_result_valid", False, str(error))
        return None
    bench.adopt("config/tuned.json", tuned.text)
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in tuned.weights)
    findings.add("search_result_valid", True, f"known members and parameters inside their bounds: {weights}")
    return tuned.trials


def _trials(findings: Findings, step: StepResult, said: int | None) -> None:
    if said is None:
        findings.not_checked("trials_tracked", "there is no sound search result to compare with")
        return
    try:
        found = json.loads(step.out.strip().splitlines()[-1])
        whole, trials, parents = int(found["whole"]), int(found["trials"]), int(found["parents"])
    except (IndexError, KeyError, TypeError, ValueError):
        findings.add("trials_tracked", False, f"MLflow's store couldn't be read: {last_lines(step.err, 3)}")
        return
    findings.add("trials_tracked", whole == trials == said and said > 0 and parents == 1,
                 f"{whole} of {trials} nested runs hold parameters and metrics; the search made {said} trials",
                 step.seconds, trials=trials)  # fmt: skip
