"""Where a patched project is judged: the product's own gates and proof, or the part that holds the named check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_graph import register
from agent_graph.artifacts import ROLE_NAMES, Check, RoleName
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import commands, configured, tracking
from agent_graph.options.serving import conformance as serving
from agent_graph.proof import answering, configuration, gates, pipeline
from agent_graph.proof import proving as proof
from agent_graph.roles import BY_NAME
from agent_graph.roles.data_engineer.checks import gate as data_engineer
from agent_graph.roles.ml_engineer.checks import gate as ml_engineer
from agent_graph.roles.ml_engineer.checks import noise as ml_engineer_noise
from agent_graph.roles.ml_engineer.checks import reports as ml_engineer_reports
from agent_graph.roles.mlops.checks import gate as mlops
from agent_graph.roles.observability.checks import gate as observability
from agent_graph.roles.observability.checks.windows import Counts
from agent_graph.roles.python_pro.checks import static as python_pro_static
from evals.stacks import stack_of
from evals.trust.projects import dated
from evals.trust.projects.example import Example
from evals.trust.projects.good import Ground, rebuilt
from evals.trust.projects.pair import Patch, Room

Checks = tuple[Check, ...]
FEW = Counts(clean=1, drifted=3)  # windows: enough to tell a monitor that looks from one that doesn't


def judged(ground: Ground | Example, room: Room, patch: Patch, chosen: tuple[str, str] | None = None) -> Checks:
    """What the product says of the good project with this patch, built with the chosen option."""
    if room == "released":
        return _released(ground, patch)
    role = dated.LAST if room == "dated" else gate_of(room)
    with (ground.dated if room == "dated" else ground).bench(role) as bench:
        if chosen is not None:
            rebuilt(ground, bench, role or ROLE_NAMES[-1], stack_of(**dict([chosen])))
        patch(bench.tree)
        if room == "ml_engineer reports":
            bench.store = _proven(ground) / "store"
        if role is None:
            return WHOLE_TREE[room](ground, bench)
        return ROOMS.get(room, gates.judge_of(BY_NAME[role]))(bench)


def gate_of(room: Room) -> RoleName | None:
    """At whose gate a room lies, a choice's where it is shown; None: at no role's."""
    if room in register.choices():
        return register.choices()[room].gate
    return next((name for name in BY_NAME if room.startswith(name)), None)


def _released(ground: Ground | Example, patch: Patch) -> Checks:
    """What the report looks up of the README before it is brought out, in the whole repository."""
    findings = Findings("mlops")
    with ground.whole() as tree:
        patch(tree)
        wrong = commands.misleading(
            tree, ground.manifest.package, {"README.md": (tree / "README.md").read_text("utf-8")}
        )
        findings.add(
            "readme_commands_exist", not wrong, "; ".join(wrong) or "everything that the README names is there"
        )
    return tuple(findings.checks)


def _proof(ground: Ground, bench: Bench) -> Checks:
    """Everything that the proof does."""
    with ground.elsewhere() as context:
        return proof.examine(bench, ground.state, context).checks


def _answers(ground: Ground, bench: Bench) -> Checks:
    """The proof's answers of the model that the good project's proof trained, and their score from outside."""
    with ground.elsewhere() as context:
        kept = _proven(ground)
        bench.store = kept / "store"
        step = bench.command("predict", "--input", "/holdout", "--output", pipeline.PREDICTIONS, timeout_s=120)
        mounts = {"holdout": Path(bench.sealed.holdout_dir)}
        session, out = bench.session(
            [step], mounts=mounts, collect=(pipeline.PREDICTIONS,), preload=tracking.learn(bench)
        )
        answered = session.step("predict")
        if not answered.ok:  # no answer is no answer that lies
            findings = Findings("ml_engineer")
            findings.add("predict_runs", False, last_lines(answered.err or answered.out))
            return tuple(findings.checks)
        proof.keep(kept, context.folder / "proof")
        answer = context.folder / "proof" / "predictions.csv"
        answer.unlink()
        if (out / pipeline.PREDICTIONS).is_file():
            (out / pipeline.PREDICTIONS).rename(answer)
        return proof.score(bench, context).checks


def _delivery(ground: Ground, bench: Bench) -> Checks:
    """The answer that is delivered of the sealed rows by the model that the good project's proof trained."""
    kept = _proven(ground)
    bench.store = kept / "store"
    session, out = bench.session(
        answering.steps(bench),
        mounts={"holdout": Path(bench.sealed.holdout_dir)},
        collect=(answering.DELIVERIES,),
        preload=tracking.learn(bench),
    )
    return tuple(answering.judge(bench, session, out, kept / "predictions.csv")[0])


