"""Runs hostile programs as one user in one place: orders are JSON on stdin, a JSON line for each attempt comes out.

`python -m evals.trust.cell.worker`, in a process of its own: it measures its own open files.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from agent_graph.errors import SandboxSetupError, SandboxUnavailable
from agent_graph.sandbox import Policy, Sandbox, Step, cell, describe, slot
from evals.trust.cell.catalogue import BY_NAME, SMALL, Attack
from evals.trust.cell.judge import Attempt, judge, judge_disk
from evals.trust.cell.world import World, survivors

_HANGS_S = 15.0  # past an attack's own limit


def main() -> None:
    orders = json.loads(sys.stdin.read())
    slot.UID_BASE = orders["uid_base"]  # so that workers side by side don't count each other's processes
    if os.geteuid() != 0:
        os.chdir(orders["base"])
    tempfile.tempdir = orders["base"]
    world = World(Path(orders["base"]))
    with world.inhabited(), timed_collector() as collected:
        sandbox = Sandbox(Path(orders["runtime"]), run_dir=world.run_dir, binary=world.bwrap)
        holds = cast("dict[str, str]", describe(world.bwrap)["enforced"])
        print(json.dumps({"holds": holds}), flush=True)
        for _ in range(orders["repeats"]):
            for name in orders["attacks"]:
                attempt = carry_out(BY_NAME[name], sandbox, world, collected, holds["memory"].startswith("cgroup"))
                print(json.dumps(told(attempt)), flush=True)


def told(attempt: Attempt) -> dict[str, Any]:
    """What the parent is to know of it."""
    result = attempt.result
    return {
        "attack": attempt.attack.program,
        "faults": attempt.faults,
        "status": result.status if result else attempt.error,
        "took": attempt.took,
        "over": attempt.took - result.startup_ms / 1e3 - attempt.limits.wall_s if result else 0.0,
        "collected": attempt.collected,
        "memory": (result.peak_mem or 0) / attempt.limits.memory if result else 0.0,
    }


@contextmanager
def timed_collector() -> Iterator[list[float]]:
    """Seconds of each collection, as they come."""
    seconds: list[float] = []
    export = cell.export

    def timed(*words: Any) -> Any:
        started = time.monotonic()
        try:
            return export(*words)
        finally:
            seconds.append(time.monotonic() - started)

    cell.export = timed
    try:
        yield seconds
    finally:
        cell.export = export


def carry_out(attack: Attack, sandbox: Sandbox, world: World, collected: list[float], counted: bool) -> Attempt:
    """One attempt, judged."""
    limits = dataclasses.replace(SMALL, **attack.bounds)
    attempt = Attempt(attack, limits, f"survivor-{secrets.token_hex(8)}", secrets.token_hex(8))
    world.tell(attack, dataclasses.asdict(limits), counted)
    before, files, size = world.picture(), _open_files(), world.bytes_on_disk()
    collected.clear()
    started = time.monotonic()
    try:
        with _alarm(limits.wall_s + _HANGS_S):
            _run(attempt, sandbox, world)
    except (SandboxSetupError, SandboxUnavailable) as problem:
        attempt.error = f"{type(problem).__name__}: {problem}"
    except Exception as problem:  # a supervisor that falls over an attack is a finding, whatever it says
        attempt.error = f"the supervisor broke: {problem!r}"
    attempt.took = time.monotonic() - started
    attempt.collected = sum(collected)
    judge(attempt, world)
    judge_disk(attempt, size, world.bytes_on_disk())
    attempt.faults += [f"it survived: {process}" for process in survivors(attempt.token)]
    attempt.faults += [f"left behind: {name}" for name in world.leftovers()]
    after = world.picture()
    attempt.faults += [
        f"changed: {name}" for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    ]
    checks: dict[str, Callable[[], bool]] = {
        "open files leaked": lambda: _open_files() != files,
        "the clock was moved": world.clock_moved,
        "a process of the host was ended": lambda: world.bystander.poll() is not None,
    }
    attempt.faults += [fault for fault, seen in checks.items() if seen()]
    return attempt


def _run(attempt: Attempt, sandbox: Sandbox, world: World) -> None:
    attack, limits = attempt.attack, attempt.limits
    mounts = {"data": world.base / "sockets" if attack.sockets else world.data, "probes": world.probes}
    export = world.export if attack.collect else None
    command = ("python", "/work/attack.py", attempt.token)
    if not attack.session:
        env = {"TOKEN": attempt.token, **attack.env}
        policy = Policy(world.tree, mounts, env, attack.collect, export)
        attempt.result = sandbox.run(command, policy, limits)
        return
    steps = [
        Step("attack", command, kind="exec", timeout_s=limits.wall_s),
        Step(
            "witness",
            ("python", "/probes/witness.py"),
            kind="exec",
            env=(("NONCE", attempt.nonce),),
            timeout_s=limits.wall_s + 5,
        ),
    ]
    wide = dataclasses.replace(limits, wall_s=limits.wall_s * 2 + 10)
    session = sandbox.session(steps, tree=world.tree, mounts=mounts, env={"TOKEN": attempt.token}, limits=wide)
    attempt.result, attempt.steps = session.result, list(session.steps)


def _open_files() -> dict[str, str]:
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[name] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
    return found


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """TimeoutError when the supervisor hangs: the worker has to go on."""

    def ring(number: int, frame: object) -> None:
        raise TimeoutError(f"the supervisor still hung after {seconds:.0f} s")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
