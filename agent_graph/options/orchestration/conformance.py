"""What every orchestration has to show: it runs the project's one pipeline, in its order, and stops where a step fails.

The project's interpreter is stood in for by a script that writes down what it was asked for and how that ended, so the
same is seen whatever starts it: first while every command works, then while one of them fails. The proof runs the same
commands for real; so does this where something else than a shell starts them, which may give them another surroundings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from agent_graph import register
from agent_graph.artifacts import Check, Verdict
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.errors import RuntimeUnavailable
from agent_graph.measuring.reading import text_at
from agent_graph.sandbox import Limits, SessionResult, Step, StepResult

LIST = "config/pipeline.yaml"
# In this order, others between them.
NEEDED = ("ingest", "validate", "features", "train", "evaluate", "promote", "reference")
CHECKS = ("pipeline_runs", "pipeline_stops")
CRASHES, REFUSES = ("train", 1), ("evaluate", 3)  # the step that fails, and its exit code: an accident, an answer
PYTHON, ASKED, SAID = ".venv/bin/python", "/work/.asked", "/work/.said"
QUICK_S = 300  # for a run whose commands do nothing
REAL = f'/runtime/bin/python "$@" 2> {SAID}'
SEEN = "/work/.seen"  # the first command has shown that the module is found from where commands are started
KNOWN = f'[ -e {SEEN} ] || {{ /runtime/bin/python "$@" --help > {SAID} 2>&1 && touch {SEEN}; }}'
STAND_IN = """set -e
mkdir -p .venv/bin
rm -f {asked} {said}
touch .venv/.ready
cat > {python} << 'END'
#!/bin/sh
{does}
code=$?
[ ! -f {said} ] || cat {said} >&2
[ "$1" != -m ] || echo "$code $*" >> {asked}
exit $code
END
chmod 755 {python}"""


@dataclass(frozen=True)
class Start:
    """How the pipeline of one project is run in its root."""

    run: tuple[str, ...]  # the program and its words
    attempts: Callable[[int], int] = lambda code: 1  # how often a step that ends with this exit code is tried
    works: bool = True  # whether commands do their work; else the proof's own run of them has to do
    before: tuple[Step, ...] = ()  # what has to be done once in a fresh checkout
    env: tuple[tuple[str, str], ...] = ()
    mounts: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Orchestration:
    """What an option of the choice says of itself."""

    name: str  # as people write it
    # of a checkout; ValueError: its files can't be read; RuntimeUnavailable: what runs them can't be had here
    start: Callable[[Bench], Start]


def check(bench: Bench) -> tuple[Check, ...]:
    """`pipeline_runs` and `pipeline_stops` on a clean checkout, in one cell."""
    findings = Findings("observability")
    says = register.said(bench.stack, "orchestration", Orchestration)
    if says is None:
        name = register.option_of(bench.stack, "orchestration").name
        return _alike(findings, "not_checked", f"{name} doesn't say how it is started")
    try:
        steps, start = listed(bench.tree), says.start(bench)
        session = ran(bench, start)
    except ValueError as error:
        return _alike(findings, "failed", str(error))
    except RuntimeUnavailable as error:
        return _alike(findings, "not_checked", str(error))
    commands = [f"-m {bench.manifest.package} {step}" for step in steps]
    _runs(findings, session, says.name, start, commands)
    _stops(findings, session, says.name, start, commands)
    return tuple(findings.checks)


def _alike(findings: Findings, verdict: Verdict, said: str) -> tuple[Check, ...]:
    for name in CHECKS:
        findings.add(name, verdict, said)
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


def ran(bench: Bench, start: Start) -> SessionResult:
    """The pipeline three times: as it is, with a step that crashes, with one that says no.

    RuntimeUnavailable when the machine hasn't the program that runs it.
    """
    command_s = 180 + 6 * (bench.training.budget_s if bench.training else 60)  # as the proof has it, of each
    plan = [
        *start.before,
        *_scene(start, "run", REAL if start.works else KNOWN, len(NEEDED) * command_s),
        *_scene(start, "crash", _failing(*CRASHES), QUICK_S),
        *_scene(start, "refusal", _failing(*REFUSES), QUICK_S),
    ]
    limits = Limits(wall_s=sum(step.timeout_s for step in plan))
    bare = replace(bench, store=bench.scratch / "nothing")
    session, _ = bare.session(plan, mounts=start.mounts, preload=(), limits=limits)
    step = session.step("run")
    if step.status == "exit" and step.rc == 127 and f"cannot start {start.run[0]}" in step.err:
        raise RuntimeUnavailable(f"{start.run[0]} isn't on this machine")
    return session


def _scene(start: Start, name: str, does: str, timeout_s: float) -> list[Step]:
    laid = STAND_IN.format(does=does, python=PYTHON, asked=ASKED, said=SAID)
    env = (("PYTHONPATH", ""), *start.env)  # where the project's code lies is for the option to say
    return [
        Step(f"{name}: laid", ("sh", "-c", laid), "exec"),
        Step(name, start.run, "exec", env=env, timeout_s=timeout_s),
        Step(f"{name}: asked", ("sh", "-c", f"cat {ASKED} || true"), "exec"),
        Step(f"{name}: said", ("sh", "-c", f"tail -n 4 {SAID} || true"), "exec"),
    ]


def _failing(step: str, code: int) -> str:
    """Nothing is done, and one command fails."""
    return f'[ "$3" != {step} ] || (exit {code})'


def asked(session: SessionResult, scene: str) -> list[tuple[int, str]]:
    """What the interpreter was asked for: exit code and words, in order."""
    lines = [line.partition(" ") for line in session.step(f"{scene}: asked").out.splitlines()]
    return [(int(code), words) for code, _, words in lines if code.isdigit()]


def _runs(findings: Findings, session: SessionResult, name: str, start: Start, commands: Sequence[str]) -> None:
    step, found = session.step("run"), asked(session, "run")
    good = step.ok and found == [(0, command) for command in commands]
    did = "ran" if start.works else "started"
    said = f"{name} {did} {', '.join(map(_last, commands))} from a clean checkout, each once and in order, "
    said += f"in {step.seconds:.1f} s"
    last = session.step("run: said").out.strip()  # by the last command, else by who started it
    findings.add("pipeline_runs", good, said if good else _told(step, found, len(commands), last), step.seconds)


def _stops(findings: Findings, session: SessionResult, name: str, start: Start, commands: Sequence[str]) -> None:
    """A failing step is tried as often as the project says, none comes after it, and the whole run has failed."""
    faults, said, seconds = [], [], 0.0
    for scene, (failing, code) in (("crash", CRASHES), ("refusal", REFUSES)):
        step, tries, found = session.step(scene), start.attempts(code), asked(session, scene)
        at = [_last(command) for command in commands].index(failing)
        wanted = [*((0, command) for command in commands[:at]), *[(code, commands[at])] * tries]
        seconds += step.seconds
        if step.ok:
            faults.append(f"{failing} ended with {code} and the run says that all is well")
        elif found != wanted:
            faults.append(f"{failing} ended with {code}: {_told(step, found, len(wanted))}")
        said.append(f"{failing} with exit {code} {'once' if tries == 1 else f'{tries} times'}")
    text = f"{name} tried {' and '.join(said)}, started nothing behind it, and the run failed"
    findings.add("pipeline_stops", not faults, "; ".join(faults) or text, seconds)


def _last(command: str) -> str:
    return command.rpartition(" ")[2]


def _told(step: StepResult, found: Sequence[tuple[int, str]], wanted: int, said: str = "") -> str:
    """What was asked for instead, and what was said last."""
    lines = [f"'{words.partition(' ')[2].partition(' ')[2]}' (exit {code})" for code, words in found]
    ran = f"ran {', '.join(lines) or 'nothing'}, expected {wanted} commands"
    return f"{step.status} {step.rc}: {ran}: {said or last_lines(step.err or step.out, 4)}"