def _configuration(ground: Ground, bench: Bench) -> Checks:
    """What the proof says of config/, text and refusals."""
    return tuple(configuration.judge(bench))


def _configuration_text(ground: Ground | Example, bench: Bench) -> Checks:
    """What can be read of it."""
    return tuple(configuration.read(configured.documents(bench.tree), configured.readers(bench.tree)))


def _proven(ground: Ground) -> Path:
    """What the good project's proof kept of its training."""
    (kept,) = (ground.context.folder / "proven").iterdir()
    return kept


def _python_text(bench: Bench) -> Checks:
    """What the host reads of the code for itself."""
    findings = Findings("python_pro")
    if bench.hardening is not None:
        python_pro_static.text_checks(bench, bench.hardening, findings)
    return tuple(findings.checks)


def _python_types(bench: Bench) -> Checks:
    """mypy and the command line's start, in their cell."""
    findings = Findings("python_pro")
    if bench.hardening is not None:
        python_pro_static.judge(bench, bench.hardening, findings, python_pro_static.measured(bench))
    return tuple(findings.checks)


def _environment(bench: Bench) -> Checks:
    """What is installed, held against the lock, in its cell."""
    session, _ = bench.session([pipeline.ENVIRONMENT], preload=())
    return tuple(pipeline.environment(session))


def _choice(name: str) -> Callable[[Bench], Checks]:
    """What a choice and its option hold texts to."""

    def check(bench: Bench) -> Checks:
        option = register.option_of(bench.stack, name)
        return (*register.choices()[name].check(bench), *option.check(bench))

    return check


def _batch(bench: Bench) -> Checks:
    """The batch command, in its cell."""
    findings = Findings("mlops")
    mlops.measure(bench, findings)
    return tuple(findings.checks)


def _served(*drills: str) -> Callable[[Bench], Checks]:
    """What every way of serving has to show, with these drills."""

    def measure(bench: Bench) -> Checks:
        findings = Findings("mlops")
        serving.measure(bench, findings, frozenset(drills))
        return tuple(findings.checks)

    return measure


WHOLE: dict[Room, Room] = {  # where the twins of a part are judged: all of them at once by the whole gate
    "data_engineer ingest": "data_engineer",
    "data_engineer contract": "data_engineer",
    "ml_engineer search": "ml_engineer",
    "ml_engineer versions": "ml_engineer",
    "ml_engineer noise": "ml_engineer",
    "ml_engineer reports": "ml_engineer",
    "tracking": "ml_engineer",
    "python_pro text": "python_pro",
    "mlops text": "mlops",
    "mlops batch": "mlops",
    "mlops answers": "mlops",
    "mlops speed": "mlops",
    "mlops drills": "mlops",
    "ci": "mlops",
    "packaging": "mlops",
    "monitoring": "observability",
    "observability windows": "observability",
    "observability retraining": "observability",
}
WHOLE_TREE: dict[Room, Callable[[Any, Bench], Checks]] = {  # at no role's gate
    "proof": _proof,
    "answers": _answers,
    "delivery": _delivery,
    "whole text": lambda _, bench: tuple(proof.commands_there(bench)),
    "configuration": _configuration,
    "configuration text": _configuration_text,
}
ROOMS: dict[Room, Callable[[Bench], Checks]] = {
    "data_engineer ingest": data_engineer.rows_arrive,
    "data_engineer contract": data_engineer.contract_holds,
    "ml_engineer search": ml_engineer.search_holds,
    "ml_engineer versions": ml_engineer.versions_hold,
    "ml_engineer noise": ml_engineer_noise.noise_teaches_nothing,
    "ml_engineer reports": ml_engineer_reports.reports_agree,
    "python_pro text": _python_text,
    "python_pro types": _python_types,
    "python_pro environment": _environment,
    "mlops text": mlops.own_texts,
    "mlops batch": _batch,
    "mlops answers": _served(),
    "mlops speed": _served("speed"),
    "mlops drills": _served("rollback", "canary"),
    "ci": _choice("ci"),
    "packaging": _choice("packaging"),
    "tracking": lambda bench: (*ml_engineer.something_kept(bench), *_choice("tracking")(bench)),
    "monitoring": _choice("monitoring"),
    "orchestration": _choice("orchestration"),
    "observability windows": lambda bench: observability.watches(bench, FEW),
    "observability retraining": observability.trains,
}
