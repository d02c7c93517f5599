"""No sandbox: the command runs as a plain process with the user's rights. Chosen by name only, never fallen back to."""

import contextlib
import json
import os
import re
import resource
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent_graph.sandbox.bwrap import RUNTIME, base_env, check_mount_name
from agent_graph.sandbox.capture import Capture
from agent_graph.sandbox.cell import Program
from agent_graph.sandbox.collect import FOLDER, export
from agent_graph.sandbox.inputs import LEFT_OUT
from agent_graph.sandbox.policy import Export, Limits, Policy, Result, Status

_ENFORCED = {
    "backend": "none", "memory": "rlimit of each process", "cpu": "rlimit of each process", "pids": "none",
    "disk": "none", "network": "none", "files": "none", "landlock": "none", "seccomp": "none",
}  # fmt: skip


def run_plainly(program: Program, policy: Policy, limits: Limits, *, runtime: Path) -> Result:
    """The sandbox's contract as far as a plain process keeps it: paths, time, output and process group."""
    with tempfile.TemporaryDirectory(prefix="agent-graph-open-", ignore_cleanup_errors=True) as scratch:
        work = Path(scratch, "work")
        if policy.tree is None:
            work.mkdir()
        else:
            shutil.copytree(policy.tree, work, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        places = {check_mount_name(name): str(path.resolve()) for name, path in policy.mounts.items()}
        rename = _Renamer({**places, "work": str(work), **_own_places(runtime)})
        run = _PlainRun(program, policy, limits, rename, work)
        run.watch()
        return run.result(_export(work, policy, limits))


def _export(work: Path, policy: Policy, limits: Limits) -> Export | None:
    if policy.export_to is None:
        return None
    folder = os.open(work, FOLDER)
    try:
        return export(folder, policy.collect, policy.export_to, limits)
    finally:
        os.close(folder)


def _own_places(runtime: Path) -> dict[str, str]:
    return {RUNTIME.strip("/"): str(runtime), "sbx": str(Path(__file__).parent)}


class _Renamer:
    """Without mounts, /work and /data are elsewhere: rewrites them wherever a command or its orders name them."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places
        self._pattern = re.compile(rf"(?<![\w.\-/])/({'|'.join(map(re.escape, places))})(?![\w.\-])")

    def text(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._places[found[1]], text)

    def orders(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.orders(item) for item in value]
        return {key: self.orders(item) for key, item in value.items()} if isinstance(value, dict) else value


class _PlainRun:
    def __init__(self, program: Program, policy: Policy, limits: Limits, rename: _Renamer, work: Path) -> None:
        self._limits, self._listener = limits, program.listener
        self._out, self._err = (Capture(limits.out_head, limits.out_tail) for _ in range(2))
        self._reason: Status | None = None
        self._started = time.monotonic()
        self._report, report = os.pipe()
        orders = os.memfd_create("steps")
        if program.steps:
            os.write(orders, json.dumps(rename.orders(json.loads(program.steps))).encode())
            os.lseek(orders, 0, os.SEEK_SET)
        places = {"{report}": str(report), "{steps}": str(orders)}
        command = [places.get(word, rename.text(word)) for word in program.command]
        inside = {**base_env(limits.cpus), **policy.env, "HOME": str(work.parent), "TMPDIR": str(work.parent)}
        inside["XDG_CACHE_HOME"] = str(work.parent / ".cache")
        env = {key: rename.text(value) for key, value in inside.items()}
        self._process = subprocess.Popen(
            _limited(command, limits), cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, pass_fds=(report, orders), start_new_session=True,
        )  # fmt: skip
        os.close(report)
        os.close(orders)

    def watch(self) -> None:
        """Until its first process ended, or had to; then its process group ends."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        sinks = {
            self._process.stdout.fileno(): self._out.feed,
            self._process.stderr.fileno(): self._err.feed,
            self._report: self._listener.feed if self._listener else _ignore,
        }
        try:
            with selectors.DefaultSelector() as selector:
                for fd, sink in sinks.items():
                    selector.register(fd, selectors.EVENT_READ, sink)
                self._read(selector)
        finally:
            self._end()
            self._process.stdout.close()
            self._process.stderr.close()
            os.close(self._report)

    def _read(self, selector: selectors.BaseSelector) -> None:
        ended = None
        while selector.get_map():
            now = time.monotonic()
            if now > self._started + self._limits.wall_s or (self._listener and self._listener.overdue(now)):
                self._end("timeout")
            if self._out.total + self._err.total > self._limits.out_kill:
                self._end("output")
            if ended is None and self._process.poll() is not None:
                ended = now
                self._end()
            if ended is not None and now > ended + 2:  # a daemon outside the group holds a pipe
                return
            for key, _ in selector.select(0.05):
                if data := os.read(key.fd, 1 << 16):
                    key.data(data)
                else:
                    selector.unregister(key.fd)

    def _end(self, why: Status | None = None) -> None:
        self._reason = self._reason or why
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def result(self, taken: Export | None) -> Result:
        code = self._process.returncode
        status: Status = self._reason or ("ok" if code == 0 else "signal" if code < 0 else "exit")
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Result(
            status=status,
            rc=None if self._reason else code if code >= 0 else 128 - code,
            wall=time.monotonic() - self._started,
            cpu=usage.ru_utime + usage.ru_stime,
            peak_mem=None,
            startup_ms=0.0,
            out=self._out.text(),
            err=self._err.text(),
            out_total=self._out.total,
            err_total=self._err.total,
            pids_peak=0,
            enforced=_ENFORCED,
            export=taken,
        )


def _ignore(data: bytes) -> None:
    """Nobody listens: the command was given no pipe to report on."""


def _limited(command: Sequence[str], limits: Limits) -> list[str]:
    """util-linux's prlimit sets the limits between fork and exec, where Python code must not run."""
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        return list(command)
    bounds = [f"--data={limits.memory}", f"--fsize={limits.file}", f"--nofile={limits.nofile}", "--core=0"]
    return [prlimit, *bounds, f"--cpu={limits.cpu_s}", *command]
