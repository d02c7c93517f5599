"""Runs a session's steps inside the sandbox, one forked process after the other.

`python driver.py OWN_NAMESPACE REPORT STEPS`: 0 or 1, and the numbers of two fds.

Loads heavy libraries once, then forks a step at a time, so that a step starts warm but shares no state with another.
Reports go to the host over a pipe that no step can reach: its fd is closed in each fork, and this process is neither
dumpable nor, where Landlock can scope it, within a step's signals. Stands alone: the standard library, fork.py and
capture.py.
"""

import ctypes
import gc
import json
import os
import selectors
import signal
import sys
import time
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from capture import Capture  # type: ignore[import-not-found]
from fork import become, set_dumpable  # type: ignore[import-not-found]

# A step must find its own modules of these names, not ours.
del sys.path[0], sys.modules["capture"], sys.modules["fork"]

_PR_SET_CHILD_SUBREAPER = 36
_HALF = 32 << 10


class Cell:
    """Every process but this one and pid 1 belongs to the step; knows how to end and reap them all."""

    def __init__(self, own_namespace: bool) -> None:
        # Asked and seen: outside a pid namespace of our own, kill(-1) would end the user's processes.
        self._alone = own_namespace
        if own_namespace and _everyone() != {1, os.getpid()}:
            raise SystemExit("driver: not alone with pid 1 in a namespace of its own")
        self.cpu, self.peak = 0.0, 0

    def clear(self) -> None:
        """Ends when nothing is left: daemons and orphans come to this process, their subreaper."""
        while True:
            self._kill()
            try:
                _, _, usage = os.wait4(-1, 0)
            except ChildProcessError:
                return
            self.count(usage)

    def _kill(self) -> None:
        if self._alone:
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                return
        else:
            for pid in _children(os.getpid()):
                os.kill(pid, signal.SIGKILL)

    def count(self, usage: Any) -> None:
        self.cpu += usage.ru_utime + usage.ru_stime
        self.peak = max(self.peak, usage.ru_maxrss * 1024)


def _everyone() -> set[int]:
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return [int(child) for child in children.read().split()]


def preload(names: list[str]) -> None:
    """Import only: nothing is computed before the forks, so no thread pool is half-way through anything."""
    for name in names:
        try:
            __import__(name)
        except Exception as problem:  # a missing or broken library shows itself in the step that needs it
            sys.stderr.write(f"driver: {name} was not preloaded: {problem!r}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    gc.collect()
    gc.freeze()


def report(fd: int, message: dict[str, Any]) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(fd, data) :]


def run_step(step: dict[str, Any], own_namespace: bool, out_kill: int, private: list[int]) -> dict[str, Any]:
    cell = Cell(own_namespace)
    started = time.monotonic()
    pipes = [os.pipe(), os.pipe()]
    pid = os.fork()
    if pid == 0:
        become(step, pipes, private)
    captures = [Capture(_HALF, _HALF), Capture(_HALF, _HALF)]
    for _, write in pipes:
        os.close(write)
    status, why = _watch(pid, [read for read, _ in pipes], captures, started + step["timeout_s"], out_kill, cell)
    ended = {"seconds": time.monotonic() - started, "cpu_s": cell.cpu, "peak_rss": cell.peak}
    if why == "output":
        captures[1].feed(b"\nsandbox: stopped, more than %d bytes of output\n" % out_kill)
    texts = {"out": captures[0].text(), "err": captures[1].text()}
    return {"name": step["name"], **_verdict(status, why), **ended, **texts}


def _verdict(status: int, why: str | None) -> dict[str, Any]:
    code = os.waitstatus_to_exitcode(status)
    if why == "timeout":
        return {"status": "timeout", "rc": None}
    return {"status": "exit" if code >= 0 else "signal", "rc": code}


def _watch(
    pid: int, reads: list[int], captures: list[Capture], deadline: float, out_kill: int, cell: Cell
) -> tuple[int, str | None]:
    """Wait for the step's first process, or end it; then end the rest and read what is left."""
    leader = os.pidfd_open(pid)
    outputs = dict(zip(reads, captures, strict=True))
    why = _wait(leader, outputs, deadline, out_kill)
    if why is not None:
        signal.pidfd_send_signal(leader, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    os.close(leader)
    cell.count(usage)
    cell.clear()
    for fd, capture in outputs.items():
        while _drain(fd, capture):
            pass
        os.close(fd)
    return status, why


def _wait(leader: int, outputs: dict[int, Capture], deadline: float, out_kill: int) -> str | None:
    """Read the outputs until the leader ends (None), or why it must end: "output" or "timeout"."""
    with selectors.DefaultSelector() as ready:
        ready.register(leader, selectors.EVENT_READ)
        for fd in outputs:
            os.set_blocking(fd, False)
            ready.register(fd, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select(max(0.0, deadline - time.monotonic())):
                if key.fd == leader:
                    return None
                if not _drain(key.fd, outputs[key.fd]):
                    ready.unregister(key.fd)
            if sum(capture.total for capture in outputs.values()) > out_kill:
                return "output"
            if time.monotonic() >= deadline:
                return "timeout"


def _drain(fd: int, capture: Capture) -> bool:
    """Read once; False at the end, or when there is nothing now."""
    try:
        data = os.read(fd, 1 << 16)
    except BlockingIOError:
        return False
    capture.feed(data)
    return bool(data)


def main() -> None:
    own_namespace, fd, orders = (int(word) for word in sys.argv[1:])
    with os.fdopen(orders, "rb") as source:
        plan = json.loads(source.read())
    os.set_inheritable(fd, False)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)
    preload(plan["preload"])
    set_dumpable(0)
    for index, step in enumerate(plan["steps"]):
        report(fd, {"start": index})
        result = run_step(step, bool(own_namespace), plan["out_kill"], [fd])
        report(fd, {"end": index, "result": result})
        if step["stop_on_failure"] and (result["status"], result["rc"]) != ("exit", 0):
            break
    else:
        report(fd, {"done": len(plan["steps"])})
    os._exit(0)  # the libraries that were loaded have nothing to say at their end


if __name__ == "__main__":
    main()
