"""Watches one sandbox from its start to the death of its last process, and says why it ended."""

import json
import os
import selectors
import signal
import time
from dataclasses import dataclass
from typing import Protocol

from agent_graph.errors import SandboxSetupError
from agent_graph.sandbox.capture import Capture
from agent_graph.sandbox.cgroup import ControlGroup
from agent_graph.sandbox.collect import FOLDER, usage
from agent_graph.sandbox.policy import Limits, Status
from agent_graph.sandbox.proctree import await_death, cpu_seconds, descendants, memory

_SETUP_S = 60.0  # for namespaces and the copy of the tree; the wall clock starts after it
_POLL_S = 0.05
_TREE_POLL_S = 0.5
_AFTER_DEATH_S = 2.0


class Launched(Protocol):
    """The process whose end is the sandbox's end, as far as it is needed here; a Popen is one."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def poll(self) -> int | None: ...

    def kill(self) -> None: ...

    def wait(self) -> int: ...


class Listener(Protocol):
    """Hears what the program reports on a pipe of its own while it runs."""

    def feed(self, data: bytes) -> None:
        """SandboxSetupError for a report that makes no sense."""

    def overdue(self, now: float) -> bool:
        """True when the program should long have reported (monotonic seconds)."""


@dataclass(frozen=True)
class Pipes:
    """Our ends: what bwrap and the prologue tell us, how we let them go on, and the two outputs."""

    status: int
    block: int
    ready: int
    go: int
    out: int
    err: int
    report: int | None = None


class Supervision:
    """One sandbox's life. `run()` returns when nothing in it lives; the facts are then in the attributes."""

    def __init__(
        self,
        process: Launched,
        pipes: Pipes,
        limits: Limits,
        group: ControlGroup,
        listener: Listener | None,
    ) -> None:
        self._process, self._pipes, self._limits = process, pipes, limits
        self._group, self._listener = group, listener
        self.out, self.err = (Capture(limits.out_head, limits.out_tail) for _ in range(2))
        self.reason: Status | None = None
        self.exit_code: int | None = None
        self.landlock = 0
        self.work: int | None = None
        self.started = time.monotonic()
        self.ready_at: float | None = None
        self.peak, self.pids_peak, self.cpu = 0, 0, 0.0
        self._disk_full = False
        self._init: int | None = None  # pid 1 of the namespace, as seen from here
        self._init_fd: int | None = None
        self._status = b""
        self._deadline = self.started + _SETUP_S
        self._ended_at: float | None = None
        self._next_poll = self._next_tree_poll = 0.0

    def run(self) -> None:
        with selectors.DefaultSelector() as selector:
            self._selector = selector
            for fd in (self._pipes.status, self._pipes.ready, self._pipes.out, self._pipes.err, self._pipes.report):
                if fd is not None:
                    os.set_blocking(fd, False)
                    selector.register(fd, selectors.EVENT_READ)
            exit_fd = self._pidfd()
            selector.register(exit_fd, selectors.EVENT_READ)
            try:
                while not self._over():
                    self._turn(exit_fd)
            finally:
                os.close(exit_fd)
        self._process.wait()
        if self._init_fd is not None:
            await_death(self._init_fd)
        self._measure(final=True)

    def _over(self) -> bool:
        if self._ended_at is None:
            return False
        self.kill(None)  # bwrap's end isn't the sandbox's: end pid 1, and with it all the rest
        registered = self._selector.get_map()
        open_outputs = any(fd in registered for fd in (self._pipes.out, self._pipes.err, self._pipes.report))
        return not open_outputs or time.monotonic() > self._ended_at + _AFTER_DEATH_S

    def _turn(self, exit_fd: int) -> None:
        now = time.monotonic()
        if now >= self._deadline or (self._listener and self._listener.overdue(now)):
            self.kill("timeout")
        for key, _ in self._selector.select(_POLL_S):
            if key.fd == exit_fd:
                self._ended_at = now
                self._selector.unregister(exit_fd)
            else:
                self._read(key.fd)
        if self._init is not None and now >= self._next_poll:
            self._next_poll = now + _POLL_S
            self._measure()

    def _read(self, fd: int) -> None:
        try:
            data = os.read(fd, 1 << 18)
        except BlockingIOError:
            return
        if not data:
            self._selector.unregister(fd)
        elif fd == self._pipes.status:
            self._on_status(data)
        elif fd == self._pipes.ready:
            self._on_ready(data)
        elif fd == self._pipes.report and self._listener is not None:
            self._listener.feed(data)
        else:
            capture = self.out if fd == self._pipes.out else self.err
            capture.feed(data)
            if capture.total > self._limits.out_kill:
                self.kill("output")

    def _on_status(self, data: bytes) -> None:
        *lines, self._status = (self._status + data).split(b"\n")
        for line in lines:
            facts = json.loads(line) if line.strip() else {}
            if "child-pid" in facts and self._init is None:
                self._adopt(int(facts["child-pid"]))
            if "exit-code" in facts:
                self.exit_code = int(facts["exit-code"])

    def _adopt(self, pid: int) -> None:
        """Put pid 1 into its control group while bwrap still holds it back, then let it go on."""
        self._init, self._init_fd = pid, os.pidfd_open(pid)
        try:
            self._group.add(pid)
        except ProcessLookupError:
            return
        except OSError as problem:
            raise SandboxSetupError(f"the sandbox could not enter its control group: {problem}") from problem
        try:
            os.write(self._pipes.block, b"1")
        except BrokenPipeError:
            return

    def _on_ready(self, data: bytes) -> None:
        if not data.startswith(b"R") or self._init is None:
            raise SandboxSetupError("the sandbox's prologue spoke out of turn")
        self._selector.unregister(self._pipes.ready)
        self.landlock = int(data[1:])
        self.work = self._pin_work(self._init)
        space = os.fstatvfs(self.work)
        if space.f_blocks * space.f_frsize > self._limits.disk + (1 << 20):
            raise SandboxSetupError("the quota of /work is not in force")
        self.ready_at = time.monotonic()
        self._deadline = self.ready_at + self._limits.wall_s
        os.write(self._pipes.go, b"G")

    def _pidfd(self) -> int:
        return os.pidfd_open(self._process.pid)

    def _pin_work(self, init: int) -> int:
        return os.open(f"/proc/{init}/root/work", FOLDER)

    def kill(self, why: Status | None) -> None:
        """End every process in the sandbox; the first reason given is the one that counts."""
        self.reason = self.reason or why
        if self._init_fd is None:
            self._process.kill()
            return
        try:
            signal.pidfd_send_signal(self._init_fd, signal.SIGKILL)
        except ProcessLookupError:
            return

    def close(self) -> None:
        """Whatever happened: nothing is left alive, no fd stays open."""
        self.kill(None)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._init_fd is not None:
            await_death(self._init_fd)
        for fd in (self._init_fd, self.work):
            if fd is not None:
                os.close(fd)
        self._init_fd = self.work = None

    def _measure(self, *, final: bool = False) -> None:
        if "memory" not in self._group.kind and not final and self._init is not None:
            self._poll_processes(self._init)
        if self.work is not None:
            self._disk_full = self._disk_full or os.fstatvfs(self.work).f_bavail == 0
        now = time.monotonic()
        if self.work is not None and (final or now >= self._next_tree_poll):
            if broken := usage(self.work, self._limits):
                self.kill(broken)
            self._next_tree_poll = now + max(_TREE_POLL_S, 10 * (time.monotonic() - now))
        if final:
            self.peak = self._group.peak_memory() or self.peak
            self.cpu = self._group.cpu_seconds() or self.cpu
            self.pids_peak = self._group.peak_pids() or self.pids_peak

    def _poll_processes(self, init: int) -> None:
        pids = descendants(init)
        resident = memory(pids, self._limits.memory)
        self.peak, self.pids_peak = max(self.peak, resident), max(self.pids_peak, len(pids))
        self.cpu = max(self.cpu, cpu_seconds(pids))
        if resident > self._limits.memory:
            self.kill("memory")

    def status(self) -> Status:
        """SandboxSetupError if the program never ran: that says nothing about it."""
        if self.ready_at is None:
            said = self.err.text().strip()[-2000:] or f"its launcher ended with {self._process.returncode}"
            raise SandboxSetupError(f"the sandbox did not start: {said}")
        if self.reason is not None:
            return self.reason
        if self._group.out_of_memory():
            return "memory"
        if self._disk_full:
            return "disk"
        if self.exit_code is None:
            raise SandboxSetupError(f"the sandbox ended with {self._process.returncode} and gave no exit code")
        if self.exit_code == 128 + signal.SIGXCPU:
            return "cpu"
        return "ok" if self.exit_code == 0 else "signal" if self.exit_code > 128 else "exit"
