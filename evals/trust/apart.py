"""Work in a process of its own, from which nothing comes back but how it ended."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn


def apart(do: Callable[[], object]) -> int:
    """Do it in a fork, whose threads (polars starts some at the first use) end with it; 0 when it raised nothing."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    live(do)


def live(do: Callable[[], object], failed: int = 1) -> NoReturn:
    """The whole life of a forked process: it ends with 0, or with `failed` and a trace when something was raised."""
    code = failed
    try:
        do()
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)
