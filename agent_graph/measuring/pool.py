"""Where jobs are done: on this machine, so many cells at once. Another pool takes the same jobs elsewhere."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from agent_graph.sandbox import Job, Sandbox, SessionResult, StepResult

A = TypeVar("A")
B = TypeVar("B")
AT_ONCE = max(4, 2 * (os.cpu_count() or 1))  # cells wait for each other's ends more than for a core


class Local:
    """Cells on this machine; a job that comes when `at_once` are under way waits its turn."""

    def __init__(self, sandbox: Sandbox, at_once: int = AT_ONCE) -> None:
        self._sandbox, self._turns = sandbox, threading.BoundedSemaphore(at_once)

    def run(self, job: Job, export_to: Path, on_step: Callable[[StepResult], None] | None) -> SessionResult:
        """Do one job and wait for it; SandboxSetupError and its kin as a session raises them."""
        with self._turns:
            return self._sandbox.do(job, export_to, on_step)


def beside(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """The results of two pieces of work done beside each other, the first one in this thread.

    What either raises is raised when both have ended, the first one's error before the second's.
    """
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(second)
        mine = first()
        return mine, other.result()


def all_beside(*works: Callable[[], A]) -> list[A]:
    """The results of works of one sort done beside each other, in their order."""
    with ThreadPoolExecutor(max(1, len(works))) as threads:
        return [future.result() for future in [threads.submit(work) for work in works]]
