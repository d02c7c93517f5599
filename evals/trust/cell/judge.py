"""Did the sandbox hold? Judged from the host: by canaries, bounds and time, and by what a program says it got."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass, field
from typing import Any

from agent_graph.sandbox import Limits, Result
from evals.trust.cell.catalogue import Attack, MiB
from evals.trust.cell.world import World

RETURN_S, COLLECT_S = 3.0, 3.0
_DISK_SLACK = 1 * MiB  # folders and small files of our own
_START_CPU_S = 0.2  # of the prologue, before the clock runs
_NOTE = 100  # characters of the note that says how much was dropped


@dataclass
class Attempt:
    """One run of one program, as the host saw it."""

    attack: Attack
    limits: Limits
    token: str
    nonce: str
    took: float = 0.0
    collected: float = 0.0  # seconds in the collector
    result: Result | None = None
    steps: list[Any] = field(default_factory=list)  # StepResults of a session
    error: str = ""  # it did not run
    faults: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        found = [self.result.out, self.result.err] if self.result else []
        return found + [text for step in self.steps for text in (step.out, step.err)]


def judge(attempt: Attempt, world: World) -> None:
    """Everything that can be told of one attempt but what the worker itself compares; adds to `attempt.faults`."""
    attack, result = attempt.attack, attempt.result
    for text in (*attempt.texts, attempt.error):
        if world.canary in text:
            at = text.index(world.canary)
            attempt.faults.append(f"a canary came out: {text[max(0, at - 60) : at]!r}")
    if attack.refused:
        if attack.refused not in attempt.error:
            attempt.faults.append(f"it was not refused: {attempt.error or 'it ran'}")
        if result is None:
            return
    if result is None:
        attempt.faults.append(attempt.error)
        return
    if result.status not in attack.statuses:
        attempt.faults.append(f"ended as {result.status} (rc {result.rc}): {result.err[-300:]!r}")
    _judge_words(attempt)
    _judge_bounds(attempt, result)
    _judge_export(attempt, world, result)


def _judge_words(attempt: Attempt) -> None:
    tries = [line for text in attempt.texts for line in text.splitlines() if line.startswith("SAID ")]
    facts = [json.loads(line[5:]) for line in tries]
    own = [fact for fact in facts if not fact["try"].startswith("witness")]
    if len(own) < attempt.attack.tries:
        attempt.faults.append(f"it made {len(own)} tries of {attempt.attack.tries}: it proved nothing")
    attempt.faults += [f"got {fact['try']}: {fact['detail']}" for fact in facts if fact["got"]]
    if attempt.attack.session:
        witness = attempt.steps[-1]
        if (witness.status, witness.rc) != ("exit", 0) or f"WITNESS {attempt.nonce}" not in witness.out:
            attempt.faults.append(f"the next step didn't speak for itself: {witness.status} {witness.out[-200:]!r}")
        if attempt.nonce in attempt.steps[0].out:
            attempt.faults.append("the attack saw the next step's secret")


def _judge_bounds(attempt: Attempt, result: Result) -> None:
    limits, faults = attempt.limits, attempt.faults
    wall = limits.wall_s * (2 if attempt.attack.session else 1)  # a session's limit is each step's
    if attempt.took > result.startup_ms / 1e3 + wall + RETURN_S:
        faults.append(f"the supervisor took {attempt.took:.1f} s")
    if attempt.collected > COLLECT_S:
        faults.append(f"the collector took {attempt.collected:.1f} s")
    counted = result.enforced["memory"].startswith("cgroup")
    if (result.peak_mem or 0) > limits.memory * (1.05 if counted else 1.25):
        faults.append(f"memory peaked at {(result.peak_mem or 0) / limits.memory:.2f} of its limit")
    for text in attempt.texts:
        if len(text) > limits.out_head + limits.out_tail + _NOTE:
            faults.append(f"{len(text)} characters of output were kept")
    if result.enforced["cpu"].startswith("cgroup") and result.cpu > limits.cpus * result.wall * 1.25 + _START_CPU_S:
        faults.append(f"{result.cpu:.1f} s of processor time in {result.wall:.1f} s, with a share of {limits.cpus}")


def _judge_export(attempt: Attempt, world: World, result: Result) -> None:
    if not world.export.exists():
        return
    sizes = 0
    for path in world.export.rglob("*"):
        name, facts = str(path.relative_to(world.export)), path.lstat()
        sizes += facts.st_size if stat.S_ISREG(facts.st_mode) else 0
        if stat.S_ISDIR(facts.st_mode):
            continue
        if name not in attempt.attack.exports:
            attempt.faults.append(f"{name!r} left the sandbox")
        if not stat.S_ISREG(facts.st_mode) or stat.S_IMODE(facts.st_mode) != 0o600 or facts.st_nlink != 1:
            attempt.faults.append(f"{name!r} left as {facts.st_mode:o}")
        elif facts.st_size < MiB and world.canary.encode() in path.read_bytes():
            attempt.faults.append(f"{name!r} holds a canary")
    if sizes > attempt.limits.disk:
        attempt.faults.append(f"{sizes} bytes left the sandbox, the quota is {attempt.limits.disk}")
    if result.export is not None and len(result.export.skipped) > 1000:
        attempt.faults.append(f"{len(result.export.skipped)} refusals are listed")


def judge_disk(attempt: Attempt, before: int, after: int) -> None:
    """Bytes below the world's base: only what was collected may have been added."""
    exported = attempt.result.export.bytes if attempt.result and attempt.result.export else 0
    if after - before > exported + _DISK_SLACK or exported > attempt.limits.disk:
        attempt.faults.append(f"the host's disk holds {after - before} bytes more, {exported} were collected")
