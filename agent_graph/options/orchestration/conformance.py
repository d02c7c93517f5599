"""What every orchestration has to show: it runs the project's one pipeline, in its order, and stops where a step fails.

The project's interpreter is stood in for by a script that writes down what it was asked for and how that ended, so the
same is seen whatever starts it: first while every command really works, then while one of them fails.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring.reading import text_at
from agent_graph.sandbox import Limits, SessionResult, Step, StepResult

LIST = "config/pipeline.yaml"
NEEDED = (
    "ingest",
    "validate",
    "features",
    "train",
    "evaluate",
    "promote",
    "reference",
)  # in this order, others between
CHECKS = ("pipeline_runs", "pipeline_stops")
CRASHES, REFUSES = ("train", 1), ("evaluate", 3)  # the step that fails, and its exit code: an accident, an answer
PYTHON, ASKED = ".venv/bin/python", "/work/.asked"
QUICK_S = 300  # for a run whose commands do nothing
REAL = '/runtime/bin/python "$@"'
STAND_IN = """mkdir -p .venv/bin && rm -f {asked} && cat > {python} << 'END' && chmod 755 {python} && touch .venv/.ready
#!/bin/sh
{does}
code=$?
[ "$1" != -m ] || echo "$code $*" >> {asked}
exit $code
END"""


@dataclass(frozen=True)
class Orchestration:
    """How an option runs the pipeline: what starts it in the project's root, and what a failing step brings about."""

    name: str  # as people write it
    run: tuple[str, ...]  # the program and its words
    attempts: Callable[[int], int] = lambda code: 1  # how often a step that ends with this code is tried
    before: tuple[Step, ...] = ()  # what has to be done once in a fresh checkout
    env: tuple[tuple[str, str], ...] = ()
    mounts: Mapping[str, Path] = field(default_factory=dict)
    lay: Callable[[Path], None] = lambda tree: None  # changes the checkout: pauses that nobody waits for here …


def check(bench: Bench, option: Orchestration) -> tuple[Check, ...]:
    """`pipeline_runs` and `pipeline_stops` on a clean checkout, in one cell."""
    findings = Findings("observability")
    try:
        steps = listed(bench.tree)
    except ValueError as error:
        for name in CHECKS:
            findings.add(name, False, str(error))
        return tuple(findings.checks)
    session = _session(bench, option)
    missing = _missing(session, option)
    if missing:
        for name in CHECKS:
            findings.not_checked(name, missing)
        return tuple(findings.checks)
    _runs(findings, session, option, bench.manifest.package, steps)
    _stops(findings, session, option, bench.manifest.package, steps)
    return tuple(findings.checks)


def listed(tree: Path) -> tuple[str, ...]:
    """The steps of the project's pipeline. ValueError when the list can't be read or lacks one that has to be there."""
    try:
        content = yaml.safe_load(text_at(tree / LIST))
    except yaml.YAMLError as error:
        raise ValueError(f"{LIST} is no YAML: {error}") from error
    steps = content.get("steps") if isinstance(content, dict) else None
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise ValueError(f"{LIST} gives no list of steps")
    rest = iter(steps)
    for name in NEEDED:  # each is looked for behind the one before it
        if name not in rest:
            raise ValueError(f"{LIST} has no step {name!r} where one is needed: {', '.join(NEEDED)}, in this order")
    return tuple(steps)


def _session(bench: Bench, option: Orchestration) -> SessionResult:
    """The pipeline three times: as it is, with a step that crashes, with one that says no."""
    tree = bench.scratch / "orchestrated"
    shutil.copytree(bench.tree, tree, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    option.lay(tree)
    training = bench.training.budget_s if bench.training else 60
    plan = [
        *option.before,
        *_scene(option, "run", REAL, 300 + 6 * training),
        *_scene(option, "crash", _failing(*CRASHES), QUICK_S),
        *_scene(option, "refusal", _failing(*REFUSES), QUICK_S),
    ]
    limits = Limits(wall_s=sum(step.timeout_s for step in plan))
    bare = replace(bench, tree=tree, store=bench.scratch / "nothing")
    return bare.session(plan, mounts=option.mounts, preload=(), limits=limits)[0]


def _scene(option: Orchestration, name: str, does: str, timeout_s: float) -> list[Step]:
    laid = STAND_IN.format(does=does, python=PYTHON, asked=ASKED)
    env = (("PYTHONPATH", ""), *option.env)  # where the project's code lies is for the option to say
    return [
        Step(f"{name}: laid", ("sh", "-c", laid), "exec"),
        Step(name, option.run, "exec", env=env, timeout_s=timeout_s),
        Step(f"{name}: asked", ("sh", "-c", f"cat {ASKED} || true"), "exec"),
    ]


def _failing(step: str, code: int) -> str:
    """Nothing is done, and one command fails."""
    return f'[ "$3" != {step} ] || (exit {code})'


def _missing(session: SessionResult, option: Orchestration) -> str:
    """Why nothing can be said: the runner isn't there."""
    step = session.step("run")
    if step.status == "exit" and step.rc == 127 and f"cannot start {option.run[0]}" in step.err:
        return f"{option.run[0]} isn't on this machine"
    return ""


def asked(session: SessionResult, scene: str) -> list[tuple[int, str]]:
    """What the interpreter was asked for: exit code and words, in order."""
    lines = [line.partition(" ") for line in session.step(f"{scene}: asked").out.splitlines()]
    return [(int(code), words) for code, _, words in lines if code.isdigit()]


def _runs(
    findings: Findings, session: SessionResult, option: Orchestration, package: str, steps: Sequence[str]
) -> None:
    step, wanted = session.step("run"), [(0, f"-m {package} {name}") for name in steps]
    found = asked(session, "run")
    good = step.ok and found == wanted
    how = f"{option.name} ran {', '.join(steps)} from a clean checkout in {step.seconds:.1f} s, each once and in order"
    findings.add("pipeline_runs", good, how if good else _told(step, found, wanted), step.seconds)


def _stops(
    findings: Findings, session: SessionResult, option: Orchestration, package: str, steps: Sequence[str]
) -> None:
    """A failing step is tried as often as the project says, none comes after it, and the whole run has failed."""
    faults, said, seconds = [], [], 0.0
    for scene, (name, code) in (("crash", CRASHES), ("refusal", REFUSES)):
        step, tries = session.step(scene), option.attempts(code)
        before = [(0, f"-m {package} {each}") for each in steps[: steps.index(name)]]
        wanted, found = [*before, *[(code, f"-m {package} {name}")] * tries], asked(session, scene)
        seconds += step.seconds
        if step.ok:
            faults.append(f"{name} ended with {code} and the run says that all is well")
        elif found != wanted:
            faults.append(f"{name} ended with {code}: {_told(step, found, wanted)}")
        said.append(f"{name} with exit {code} {'once' if tries == 1 else f'{tries} times'}")
    text = f"{option.name} tried {' and '.join(said)}, started nothing behind it, and the run failed"
    findings.add("pipeline_stops", not faults, "; ".join(faults) or text, seconds)


def _told(step: StepResult, found: Sequence[tuple[int, str]], wanted: Sequence[tuple[int, str]]) -> str:
    """Where what was asked for leaves what was expected, and what the runner said last."""
    lines = [f"'{words.partition(' ')[2].partition(' ')[2]}' (exit {code})" for code, words in found]
    ran = f"ran {', '.join(lines) or 'nothing'}, expected {len(wanted)} commands"
    return f"{step.status} {step.rc}: {ran}: {last_lines(step.err or step.out, 4)}"
