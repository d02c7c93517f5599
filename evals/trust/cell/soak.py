"""Everyday use of the cell: many runs in a row, many at once, and supervisors that are killed."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent_graph.sandbox import Limits, Sandbox
from evals.trust.cell.places import User, disk, folder_for
from evals.trust.cell.world import descendants, groups_of, living, survivors
from evals.trust.lines import Line, Say, timed

_GONE_S = 1.0
_STARTS_S = 20.0
_BUILT_S = 0.03  # a sandbox takes a little longer than that to build
_TRIES = 20  # of supervisors, until one is caught before its program runs
_SIX_SECONDS = Limits(wall_s=6)
Stage = Literal["idle", "building", "running"]  # of a supervisor; idle: no process of its own lives

# What runs, and how it has to end: status, exit code, a piece of the output.
BENIGN: tuple[tuple[tuple[str, ...], str, int | None, str], ...] = (
    (("python", "-c", "print('fine')"), "ok", 0, "fine\n"),
    (("python", "-c", "import sys; print('left'); sys.exit(3)"), "exit", 3, "left\n"),
    (("sh", "-c", "echo words; kill -9 $$"), "signal", 137, "words\n"),
    (("python", "-c", "import json, os; print(json.dumps(sorted(os.listdir('/work'))))"), "ok", 0, "[]\n"),
    (("no-such-program",), "exit", 127, ""),
)

_SUPERVISOR = """
import sys; from pathlib import Path; from agent_graph.sandbox import Policy, Sandbox, Step
runtime, run, kind, token = sys.argv[1:]
sandbox = Sandbox(Path(runtime), run_dir=Path(run)); wait = ("python", "-c", "import time; time.sleep(30)", token)
print("begins", flush=True)
if kind == "run": sandbox.run(wait, Policy(env={"TOKEN": token}))
else: sandbox.session([Step("quick", ("true",), kind="exec"), Step("wait", wait, kind="exec")], env={"TOKEN": token})
"""


def soak(user: User, sample: bool, say: Say) -> list[Line]:
    """Three lines; as the present user."""
    place = disk()
    if place is None:
        return [Line("cell", "everyday use", reason="no folder for temporary files lies on disk here")]
    with folder_for(user, place) as base:
        sandbox = Sandbox(user.runtime, run_dir=base / "run")
        lines = [_in_a_row(sandbox, 20 if sample else 200), _at_once(sandbox, 12)]
        say(f"benign runs in a row: {lines[0].held} of {lines[0].of}; at once: {lines[1].held} of {lines[1].of}")
        lines.append(_killed(sandbox, user, base / "run", 2 if sample else 10))
        say(f"killed supervisors: {lines[2].held} of {lines[2].of}")
    return lines


def _in_a_row(sandbox: Sandbox, runs: int) -> Line:
    line = Line("cell", f"{runs} benign runs in a row: status, output, open files")
    with timed(line):
        sandbox.run(["true"])
        files = sorted(os.listdir("/proc/self/fd"))
        starts = []
        for number in range(runs):
            command, status, code, out = BENIGN[number % len(BENIGN)]
            result = sandbox.run(command, limits=_SIX_SECONDS)
            starts.append(result.startup_ms)
            seen = (result.status, result.rc, result.out)
            line.saw(f"run {number}", None if seen == (status, code, out) else f"{seen}, not {(status, code, out)}")
        if (now := sorted(os.listdir("/proc/self/fd"))) != files:
            line.saw("afterwards", f"open files {files} became {now}")
    starts.sort()
    line.figures = f"start: median {starts[len(starts) // 2]:.0f} ms, slowest {starts[-1]:.0f} ms"
    return line


def _at_once(sandbox: Sandbox, number: int) -> Line:
    line = Line("cell", f"{number} at once, each with a word of its own")
    heard: dict[str, str] = {}

    def one(word: str) -> None:
        code = (
            "import os, sys, time; open('/tmp/w', 'x').write(sys.argv[1]); time.sleep(.2); print(open('/tmp/w').read())"
        )
        heard[word] = sandbox.run(["python", "-c", code, word]).out.strip()

    with timed(line):
        words = [secrets.token_hex(8) for _ in range(number)]
        threads = [threading.Thread(target=one, args=(word,)) for word in words]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for word in words:
        line.saw(word, None if heard.get(word) == word else f"heard {heard.get(word)!r}")
    return line


def _killed(sandbox: Sandbox, user: User, run_dir: Path, times: int) -> Line:
    line = Line("cell", f"{times} killed supervisors: no process after {_GONE_S:.0f} s, no file after the next start")
    chance = random.Random(0)  # noqa: S311
    longest, early = 0.0, 0
    with timed(line):
        for number in range(times):
            kind = ("run", "session")[number % 2]
            # Every third one while the sandbox is still being built, the others once the program runs.
            building = number % 3 == 2
            for _ in range(_TRIES):
                killed = kill_one(sandbox, user, run_dir, kind, chance.uniform(0.0, _BUILT_S) if building else None)
                longest = max(longest, killed.gone)
                if killed.fault or killed.caught == ("building" if building else "running"):
                    break
            else:
                killed = Killed("no supervisor was caught while it had begun to build a sandbox, so nothing was tried")
            early += killed.caught == "building"
            line.saw(f"{kind} {number}", killed.fault)
    line.figures = f"gone after at most {longest:.2f} s; {early} while the sandbox was being built"
    return line


@dataclass(frozen=True)
class Killed:
    """What was wrong, if anything; the seconds until nothing lived; how far it was when the kill came."""

    fault: str | None
    gone: float = 0.0
    caught: Stage = "idle"


def kill_one(sandbox: Sandbox, user: User, run_dir: Path, kind: str, moment: float | None) -> Killed:
    """End a supervisor so many seconds after its first process has begun; `moment` None: once the program runs."""
    token = f"survivor-{secrets.token_hex(8)}"
    command = [user.python, "-c", _SUPERVISOR, str(user.runtime), str(run_dir), kind, token]
    with subprocess.Popen(command, cwd="/", env=user.env, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None  # noqa: S101
        supervisor.stdout.readline()
        if moment is None:
            if not _until(lambda: _runs(token, supervisor.pid), _STARTS_S):
                supervisor.kill()
                return Killed("the program never ran, so nothing was tried")
        else:
            _until(lambda: bool(descendants(supervisor.pid)), _STARTS_S)
            time.sleep(moment)
        supervisor.send_signal(signal.SIGSTOP)  # what it had started by then is all that it ever starts
        begun = descendants(supervisor.pid)
        caught: Stage = "running" if _runs(token, supervisor.pid) else "building" if begun else "idle"
        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait()
        killed = time.monotonic()
    gone = _until(lambda: not survivors(token) and not begun & living(), _GONE_S)
    took = time.monotonic() - killed
    outlived = [*survivors(token), *(f"{number} of its processes" for number, _ in begun & living())]
    for process in outlived:
        with suppress(ProcessLookupError):
            os.kill(int(process.split()[0]), signal.SIGKILL)
    sandbox.run(["true"])
    left = [path.name for path in run_dir.iterdir() if path.suffix != ".lock"]
    left += groups_of(run_dir)
    if not gone:
        return Killed(f"{outlived} outlived it", took, caught)
    return Killed(f"left after the next start: {left}" if left else None, took, caught)


def _runs(token: str, supervisor: int) -> bool:
    """The program itself, inside: pid 1 and the driver don't have the token among their words."""
    return any("import time" in text and not text.startswith(f"{supervisor} ") for text in survivors(token))


def _until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
