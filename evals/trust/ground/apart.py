"""Work in a process of its own, forked from this one, and how that ended."""

from __future__ import annotations

import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn


def apart(do: Callable[[], object]) -> int:
    """Do it in a fork, whose threads (polars starts some at the first use) end with it; 0 when it raised nothing."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    live(do)


def live(do: Callable[[], object], failed: int = 1) -> NoReturn:
    """The whole life of a forked process: it ends as Python would end it, with `failed` where something was raised."""
    code = failed
    try:
        do()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):  # a full disk, a closed pipe: the end is the same
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


class Forked:
    """A process in a session of its own, which others may end; its pipe is readable as soon as it is over."""

    def __init__(self, do: Callable[[], object], out: int, err: int, failed: int = 1) -> None:
        """Start `do` with these for its standard output and error, which stay the caller's."""
        self.pipe, others = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self.pipe)
            live(lambda: _within(do, out, err), failed)
        os.close(others)

    def ended(self, seconds: float) -> bool:
        """Wait for its end, so long at most; whether it has ended."""
        return bool(select.select([self.pipe], [], [], max(0.0, seconds))[0])

    def signal(self, number: int) -> None:
        """One signal to it alone; none where it is gone."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self, alone: bool = False) -> None:
        """`kill -9`, of its children too if it isn't to die alone."""
        if not alone:
            with suppress(ProcessLookupError):  # it may not yet lead a group
                os.killpg(self.pid, signal.SIGKILL)
        self.signal(signal.SIGKILL)

    def code(self) -> int:
        """Wait until it is gone: its exit code, or minus the number of the signal that ended it. Once."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.pipe)
        return code


def _within(do: Callable[[], object], out: int, err: int) -> None:
    os.setsid()
    os.dup2(out, 1), os.dup2(err, 2)
    do()
